import { Acks } from "./acks.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("b#1").attached(1)
    .attached(2, { kind: "requests" }).attached(3, { kind: "inbox" })
    .accepted("m1").started("m1");
}

const { bad, good } = trialOf(() => new Acks(), begun);

Deno.test("K1 Acks rejects an ack that nobody gave", () => {
  bad(
    "K1",
    /m1 is acked for the 1. time, and b said nothing/,
    (made) => made.handling(1, "m1").ended("m1"),
  );
});

Deno.test("K1 Acks rejects an ack that the holder of an older lease gave", () => {
  bad(
    "K1",
    /m1 is acked for the 2. time, and b said nothing/,
    (made) =>
      made.handling(1, "m1").ended("m1", "lease_ended").requeued("m1")
        .started("m1", { attempt: 2 }).settling(1, "ack")
        .ended("m1", "acked", { attempt: 2 }),
  );
});

Deno.test("K1 Acks rejects an end that is not what the holder said", () => {
  bad(
    "K1",
    /m1 is acked for the 1. time, and b said nacked/,
    (made) => made.handling(1, "m1").settling(1, "nack").ended("m1"),
  );
  bad(
    "K1",
    /m1 is rejected for the 1. time, and b said acked/,
    (made) => made.handling(1, "m1").handled(1).ended("m1", "rejected"),
  );
  bad(
    "K1",
    /m1 is nacked for the 1. time, and b said rejected/,
    (made) =>
      made.handling(1, "m1").settling(1, "reject").ended("m1", "nacked"),
  );
});

Deno.test("K2 Acks rejects a second word of the holder that counts", () => {
  bad(
    "K1",
    /m1 is nacked for the 1. time, and b said acked/,
    (made) =>
      made.handling(1, "m1").settling(1, "ack").settling(1, "nack")
        .handled(1, "threw").ended("m1", "nacked"),
  );
  bad(
    "K2",
    /m1 is nacked for the 1. time 2 times, and b said so 1/,
    (made) =>
      made.handling(1, "m1").settling(1, "nack").handled(1)
        .ended("m1", "nacked").ended("m1", "nacked"),
  );
});

Deno.test("Acks passes every way in which a handler can say what becomes of a delivery", () => {
  good((made) =>
    made.handling(1, "m1").settling(1, "extend").handled(1, "threw")
      .ended("m1", "nacked").requeued("m1")
      .started("m1", { attempt: 2 }).handling(2, "m1", { attempt: 2 })
      .settling(2, "nack", 5).handled(2).ended("m1", "nacked", { attempt: 2 })
      .requeued("m1", 5).started("m1", { attempt: 3 })
      .handling(3, "m1", { attempt: 3 }).handled(3, "threw_rejected")
      .ended("m1", "rejected", { attempt: 3 }).letterAdded("m1", "rejected")
      .replayed("m1").started("m1").handling(4, "m1").settling(4, "ack")
      .ended("m1").handled(4, "threw")
  );
});

Deno.test("Acks passes a late ack of a lease that had ended, which changes nothing", () => {
  good((made) =>
    made.handling(1, "m1").ended("m1", "lease_ended").requeued("m1")
      .started("m1", { attempt: 2 }).handling(2, "m1", { attempt: 2 })
      .settling(1, "ack").handled(2).ended("m1", "acked", { attempt: 2 })
  );
});

Deno.test("Acks passes an end that the step tells before its holder's word", () => {
  good((made) =>
    made.together((step) => step.ended("m1").handling(1, "m1").handled(1))
  );
});

Deno.test("Acks passes a responder that acknowledges in vain, then throws, or answers with too much", () => {
  good((made) =>
    made.accepted("q1", { type: "request" }).started("q1")
      .handling(1, "q1", { consumer: 2 }).settling(1, "ack")
      .handled(1, "threw").ended("q1", "nacked")
      .accepted("q2", { type: "request" }).started("q2")
      .handling(2, "q2", { consumer: 2 }).handled(2).ended("q2", "nacked")
  );
});

Deno.test("Acks passes an inbox that is left with a message for at most one delivery", () => {
  good((made) =>
    made.accepted("m2", { requiresAck: false }).started("m2")
      .handling(1, "m2", { consumer: 3, requiresAck: false }).ended("m2")
  );
});

Deno.test("Acks passes a message that a further life of the bus hands out again", () => {
  good((made) =>
    made.handling(1, "m1").handled(1).ended("m1").busEnded()
      .busStarted("bus#2").accepted("m1", { token: 1 }).started("m1")
      .handling(2, "m1").handled(2).ended("m1")
  );
});

Deno.test("Acks passes two copies in one mailbox, of which one was replayed", () => {
  good((made) =>
    made.replayed("m1").handling(1, "m1").handled(1).ended("m1")
      .started("m1").handling(2, "m1").handled(2).ended("m1")
  );
});

Deno.test("K1 Acks rejects an inbox's message that is refused for good, as only its loop threw", () => {
  bad(
    "K1",
    /m2 is rejected for the 1. time, and b said nacked/,
    (made) =>
      made.accepted("m2").started("m2").handling(1, "m2", { consumer: 3 })
        .handled(1, "threw_rejected").ended("m2", "rejected"),
  );
});

Deno.test("K1 Acks rejects an ack of a request that its responder has only said, not returned", () => {
  bad(
    "K1",
    /q1 is acked for the 1. time, and b said nothing/,
    (made) =>
      made.accepted("q1", { type: "request" }).started("q1")
        .handling(1, "q1", { consumer: 2 }).settling(1, "ack").ended("q1"),
  );
});
