import type { Snapshot } from "../history.ts";
import { HandMade } from "./hand_made.ts";
import { Statistics } from "./statistics.ts";
import { trialOf } from "./trial.ts";

type Shown = Parameters<HandMade["snapshot"]>[0] & object;

function begun(): HandMade {
  return new HandMade().busStarted("bus#1", { maxHistoryEntries: 3 });
}

const { bad, good } = trialOf(() => new Statistics(), begun);

/** One message from `a` to `b`, which is handled after 80 ms. */
function handled(made: HandMade): HandMade {
  return made.accepted("m1", { topic: "t", recipient: "b" }).wait(80)
    .started("m1").ended("m1");
}

/** What a bus should show after {@linkcode handled}, but for what is said. */
function shown(
  stats: Partial<Snapshot["stats"]> = {},
  history: Snapshot["history"] = HISTORY,
): Shown {
  return {
    stats: {
      totalMessages: 1,
      totalSent: 1,
      totalDelivered: 1,
      totalAcked: 1,
      perTopic: { t: 1 },
      perSender: { a: 1 },
      perType: { direct: 1 },
      latencyMs: { p50: 80, p90: 80, p99: 80, max: 80 },
      ...stats,
    },
    history,
  };
}

const HISTORY: Snapshot["history"] = [
  { messageId: "m1", outcome: "acked", deliveries: 1 },
];

Deno.test("X1 Statistics rejects each counter that is not what was told", () => {
  const names = [
    "totalMessages",
    "totalSent",
    "totalDelivered",
    "totalAcked",
    "totalFailed",
    "totalExpired",
    "totalDropped",
    "totalRedelivered",
    "deadLetters",
    "pendingMessages",
  ] as const;
  for (const name of names) {
    bad(
      "X1",
      new RegExp(`${name} is 7, and should be [01]`),
      (made) => handled(made).snapshot(shown({ [name]: 7 })),
    );
  }
});

Deno.test("X1 Statistics rejects names that are counted wrong, missing, or made up", () => {
  bad(
    "X1",
    /perTopic is \{"t":2\}, and should be \{"t":1\}/,
    (made) => handled(made).snapshot(shown({ perTopic: { t: 2 } })),
  );
  bad(
    "X1",
    /perSender is \{\}/,
    (made) => handled(made).snapshot(shown({ perSender: {} })),
  );
  bad(
    "X1",
    /perType is \{"direct":1,"publish":1\}/,
    (made) =>
      handled(made).snapshot(shown({ perType: { direct: 1, publish: 1 } })),
  );
});

Deno.test("X1 Statistics rejects a failure that is counted as another", () => {
  const failed = (made: HandMade, reason: string) =>
    made.accepted("m1").letterAdded("m1", reason);
  const accepted = {
    ...shown().stats,
    totalDelivered: 0,
    totalAcked: 0,
    perTopic: {},
    deadLetters: 1,
  };
  for (const reason of ["expired", "overflow"]) {
    bad(
      "X1",
      /totalFailed is 1, and should be 0/,
      (made) =>
        failed(made, reason).snapshot({
          stats: { ...accepted, totalFailed: 1 },
        }),
    );
  }
});

Deno.test("X2 Statistics rejects a counter that falls, and what is no number", () => {
  bad(
    "X2",
    /totalRefused is 1, and was 2/,
    (made) =>
      made.snapshot({ stats: { totalRefused: 2 } }, false)
        .snapshot({ stats: { totalRefused: 1 } }),
  );
  bad(
    "X2",
    /lateReplies is NaN/,
    (made) => made.snapshot({ stats: { lateReplies: NaN } }),
  );
  bad(
    "X2",
    /staleSettlements is -1/,
    (made) => made.snapshot({ stats: { staleSettlements: -1 } }),
  );
  bad(
    "X2",
    /perTopic of "t" is undefined, and was 1/,
    (made) =>
      handled(made).snapshot(shown(), false).snapshot(shown({ perTopic: {} })),
  );
  bad(
    "X2",
    /the gauge requests shows -1/,
    (made) => made.gauges(0, 0, { requests: -1 }),
  );
  bad(
    "X2",
    /the gauge pendingBytes shows NaN/,
    (made) => made.gauges(0, NaN),
  );
});

Deno.test("X3 Statistics rejects latencies that are not those of the history", () => {
  const right = { p50: 80, p90: 80, p99: 80, max: 80 };
  for (const name of ["p50", "p90", "p99", "max"] as const) {
    bad(
      "X3",
      new RegExp(`the latency ${name} is 90 ms, and should be 80`),
      (made) =>
        handled(made).snapshot(shown({ latencyMs: { ...right, [name]: 90 } })),
    );
  }
});

Deno.test("X4 Statistics rejects a history that is not the last messages, in their order", () => {
  const three = (made: HandMade) => {
    for (const id of ["m1", "m2", "m3"]) {
      made.accepted(id, { requiresAck: false }).started(id).ended(id);
    }
    return made;
  };
  const stats = {
    totalMessages: 3,
    totalSent: 3,
    totalDelivered: 3,
    totalAcked: 0,
    perTopic: {},
    perSender: { a: 3 },
    perType: { direct: 3 },
    latencyMs: { p50: 0, p90: 0, p99: 0, max: 0 },
  };
  const entries = (...ids: string[]): Snapshot["history"] =>
    ids.map((messageId) => ({
      messageId,
      outcome: "delivered",
      deliveries: 1,
    }));
  good((made) => three(made).snapshot(shown(stats, entries("m3", "m2", "m1"))));
  bad(
    "X4",
    /the history shows .*m2.*, and should .*m3/,
    (made) => three(made).snapshot(shown(stats, entries("m2", "m3", "m1"))),
  );
  bad(
    "X4",
    /the history has 2 messages, and should have 3/,
    (made) => three(made).snapshot(shown(stats, entries("m3", "m2"))),
  );
  bad(
    "X4",
    /the history has 4 messages, and should have 3/,
    (made) =>
      three(made).snapshot(
        shown(stats, entries("m3", "m2", "m1", "m0")),
        false,
      ),
  );
});

Deno.test("X4 Statistics rejects an outcome or a number of deliveries that was not told", () => {
  const wrong: Snapshot["history"][number][] = [
    { messageId: "m1", outcome: "pending", deliveries: 1 },
    { messageId: "m1", outcome: "dead", deliveries: 1 },
    { messageId: "m1", outcome: "acked", deliveries: 2 },
  ];
  for (const entry of wrong) {
    bad(
      "X4",
      /the history shows/,
      (made) => handled(made).snapshot(shown({}, [entry])),
    );
  }
});

Deno.test("X7 Statistics rejects a bus that takes messages in while it closes", () => {
  bad(
    "X7",
    /m1 was accepted by a bus that is closing/,
    (made) => made.busEnded("closing").accepted("m1"),
  );
});

Deno.test("Statistics passes a history with every kind of end", () => {
  good((made) => {
    handled(made);
    made.accepted("m2", { mailboxes: ["b", "c"] })
      .letterAdded("m2", "expired", { mailbox: "b" })
      .started("m2", { mailbox: "c" })
      .ended("m2", "nacked", { mailbox: "c" }).requeued("m2", 0, "c")
      .accepted("m3", { mailboxes: [] }).dropped("m3", "no_subscriber", null)
      .accepted("r1", { type: "response", requestId: "q", mailboxes: [] });
    made.snapshot({
      stats: {
        totalMessages: 4,
        totalSent: 3,
        totalDelivered: 3,
        totalAcked: 1,
        totalExpired: 1,
        totalDropped: 1,
        pendingMessages: 1,
        deadLetters: 1,
        perTopic: { t: 1 },
        perSender: { a: 4 },
        perType: { direct: 3, response: 1 },
        latencyMs: { p50: 0, p90: 80, p99: 80, max: 80 },
      },
      history: [
        { messageId: "r1", outcome: "delivered", deliveries: 0 },
        { messageId: "m3", outcome: "dropped", deliveries: 0 },
        { messageId: "m2", outcome: "pending", deliveries: 1 },
      ],
    });
  });
});

Deno.test("Statistics passes a replay: what it failed by does not count any more in the history", () => {
  good((made) => {
    made.accepted("m1").started("m1").ended("m1", "rejected")
      .letterAdded("m1", "rejected").replayed("m1")
      .letterRemoved("m1", "replayed").started("m1").ended("m1").snapshot({
        stats: {
          totalMessages: 1,
          totalSent: 1,
          totalDelivered: 2,
          totalAcked: 1,
          totalFailed: 1,
          perSender: { a: 1 },
          perType: { direct: 1 },
        },
        history: [{ messageId: "m1", outcome: "acked", deliveries: 2 }],
      });
  });
});

Deno.test("Statistics passes a new life of the bus that counts anew, and one that lost events on the way", () => {
  good((made) =>
    handled(made).snapshot(shown()).busEnded().busStarted("bus#2").snapshot()
      .snapshot({ lostEvents: 1, stats: { totalMessages: 5 } })
  );
});

Deno.test("Statistics passes quantiles within their buckets, and a part of the history while much is going on", () => {
  good((made) =>
    handled(made).snapshot({
      ...shown({ latencyMs: { p50: 82, p90: 78, p99: 80, max: 80 } }),
      history: [],
    }, false)
  );
});

Deno.test("Statistics passes what a closing bus gives up, and replies it still hands over", () => {
  good((made) =>
    made.accepted("m1").busEnded("closing").letterAdded("m1", "undeliverable")
      .accepted("r1", { type: "response", requestId: "q", mailboxes: [] })
      .busEnded("closed")
  );
});
