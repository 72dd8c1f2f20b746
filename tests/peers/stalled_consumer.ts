import type { Child } from "./child.ts";
import { pause } from "./pause.ts";
import { figuresOf, openPlace, type PeerCase, waitUntil } from "./peer_case.ts";
import type { SendingFigures } from "./programs/sending.ts";
import type { Report } from "./report.ts";

const HEARTBEAT_MS = 500;
const CONCURRENCY = 32;
const SEND_TIMEOUT_MS = 2_000;
const LOAD = { recipient: "crew-0", window: 16, perSecond: 400, bytes: 100 };

/** One of two processes of an agent is stopped with work in hand, and goes on later. */
export const stalledConsumer: PeerCase = {
  name: "stalled-consumer",
  run: async (report: Report) => {
    await using place = await openPlace();
    const bus = await place.startBus(
      { backpressure: { timeoutMs: SEND_TIMEOUT_MS } },
      { heartbeatMs: HEARTBEAT_MS },
    );
    const [stalled, other, sender] = [
      await place.start("agents.ts"),
      await place.start("agents.ts"),
      await place.start("agents.ts"),
    ];
    await sender.ask("join", "sender", 1);
    for (const one of [stalled, other]) {
      await one.ask("join", "crew", 1);
      await one.ask("consume", CONCURRENCY, 50);
    }
    await sender.ask("startSending", LOAD);
    await pause(700);
    stalled.kill("SIGSTOP");
    const has = (count: number) => async () =>
      (await figuresOf(bus)).connections === count;
    const foundMs = await waitUntil(has(2), 5_000);
    report.atMost("found after ms", foundMs, 2 * HEARTBEAT_MS + 300);
    await pause(500);
    stalled.kill("SIGCONT");
    report.atMost("back after ms", await waitUntil(has(3), 5_000), 5_000);
    await pause(500);
    const sent = await sender.ask<SendingFigures>("stopSending");
    report.equal("failures", JSON.stringify(sent.failures), "{}");
    report.atMost("longest send ms", sent.longestMs, SEND_TIMEOUT_MS);
    const isDone = async () =>
      (await figuresOf(bus)).stats.pendingMessages === 0;
    report.atMost("finished after ms", await waitUntil(isDone, 5_000), 5_000);
    await judge(report, bus, sent.accepted, [stalled, other]);
  },
};

/** Each was handled; twice only what the stalled one had in hand, and that once more. */
async function judge(
  report: Report,
  bus: Child,
  accepted: number,
  consumers: readonly Child[],
): Promise<void> {
  const times = new Map<string, number>();
  for (const one of consumers) {
    for (const [id, count] of await one.ask<[string, number][]>("handled")) {
      times.set(id, (times.get(id) ?? 0) + count);
    }
  }
  const { stats } = await figuresOf(bus);
  const twice = times.values().filter((count) => count > 1).toArray();
  report.equal("handled", times.size, accepted);
  report.atLeast("redelivered", stats.totalRedelivered, 1);
  report.atMost("redelivered", stats.totalRedelivered, CONCURRENCY);
  report.atMost("handled twice", twice.length, stats.totalRedelivered);
  report.equal("handled more often", twice.filter((n) => n > 2).length, 0);
  report.equal("dead letters", stats.deadLetters, 0);
}
