import { Deliveries } from "./deliveries.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("b#1").attached(1);
}

const { bad, good } = trialOf(() => new Deliveries(), begun);

Deno.test("S2 Deliveries rejects a start of what was not accepted, or not there", () => {
  bad(
    "S2",
    /m1 is handed out of "b", where it is not/,
    (made) => made.started("m1"),
  );
  bad(
    "S2",
    /m1 is handed out of "c", where it is not/,
    (made) => made.accepted("m1").started("m1", { mailbox: "c" }),
  );
});

Deno.test("S2 Deliveries rejects a start in a life of the bus that has not accepted the message", () => {
  bad(
    "S2",
    /m1 is handed out of "b", where it is not/,
    (made) => made.accepted("m1").busEnded().busStarted("bus#2").started("m1"),
  );
});

Deno.test("S3 Deliveries rejects a second start of a copy that did not come back", () => {
  bad(
    "S3",
    /handed out of "b" again, and did not come back/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "nacked")
        .started("m1", { attempt: 2 }),
  );
});

Deno.test("S3 Deliveries rejects attempts with a gap, or that stand still", () => {
  bad(
    "S3",
    /for the 3. time after the 1./,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "nacked").requeued("m1")
        .started("m1", { attempt: 3 }),
  );
  bad(
    "S3",
    /for the 1. time after the 1./,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "nacked").requeued("m1")
        .started("m1", { attempt: 1 }),
  );
  bad(
    "S3",
    /for the 2. time after the 0./,
    (made) => made.accepted("m1").started("m1", { attempt: 2 }),
  );
});

Deno.test("S4 Deliveries rejects a second start, and a return, of what is for at most one delivery", () => {
  bad(
    "S4",
    /m1 waits again, and is for at most one delivery/,
    (made) =>
      made.accepted("m1", { requiresAck: false }).started("m1")
        .ended("m1", "returned").requeued("m1"),
  );
  bad(
    "S4",
    /m1 is handed out of "b" again/,
    (made) =>
      made.accepted("m1", { requiresAck: false }).started("m1")
        .started("m1", { attempt: 2 }),
  );
});

Deno.test("Deliveries passes redelivery after a nack, a lost lease and a lost consumer", () => {
  good((made) =>
    made.accepted("m1").started("m1").handling(1, "m1").ended("m1", "nacked")
      .requeued("m1", 10).started("m1", { attempt: 2 })
      .ended("m1", "returned", { attempt: 2 }).requeued("m1")
      .started("m1", { attempt: 3 }).handling(2, "m1", { attempt: 3 })
      // What was on its way when its lease ended is seen late.
      .handling(3, "m1", { attempt: 2 })
  );
});

Deno.test("Deliveries passes a replay, whose attempts begin anew, at most once too", () => {
  good((made) =>
    made.accepted("m1", { requiresAck: false }).started("m1")
      .handling(1, "m1", { requiresAck: false }).ended("m1", "nacked")
      .letterAdded("m1", "handler_failed").replayed("m1", ["direct c"])
      .started("m1", { mailbox: "direct c", agent: "b" })
      .handling(2, "m1", { requiresAck: false })
  );
});

Deno.test("Deliveries passes a message that a further life of the bus hands out anew", () => {
  good((made) =>
    made.accepted("m1").started("m1").handling(1, "m1").busEnded()
      .busStarted("bus#2").accepted("m1", { token: 1 }).started("m1")
      .handling(2, "m1", { token: 1 })
  );
});
