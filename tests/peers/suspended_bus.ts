import { pause } from "./pause.ts";
import { figuresOf, openPlace, type PeerCase, waitUntil } from "./peer_case.ts";
import { processorMs } from "./process_figures.ts";
import type { SendingFigures } from "./programs/sending.ts";
import type { Report } from "./report.ts";

const HEARTBEAT_MS = 300;
const ACK_TIMEOUT_MS = 500;
const STOPPED_MS = 3_000;
const LOAD = {
  recipient: "crew-0",
  window: 16,
  perSecond: 400,
  bytes: 100,
  ttlMs: 20_000,
};

/** The bus itself is stopped, for longer than any lease or heartbeat, and goes on. */
export const suspendedBus: PeerCase = {
  name: "suspended-bus",
  run: async (report: Report) => {
    await using place = await openPlace();
    const bus = await place.startBus(
      { delivery: { ackTimeoutMs: ACK_TIMEOUT_MS, maxAttempts: 10 } },
      { heartbeatMs: HEARTBEAT_MS },
    );
    const [crew, sender] = [
      await place.start("agents.ts"),
      await place.start("agents.ts"),
    ];
    await sender.ask("join", "sender", 1);
    await crew.ask("join", "crew", 1);
    await crew.ask("consume", 32, 20);
    await sender.ask("startSending", LOAD);
    await pause(700);
    bus.kill("SIGSTOP");
    await pause(STOPPED_MS);
    const beforeMs = processorMs(bus.pid);
    bus.kill("SIGCONT");
    await pause(1_000);
    // What was put off is done once, and not once for every interval that was missed.
    report.atMost(
      "processor ms afterwards",
      processorMs(bus.pid) - beforeMs,
      700,
    );
    await waitUntil(
      async () => (await figuresOf(bus)).connections === 2,
      5_000,
    );
    await pause(500);
    const sent = await sender.ask<SendingFigures>("stopSending");
    report.equal("failures", JSON.stringify(sent.failures), "{}");
    const isDone = async () =>
      (await figuresOf(bus)).stats.pendingMessages === 0;
    report.atMost("finished after ms", await waitUntil(isDone, 5_000), 5_000);
    const handled = await crew.ask<[string, number][]>("handled");
    const { stats } = await figuresOf(bus);
    const twice = handled.filter(([, count]) => count > 1).length;
    report.equal("handled", handled.length, sent.accepted);
    report.atMost("handled twice", twice, 32);
    report.atMost("redelivered", stats.totalRedelivered, 64);
    report.equal("expired", stats.totalExpired, 0);
    report.equal("dead letters", stats.deadLetters, 0);
  },
};
