import assert from "node:assert/strict";
import { CALLS } from "./interleavings/calls.ts";
import { runPair } from "./interleavings/run_pair.ts";
import { Stage, type Way } from "./interleavings/stage.ts";

/** Orders tried of each pair, on each way to the bus; more of them in a long run. */
const ROUNDS = Number(Deno.env.get("INTERLEAVING_ROUNDS") ?? 5);
const WAYS: readonly Way[] = ["in process", "over a connection"];
const NAMES = Object.keys(CALLS);

/** What changes nothing but what it returns, and what the bus itself calls. */
const NOT_MET: readonly string[] = [
  "DeadLetterQueue.add",
  "DeadLetterQueue.entries",
  "DeadLetterQueue.expire",
  "DeadLetterQueue.get",
  "Delivery.end",
  "Delivery.grant",
  "Delivery.room",
  "Delivery.settle",
  "MessageBus.agents",
  "MessageBus.history",
  "MessageBus.latency",
  "MessageBus.message",
  "MessageBus.ready",
  "MessageBus.stats",
  "MessageBus.subscribers",
  "MessageBus.topics",
  "MessageBus.unserved",
  "MessageRouter.commit",
  "MessageRouter.plan",
  "MessageRouter.restore",
  "MessageRouter.rule",
  "MessageRouter.rules",
  "RequestTracker.end",
  "RequestTracker.fail",
  "RequestTracker.failAll",
  "RequestTracker.grant",
  "RequestTracker.open",
  "RequestTracker.pending",
  "RequestTracker.piece",
  "RequestTracker.reply",
];

for (const [index, name] of NAMES.entries()) {
  Deno.test(`B7, K3, K4, L3, L4, R3, S1-S5, X1 and X2 hold while ${name} meets every call`, async () => {
    for (const other of NAMES.slice(index)) await meet(name, other);
  });
}

Deno.test("every method of the bus and of agents is among the calls that meet", async () => {
  const { bus, parts, work } = await Stage.open(0, "in process");
  const objects = {
    Agent: parts.caller.agent,
    DeadLetterQueue: bus.deadLetters,
    Delivery: work.held,
    Listener: parts.listener,
    MessageBus: bus,
    MessageRouter: bus.router,
    RequestTracker: bus.requests,
    Subscription: parts.received,
  };
  const methods = Object.entries(objects).flatMap(([name, object]) =>
    methodsOf(object ?? {}).map((method) => `${name}.${method}`)
  );
  const met = new Set(Object.values(CALLS).flatMap(({ covers }) => covers));
  assert.deepEqual(
    methods.filter((method) => !met.has(method)).sort(),
    NOT_MET,
  );
  await bus.close();
});

async function meet(name: string, other: string): Promise<void> {
  const one = CALLS[name];
  const two = CALLS[other];
  assert.ok(one && two);
  const pair = NAMES.indexOf(name) * NAMES.length + NAMES.indexOf(other);
  for (const way of WAYS) {
    for (let round = 0; round < ROUNDS; round++) {
      const seed = pair * 10_000 + round;
      try {
        await runPair([one, two], seed, way);
      } catch (error) {
        const { message } = error as Error;
        const text = `"${name}" with "${other}" ${way}, seed ${seed}`;
        throw new Error(`${text}: ${message}`, { cause: error });
      }
    }
  }
}

/** The public methods of an object's class, and of those that it extends. */
function methodsOf(object: object): string[] {
  const names = new Set<string>();
  let prototype = Object.getPrototypeOf(object);
  for (; prototype !== Object.prototype;) {
    const own = Object.getOwnPropertyDescriptors(prototype);
    for (const [name, { value }] of Object.entries(own)) {
      if (typeof value === "function") names.add(name);
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  names.delete("constructor");
  return Symbol.asyncDispose in object ? [...names, "dispose"] : [...names];
}
