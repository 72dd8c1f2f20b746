import type { Snapshot } from "../history.ts";
import { HandMade } from "./hand_made.ts";
import { Statistics } from "./statistics.ts";
import { trialOf } from "./trial.ts";

type Entry = Snapshot["history"][number];

const { bad, good } = trialOf(
  () => new Statistics(),
  () =>
    new HandMade().busStarted("bus#1", {
      hasStore: true,
      maxHistoryEntries: 3,
    }).ready(),
);

/** `m1` is accepted, and the bus killed and started again 50 ms later. */
function restarted(made: HandMade): HandMade {
  return made.accepted("m1").wait(50).busRestarted().restored("m1").ready();
}

/** What a bus shows, but for what is said. */
function shown(stats: Partial<Snapshot["stats"]>, ...history: Entry[]) {
  const pending = stats.pendingMessages ?? 0;
  return { stats, history, backpressure: { pending } };
}

function entry(outcome: Entry["outcome"], deliveries = 0): Entry {
  return { messageId: "m1", outcome, deliveries };
}

const LATE = { p50: 60, p90: 60, p99: 60, max: 60 };
const ACCEPTED = {
  totalMessages: 1,
  totalSent: 1,
  perSender: { a: 1 },
  perType: { direct: 1 },
};

Deno.test("X1 Statistics rejects what a restored message does not count, or counts too much", () => {
  bad(
    "X1",
    /pendingMessages is 0, and should be 1/,
    (made) => restarted(made).snapshot(shown({}, entry("pending"))),
  );
  bad("X1", /totalMessages is 1, and should be 0/, (made) =>
    restarted(made)
      .snapshot(shown({ ...ACCEPTED, pendingMessages: 1 }, entry("pending"))));
  bad(
    "X1",
    /deadLetters is 0, and should be 1/,
    (made) =>
      made.letterAdded("m2", "too_large", { mailbox: null }).busRestarted()
        .letterRestored("m2", "too_large", { mailbox: null }).ready()
        .snapshot({}),
  );
});

Deno.test("X1 Statistics rejects an ack that counts before it is kept, or not when it is", () => {
  const acked = (made: HandMade) =>
    made.accepted("m1").started("m1").ended("m1").gauges(1);
  const stats = { ...ACCEPTED, totalDelivered: 1 };
  bad("X1", /totalAcked is 1, and should be 0/, (made) =>
    acked(made).snapshot(
      shown({ ...stats, totalAcked: 1, pendingMessages: 1 }, entry("acked", 1)),
    ));
  bad(
    "X1",
    /totalAcked is 0, and should be 1/,
    (made) => acked(made).gauges(0).snapshot(shown(stats, entry("pending", 1))),
  );
  good((made) =>
    acked(made).snapshot(
      shown({ ...stats, pendingMessages: 1 }, entry("pending", 1)),
    ).gauges(0).snapshot(shown({ ...stats, totalAcked: 1 }, entry("acked", 1)))
  );
});

Deno.test("X3 Statistics rejects a restored message that has waited since the restart only", () => {
  const started = (made: HandMade) => restarted(made).wait(10).started("m1");
  const stats = { totalDelivered: 1, pendingMessages: 1 };
  const late = { p50: 10, p90: 10, p99: 10, max: 10 };
  bad(
    "X3",
    /the latency max is 10 ms, and should be 60/,
    (made) =>
      started(made)
        .snapshot(shown({ ...stats, latencyMs: late }, entry("pending", 1))),
  );
  good((made) =>
    started(made)
      .snapshot(shown({ ...stats, latencyMs: LATE }, entry("pending", 1)))
  );
});

Deno.test("X4 Statistics rejects a history without what is back", () => {
  bad(
    "X4",
    /the history has 0 messages, and should have 1/,
    (made) => restarted(made).snapshot(shown({ pendingMessages: 1 })),
  );
  good((made) =>
    restarted(made).snapshot(shown({ pendingMessages: 1 }, entry("pending")))
  );
});

Deno.test("X7 Statistics rejects what comes in when the bus is closing, kept or not", () => {
  const closing = (made: HandMade) => made.wait(10).busEnded("closing").wait(5);
  bad(
    "X7",
    /m1 was accepted by a bus that is closing/,
    (made) => closing(made).accepted("m1", { timestamp: 12 }),
  );
  bad(
    "X7",
    /m1 was accepted by a bus that is closing/,
    (made) =>
      closing(made).accepted("m1", { timestamp: 8, requiresAck: false }),
  );
  bad(
    "X7",
    /m1 was accepted by a bus that is closing/,
    (made) =>
      closing(made.wait(10).wallSet(-5)).wallSet(-99)
        .accepted("m1", { timestamp: 17 }),
  );
  bad(
    "X7",
    /m1 was accepted by a bus that is closing/,
    (made) => closing(made.wallSet(50)).accepted("m1", { timestamp: 30 }),
  );
});

Deno.test("Statistics passes what was on its way into the store when the bus began to close", () => {
  good((made) =>
    made.wait(10).busEnded("closing").wait(5).accepted("m1", { timestamp: 8 })
  );
  good((made) =>
    made.wait(10).wallSet(-5).wait(2).busEnded("closing").wallSet(-99)
      .accepted("m1", { timestamp: 8 }).accepted("m2", { timestamp: 6 })
  );
});

Deno.test("Statistics passes a message that is in the history once or twice, as its parts are back one by one", () => {
  for (const count of [1, 2]) {
    good((made) =>
      made.accepted("m1", { mailboxes: ["b", "c"] }).busRestarted()
        .restored("m1", { b: 0, c: 0 }).ready()
        .snapshot(
          shown(
            { pendingMessages: 2 },
            ...Array.from({ length: count }, () => entry("pending")),
          ),
        )
    );
  }
});
