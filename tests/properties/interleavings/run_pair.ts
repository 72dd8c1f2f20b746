import assert from "node:assert/strict";
import { BusError, type BusEvent } from "../../../mod.ts";
import type { Call } from "./calls.ts";
import { Stage, type Way } from "./stage.ts";

const MINUTE_MS = 60_000;
/** After this long nothing may still be on its way: longer than every timeout there is. */
const PATIENCE_MS = 5 * MINUTE_MS;

/** What goes on beside the two calls. */
const CROWD: Call = {
  covers: [],
  run: ({ parts }) =>
    parts.caller.agent.send("worker", "crowd", { requiresAck: true }),
};

/** A call that was made. */
class Made {
  readonly #call: Call;
  /** Settles when the call has: what it failed with. */
  outcome: { error?: unknown } | undefined;

  constructor(stage: Stage, call: Call) {
    this.#call = call;
    void this.#make(stage);
  }

  get isEndless(): boolean {
    return this.#call.isEndless === true;
  }

  async #make(stage: Stage): Promise<void> {
    try {
      await stage.schedule.turn();
      await this.#call.run(stage);
      this.outcome = {};
    } catch (error) {
      this.outcome = { error };
    }
  }
}

/** Two calls meet on a stage of their own, in an order that the seed chooses; throws if a law falls. */
export async function runPair(
  calls: readonly [Call, Call],
  seed: number,
  way: Way,
  onEvent?: (event: BusEvent) => void,
): Promise<void> {
  const rejections: unknown[] = [];
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    rejections.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  try {
    await play(await Stage.open(seed, way, onEvent), calls);
  } finally {
    globalThis.removeEventListener("unhandledrejection", onRejection);
  }
  assert.deepEqual(rejections, [], "a rejection that nobody handles");
}

async function play(
  stage: Stage,
  calls: readonly [Call, Call],
): Promise<void> {
  const { schedule, bus, work, ledger } = stage;
  const copies = calls.map((call) => call.copies ?? 1);
  ledger.room.copies = Math.max(...copies);
  // More than there may be room for, so that some of it has to wait.
  const crowd = Array(stage.dice.int(0, 2)).fill(CROWD);
  const made = [...calls, ...crowd].map((call) => new Made(stage, call));
  const areDone = () => made.every((one) => one.outcome || one.isEndless);
  assert.ok(
    await schedule.run(areDone, PATIENCE_MS),
    "a call hangs",
  );
  work.healed = true;
  await finish(stage, bus.drain({ timeoutMs: 2 * PATIENCE_MS }), "drain()");
  await schedule.run(() => bus.requests.size === 0, MINUTE_MS);
  assert.equal(bus.requests.size, 0, "R3 requests outlive their deadline");
  for (const { agent, owners } of stage.members) {
    await finish(stage, agent.close(), `close() of ${agent.name}`);
    for (const owner of owners) owner.ended = true;
  }
  await finish(stage, bus.close(), "close()");
  assert.ok(
    await schedule.run(() => made.every(({ outcome }) => outcome), MINUTE_MS),
    "an endless call goes on after close()",
  );
  // Handlers of users may still wait for their own time.
  await schedule.run(() => false, MINUTE_MS);
  assert.equal(schedule.timers, 0, "L3 timers are left");
  await ledger.checkClosed();
  assert.deepEqual(work.faults, []);
  for (const { outcome } of made) checkOutcome(stage, outcome?.error);
}

async function finish(
  { schedule }: Stage,
  end: Promise<void>,
  what: string,
): Promise<void> {
  let outcome: { error?: unknown } | undefined;
  void end.then(() => outcome = {}, (error) => outcome = { error });
  const isDone = await schedule.run(() => outcome !== undefined, PATIENCE_MS);
  assert.ok(isDone, `${what} hangs`);
  if (outcome?.error !== undefined) {
    throw new Error(`${what} failed`, { cause: outcome.error });
  }
}

/** A call fails with an error of the bus, its signal's reason, or as a letter is not there. */
function checkOutcome({ giveUp: { signal } }: Stage, error: unknown): void {
  if (error === undefined || error instanceof BusError) return;
  if (signal.aborted && error === signal.reason) return;
  const isUnknownLetter = error instanceof RangeError &&
    error.message.startsWith("Cannot replay dead letter");
  if (!isUnknownLetter) throw error;
}
