import type { MessageBus } from "../../bus/message_bus.ts";
import type { Message } from "../../core/message.ts";
import { sleep } from "../../core/clock.ts";
import type { TestBus } from "../../testing/test_bus.ts";

/** How the coder of a {@linkcode startCoder} differs from the first one. */
export interface CoderChanges {
  /** What it publishes when a job is done. */
  readonly result?: (answer: unknown) => unknown;
  /** Whether it tells the boss. */
  readonly isQuiet?: boolean;
  /** Whether it greets everybody after each job. */
  readonly isChatty?: boolean;
  /** Whether it has done a job before. */
  readonly isKnown?: (job: Message) => boolean;
}

/** Does jobs with what `model` answers, publishes them, and tells `boss`. */
export function startCoder(
  bus: MessageBus,
  { result = (answer) => answer, isQuiet, isChatty, isKnown }: CoderChanges =
    {},
): void {
  const coder = bus.agent("coder");
  coder.receive(async (job) => {
    if (isKnown?.(job)) return;
    const { payload } = job;
    const { payload: answer } = await coder.request("model", payload);
    await coder.publish("jobs.done", { job: payload, answer: result(answer) });
    if (!isQuiet) {
      await coder.send("boss", `${payload} is done`, { priority: 70 });
    }
    if (isChatty) await coder.broadcast("hello");
  });
  coder.respond(({ payload }) => {
    if (payload === "status?") return "fine";
    throw new Error("what?");
  });
}

/** Answers after 250 ms, in upper case. */
export function startModel(bus: TestBus): void {
  bus.agent("model").respond<string>(async ({ payload }) => {
    await sleep(bus.clock, 250);
    return payload.toUpperCase();
  });
}

/** What a day with three jobs and a question looks like. */
export async function liveADay(bus: TestBus): Promise<void> {
  startModel(bus);
  bus.agent("boss").receive(() => {});
  const me = bus.agent("me");
  for (const job of ["one", "two", "three"]) {
    await me.send("coder", job, { requiresAck: true });
    await bus.clock.advance(1_000);
  }
  await me.request("coder", "status?");
  await me.request("coder", "weather?").catch(() => {});
  await bus.clock.advance(1_000);
}
