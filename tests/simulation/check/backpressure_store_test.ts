import { Backpressure } from "./backpressure.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Backpressure(),
  () =>
    new HandMade().busStarted("bus#1", {
      hasStore: true,
      maxPending: 10,
      maxPendingBytes: 100,
      waitTimeoutMs: 1_000,
    }).ready().joined("a#1").joined("b#1").attached(1),
);

const UNKEPT = { requiresAck: false };

Deno.test("B1 Backpressure rejects a room that a restored copy does not take, or gives back before its ack", () => {
  bad(
    "B1",
    /0 copies are pending, 0 of them reserved, and 1 are not/,
    (made) =>
      made.accepted("m1").busRestarted().restored("m1").ready().gauges(0),
  );
  bad(
    "B1",
    /0 copies are pending, 0 of them reserved, and 1 are not/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "rejected").gauges(0),
  );
});

Deno.test("B2 Backpressure rejects a kept send that waits for ever, and one that is not kept and waits for the store", () => {
  bad(
    "B2",
    /call 1 still waits after 3051 ms/,
    (made) => made.called(1).wait(3_051).gauges(0),
  );
  bad(
    "B2",
    /call 1 still waits after 1051 ms/,
    (made) => made.called(1, UNKEPT).wait(1_051).gauges(0),
  );
});

Deno.test("B3 Backpressure rejects a kept send that another overtakes, and one of two that are not kept", () => {
  bad(
    "B3",
    /call 1 still waits, and call 2 that came later does not/,
    (made) => made.called(1).called(2).accepted("m2", { token: 2 }).gauges(2),
  );
  bad(
    "B3",
    /call 1 still waits, and call 2 that came later does not/,
    (made) =>
      made.called(1, UNKEPT).called(2, UNKEPT)
        .accepted("m2", { ...UNKEPT, token: 2 }).gauges(1),
  );
});

Deno.test("B3 Backpressure rejects senders that wait when the store is open", () => {
  bad(
    "B3",
    /1 senders wait though nothing is full/,
    (made) => made.called(1).gauges(0, 0, { waiting: 1 }),
  );
});

Deno.test("B3 Backpressure lets a publish wait for as many places as there may be mailboxes, those of the life before among them", () => {
  const many = Array.from({ length: 8 }, (_, index) => `private ${index}`);
  const filled = (made: HandMade) =>
    made.accepted("m1", { mailboxes: many }).busRestarted()
      .restored("m1", { "private 0": 0 }).ready();
  const roomy = trialOf(
    () => new Backpressure(),
    () =>
      new HandMade().busStarted("bus#1", {
        hasStore: true,
        maxPending: 9,
        maxPendingBytes: 1_000_000,
      }).ready().joined("a#1").joined("b#1").attached(1),
  );
  roomy.good((made) => filled(made).called(1).gauges(1, 10, { waiting: 1 }));
  roomy.bad(
    "B3",
    /1 senders wait though nothing is full/,
    (made) =>
      made.accepted("m1").busRestarted().restored("m1").ready().called(1)
        .gauges(1, 10, { waiting: 1 }),
  );
});

Deno.test("Backpressure passes a kept send that one overtakes that is not kept, and one that takes its time", () => {
  good((made) =>
    made.called(1).called(2, UNKEPT).accepted("m2", { ...UNKEPT, token: 2 })
      .resolved(2, "m2").gauges(2, 20, { reserved: 1 }).wait(2_900)
      .gauges(2, 20, { reserved: 1 })
      .accepted("m1", { token: 1 }).resolved(1, "m1").gauges(2)
  );
});

Deno.test("Backpressure passes senders that wait until the store is open, and the room of what is back", () => {
  good((made) =>
    made.accepted("m1").busRestarted().called(1)
      .gauges(0, 0, { waiting: 1 }).restored("m1")
      .gauges(1, 10, { waiting: 1 }).ready()
      .accepted("m2", { token: 1 }).gauges(2).started("m1").ended("m1")
      .gauges(2).gauges(1)
  );
});

Deno.test("Backpressure passes the replay of a letter that is back, when another of its message was evicted unseen", () => {
  const reason = "rejected";
  good((made) =>
    made.accepted("m1").busRestarted()
      .told({ type: "dead_letter_restored", id: "l1", messageId: "m1", reason })
      .letterRestored("m1", reason, { id: "l2" })
      .letterRemoved("m1", "evicted", "l1").ready()
      .called(1, { verb: "replay", letter: "l2" })
      .replayed("m1").letterRemoved("m1", "replayed", "l2").gauges(1)
  );
});
