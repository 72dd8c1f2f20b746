import type { Agent, Delivery } from "../bus/agent.ts";
import { type Clock, sleep } from "../core/clock.ts";
import { systemTasks } from "../core/tasks.ts";
import type { FaultInjector } from "./fault_injector.ts";
import type { FaultRule } from "./fault_rule.ts";
import { comingAgain, injectedError, unheard } from "./faulty_work.ts";

/** An inbox whose deliveries may go wrong; the loop over it is what a handler is elsewhere. */
export async function* faultyInbox<P>(
  inbox: AsyncIterator<Delivery<P>>,
  agent: Agent,
  injector: FaultInjector,
): AsyncGenerator<Delivery<P>, void, undefined> {
  try {
    for (;;) {
      const { done, value: delivery } = await inbox.next();
      if (done) return;
      const rule = injector.choose(agent.name, delivery.message);
      if (!rule) yield delivery;
      else yield* withFault(delivery, { rule, agent, clock: injector.clock });
    }
  } finally {
    await inbox.return?.();
  }
}

async function* withFault<P>(
  delivery: Delivery<P>,
  { rule, agent, clock }: { rule: FaultRule; agent: Agent; clock: Clock },
): AsyncGenerator<Delivery<P>, void, undefined> {
  switch (rule.kind) {
    case "drop":
      // Not settled: what requires an ack comes again when its lease ends.
      return;
    case "delay":
      if (await waited(delivery, clock, rule)) yield delivery;
      return;
    case "duplicate":
      yield unheard(delivery);
      yield comingAgain(delivery);
      return;
    case "throw":
      if (rule.point !== "before") yield delivery;
      throw injectedError(rule);
    case "disconnect":
      // Once the loop has begun with it, as far as it does not wait.
      systemTasks.later(() => void agent.close());
      yield delivery;
  }
}

/** @returns Whether the delivery is still in hand. */
async function waited<P>(
  { signal }: Delivery<P>,
  clock: Clock,
  { delayMs = 0 }: FaultRule,
): Promise<boolean> {
  try {
    await sleep(clock, delayMs, { signal });
    return true;
  } catch {
    return false;
  }
}
