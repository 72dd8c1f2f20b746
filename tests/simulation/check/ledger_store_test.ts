import { HandMade } from "./hand_made.ts";
import { Ledger } from "./ledger.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Ledger(),
  () =>
    new HandMade().busStarted("bus#1", { hasStore: true }).ready()
      .joined("b#1").attached(1),
);

const TO_B = { mailboxes: ["direct b"] };

/** Three that are acknowledged, each of another size. */
function acked(made: HandMade): HandMade {
  for (const [index, id] of ["m1", "m2", "m3"].entries()) {
    made.accepted(id, { ...TO_B, bytes: 10 + index }).started(id).ended(id);
  }
  return made.gauges(3, 33);
}

/** What a bus shows in which one copy is not finished, and so many wait for `b`. */
function onePending(mailboxDepth: number) {
  return {
    agents: [{
      name: "b",
      instances: 1,
      mailboxDepth,
      inFlight: 0,
      lastSeen: 0,
      durable: false,
      subscriptions: [],
    }],
    stats: { pendingMessages: 1 },
    backpressure: { pending: 1 },
  };
}

Deno.test("Ledger rejects kept copies that are let go of before their ack, or twice", () => {
  bad(
    "conservation",
    /pending copies are 0 as shown, and 1 as told/,
    (made) => made.accepted("m1", TO_B).started("m1").gauges(0),
  );
  bad(
    "conservation",
    /pending copies are 0 as shown, and 1 as told/,
    (made) =>
      made.accepted("m1", TO_B).accepted("m2", TO_B).started("m1").ended("m1")
        .gauges(0),
  );
  bad(
    "conservation",
    /pending copies are 2 as shown, and 1 as told/,
    (made) => acked(made).gauges(1, 12).gauges(2, 22),
  );
});

Deno.test("Ledger rejects kept copies that are let go of in another order than they were acknowledged", () => {
  bad(
    "conservation",
    /pending bytes are 21 as shown, and 23/,
    (made) => acked(made).gauges(2, 21),
  );
});

Deno.test("Ledger rejects what is not kept and is let go of after its ack", () => {
  bad(
    "conservation",
    /pending copies are 1 as shown, and 0/,
    (made) =>
      made.accepted("m1", { ...TO_B, requiresAck: false }).started("m1")
        .ended("m1").gauges(1),
  );
  bad(
    "conservation",
    /m1 is nowhere: .* ended rejected/,
    (made) =>
      made.accepted("m1", { type: "request", mailboxes: ["direct b"] })
        .started("m1").ended("m1", "rejected").gauges(1),
  );
});

Deno.test("S1 Ledger rejects a kept copy of which the end is never told", () => {
  bad(
    "S1",
    /m1 is loose in "direct b"/,
    (made) =>
      made.accepted("m1", TO_B).started("m1").ended("m1", "rejected").gauges(1)
        .quiescent(),
  );
  bad(
    "S1",
    /m1 is leaving in "direct b"/,
    (made) =>
      made.accepted("m1", TO_B).started("m1").ended("m1").gauges(1).quiescent(),
  );
});

Deno.test("S1 Ledger rejects a restored copy that waits for ever where somebody would take it", () => {
  bad(
    "S1",
    /m1 is waiting in "direct b"/,
    (made) =>
      made.accepted("m1", TO_B).busRestarted()
        .restored("m1", { "direct b": 0 }).ready()
        .joined("b#2").attached(2, { instance: "b#2" }).gauges(1).quiescent(),
  );
});

Deno.test("S6 Ledger rejects a second lease of a restored copy", () => {
  bad(
    "S6",
    /cannot start as it is leased/,
    (made) =>
      made.accepted("m1", TO_B).busRestarted()
        .restored("m1", { "direct b": 1 }).ready()
        .started("m1", { attempt: 2 }).started("m1", { attempt: 3 }),
  );
});

Deno.test("Ledger rejects restored copies that are not counted", () => {
  bad(
    "conservation",
    /pending copies are 0 as shown, and 1 as told/,
    (made) =>
      made.accepted("m1", TO_B).busRestarted()
        .restored("m1", { "direct b": 0 }).ready().gauges(0),
  );
});

Deno.test("Ledger rejects a bus that closes with something that is not kept, or with a lease", () => {
  bad(
    "conservation",
    /m1 is waiting in "direct b" of a closed bus/,
    (made) =>
      made.accepted("m1", { ...TO_B, requiresAck: false })
        .told({ type: "closed" }),
  );
  bad(
    "conservation",
    /m1 is leased in "direct b" of a closed bus/,
    (made) => made.accepted("m1", TO_B).started("m1").told({ type: "closed" }),
  );
});

Deno.test("Ledger rejects a kept copy that is not shown to wait when all is quiet, or one that does not wait and is", () => {
  bad(
    "conservation",
    /messages that wait for b are 0 as shown, and 1/,
    (made) => made.accepted("m1", TO_B).gauges(1).snapshot(onePending(0)),
  );
  bad(
    "conservation",
    /messages that wait for b are 2 as shown, and 1/,
    (made) =>
      made.accepted("m1", TO_B).gauges(1).snapshot(onePending(2), false),
  );
  bad(
    "conservation",
    /messages that wait for b are 0 as shown, and 1/,
    (made) =>
      made.accepted("m1", { ...TO_B, requiresAck: false }).gauges(1)
        .snapshot(onePending(0), false),
  );
});

Deno.test("Ledger passes ends that count when they are kept, in their order", () => {
  good((made) =>
    acked(made).gauges(2, 23).gauges(0).accepted("m4", TO_B).started("m4")
      .ended("m4", "rejected").gauges(1).letterAdded("m4", "rejected")
      .gauges(0).quiescent()
  );
});

Deno.test("Ledger passes what is kept of a bus that closes, and what is back of it", () => {
  good((made) =>
    acked(made).accepted("m4", TO_B).told({ type: "closed" })
      .busEnded("closed").busStarted("bus#2", { hasStore: true })
      .restored("m3", { "direct b": 1 }).restored("m4", { "direct b": 0 })
      .gauges(2).ready().started("m3", { attempt: 2 })
      .ended("m3", "acked", { attempt: 2 }).gauges(1)
  );
});

Deno.test("Ledger passes a kept copy that has expired, and is no letter yet", () => {
  good((made) =>
    made.accepted("m1", TO_B).gauges(1).snapshot(onePending(0), false)
      .letterAdded("m1", "expired").gauges(0)
  );
});
