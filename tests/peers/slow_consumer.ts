import type { Child } from "./child.ts";
import { pause } from "./pause.ts";
import { figuresOf, openPlace, type PeerCase } from "./peer_case.ts";
import { residentMiB } from "./process_figures.ts";
import type { SendingFigures } from "./programs/sending.ts";
import type { Report } from "./report.ts";

const MAILBOX = 200;
const BYTES = 4_096;
const ROUNDS = 2;
const WINDOW_MS = 500;
const WAIT_MS = 400;
const MIB = 1024 * 1024;
/** What is sent to the slow one, far more than it takes. */
const TO_SLOW = {
  recipient: "slow-0",
  window: 8,
  perSecond: 500,
  bytes: BYTES,
};
/** What the others do beside it: paced, so that it is not the machine that is measured. */
const TO_FAST = {
  recipient: "counter",
  window: 64,
  perSecond: 10_000,
  bytes: 300,
};
/** How long that takes to fill its mailbox, in milliseconds. */
const FILLED_MS = MAILBOX / TO_SLOW.perSecond * 1_000;
const POLICIES = ["wait", "reject", "drop-oldest", "drop-newest"] as const;

/** One that takes a message a second, with a full mailbox, beside others that are busy. */
export const slowConsumer: readonly PeerCase[] = POLICIES.map((overflow) => ({
  name: `slow-consumer-${overflow}`,
  run: async (report: Report) => {
    await using place = await openPlace();
    const bus = await place.startBus({
      mailbox: { maxMessages: MAILBOX, overflow },
      backpressure: { timeoutMs: WAIT_MS },
    });
    const slow = await place.start("agents.ts");
    await slow.ask("join", "slow", 1);
    const [fast, feeder] = [
      await place.start("agents.ts"),
      await place.start("agents.ts"),
    ];
    await fast.ask("join", "fast", 1);
    await feeder.ask("join", "feeder", 1);
    await slow.ask("consume", 1, 1_000);
    await measure(fast, WINDOW_MS * 2);
    await fillUp(report, bus, feeder);
    const [alone, beside, fed] = [
      [] as number[],
      [] as number[],
      [] as SendingFigures[],
    ];
    for (let n = 0; n < ROUNDS; n++) {
      alone.push(await measure(fast, WINDOW_MS));
      await feeder.ask("startSending", TO_SLOW);
      await pause(FILLED_MS);
      beside.push(await measure(fast, WINDOW_MS));
      fed.push(await feeder.ask<SendingFigures>("stopSending"));
    }
    const kept = median(beside) / median(alone) * 100;
    report.note("others alone per s", median(alone));
    report.atLeast("others kept %", kept, 90);
    const agents = await bus.ask<{ name: string; mailboxDepth: number }[]>(
      "agents",
    );
    const depth = agents.find(({ name }) => name === "slow-0")?.mailboxDepth;
    report.equal("its queue", depth, MAILBOX);
    await judgePolicy(report, bus, overflow, fed);
  },
}));

/** Sends until its mailbox is full, and a while after. */
async function fillUp(
  report: Report,
  bus: Child,
  feeder: Child,
): Promise<void> {
  const bareMiB = residentMiB(bus.pid);
  await feeder.ask("startSending", TO_SLOW);
  await pause(3 * FILLED_MS);
  const { accepted } = await feeder.ask<SendingFigures>("stopSending");
  // What waits, and what of the rest is a dead letter or history.
  const capMiB = accepted * BYTES / MIB;
  report.atMost("MiB more", residentMiB(bus.pid) - bareMiB, capMiB + 16);
}

/** What the others get through in a second. */
async function measure(fast: Child, forMs: number): Promise<number> {
  await fast.ask("startSending", TO_FAST);
  await pause(forMs);
  return (await fast.ask<SendingFigures>("stopSending")).perSecond;
}

async function judgePolicy(
  report: Report,
  bus: Child,
  overflow: typeof POLICIES[number],
  fed: readonly SendingFigures[],
): Promise<void> {
  const { stats } = await figuresOf(bus);
  const letters = await bus.ask<number>("letters", "overflow");
  const failed = (code: string) =>
    fed.reduce((sum, { failures }) => sum + (failures[code] ?? 0), 0);
  const longestMs = Math.max(...fed.map((one) => one.longestMs));
  report.note("decided within ms", longestMs);
  if (overflow === "wait") {
    report.atLeast("timed out", failed("backpressure_timeout"), 1);
    report.atMost("waited ms", longestMs, WAIT_MS + 250);
  } else if (overflow === "reject") {
    report.atLeast("refused", failed("overflow"), 100);
  } else {
    report.atLeast("dropped", stats.totalDropped, 100);
    report.equal("lettered", letters, Math.min(1_000, stats.totalDropped));
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
