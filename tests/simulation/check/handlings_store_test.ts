import { HandMade } from "./hand_made.ts";
import { Handlings } from "./handlings.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Handlings(),
  () =>
    new HandMade().busStarted("bus#1", { hasStore: true }).ready()
      .joined("b#1").attached(1),
);

/** A message that is back, and handed out. */
function back(made: HandMade, attempts = 0): HandMade {
  return made.accepted("m1").busRestarted().restored("m1", { b: attempts })
    .ready().started("m1", { attempt: attempts + 1 });
}

Deno.test("S3 Handlings rejects a restored copy that is handled as if for the first time", () => {
  bad(
    "S3",
    /m1 is handled by b for the 1. time, and redelivered is false/,
    (made) => back(made).handling(1, "m1"),
  );
  bad(
    "S3",
    /m1 is handled by b for the 2. time, and redelivered is false/,
    (made) =>
      back(made, 1).handling(1, "m1", { attempt: 2, redelivered: false }),
  );
});

Deno.test("S3 Handlings rejects a copy that is redelivered as another of its message was there before", () => {
  bad(
    "S3",
    /m1 is handled by b for the 1. time, and redelivered is true/,
    (made) =>
      made.accepted("m1").started("m1").handling(1, "m1", {
        redelivered: true,
      }),
  );
  bad(
    "S3",
    /m1 is handled by b for the 1. time, and redelivered is true/,
    (made) =>
      back(made).handling(1, "m1", { redelivered: true }).ended(
        "m1",
        "rejected",
      )
        .letterAdded("m1", "rejected").replayed("m1").started("m1")
        .handling(2, "m1", { redelivered: true }),
  );
});

Deno.test("Handlings passes restored copies that may have been handed out, and replays that were not", () => {
  good((made) => back(made).handling(1, "m1", { redelivered: true }));
  good((made) =>
    made.accepted("m1").started("m1").handling(1, "m1").ended("m1", "nacked")
      .requeued("m1").started("m1", { attempt: 2 })
      .handling(2, "m1", { attempt: 2 })
  );
  good((made) => back(made, 3).handling(1, "m1", { attempt: 4 }));
  good((made) =>
    made.letterAdded("m1", "rejected").busRestarted()
      .letterRestored("m1", "rejected").ready().accepted("m1").started("m1")
      .handling(1, "m1")
  );
});

Deno.test("Handlings passes what was handed out before the bus was killed, and is handled after", () => {
  good((made) =>
    made.accepted("m1").started("m1").busRestarted()
      .restored("m1", { b: 0 }).ready().handling(1, "m1").started("m1")
      .handling(2, "m1", { redelivered: true })
  );
});

Deno.test("Handlings goes by what is back of a message, and not by a letter of a copy that a rule has made", () => {
  const broadcast = { recipient: undefined };
  const both = (made: HandMade) =>
    made.busRestarted().letterRestored("m1", "no_recipient", { mailbox: null });
  good((made) =>
    both(made).restored("m1", { b: 0 }, broadcast).ready().started("m1")
      .handling(1, "m1", { ...broadcast, redelivered: true })
  );
  bad(
    "S7",
    /m1 is handled with another recipient/,
    (made) =>
      both(made).restored("m1", { b: 0 }).ready().started("m1")
        .handling(1, "m1", { ...broadcast, redelivered: true }),
  );
});
