import { HandMade } from "./hand_made.ts";
import { Priorities } from "./priorities.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Priorities(),
  () =>
    new HandMade().busStarted("bus#1", { hasStore: true, agingStepMs: 10 })
      .ready(),
);

const HIGH = { priority: 90 };
const LOW = { priority: 50 };

function overtaken(made: HandMade): HandMade {
  return made.accepted("first", HIGH).accepted("second", LOW).started("second");
}

Deno.test("P1 Priorities rejects a kept copy that was overtaken, and not given up", () => {
  bad(
    "P1",
    /second .* was started before first/,
    (made) => overtaken(made).started("first"),
  );
  bad(
    "P1",
    /second .* was started before first/,
    (made) => overtaken(made).quiescent(),
  );
  bad("P1", /second .* was started before first/, (made) => overtaken(made));
  bad(
    "P1",
    /second .* was started before first/,
    (made) => overtaken(made).letterAdded("first", "handler_failed"),
  );
  bad(
    "P1",
    /second .* was started before first/,
    (made) => overtaken(made).quiescent().letterAdded("first", "overflow"),
  );
  bad(
    "P1",
    /second .* was started before first/,
    (made) =>
      overtaken(made).started("first").ended("first", "returned")
        .letterAdded("first", "undeliverable"),
  );
});

Deno.test("P1 Priorities rejects at once a start before a copy that is not kept", () => {
  bad(
    "P1",
    /second .* was started before first/,
    (made) =>
      made.accepted("first", { ...HIGH, requiresAck: false })
        .accepted("second", LOW).started("second")
        .letterAdded("first", "overflow"),
  );
});

Deno.test("P1 Priorities rejects restored copies that are as young as the bus", () => {
  bad(
    "P1",
    /young .* was started before old/,
    (made) =>
      made.accepted("old", LOW).wait(100).busRestarted()
        .restored("old", { b: 0 }, LOW).ready()
        .accepted("young", { priority: 59 }).started("young").started("old"),
  );
});

Deno.test("P1 Priorities rejects restored copies that are older than those before them", () => {
  bad(
    "P1",
    /second .* was started before first/,
    (made) =>
      made.wait(100).accepted("first", LOW).busRestarted()
        .restored("first", { b: 0 }, LOW)
        .restored("second", { b: 0 }, { ...LOW, timestamp: 0 }).ready()
        .started("second").started("first"),
  );
});

Deno.test("P1 Priorities rejects a restored copy that is started before its delay is over", () => {
  bad(
    "P1",
    /m1 was started 1 ms before its delay was over/,
    (made) =>
      made.accepted("m1").busRestarted()
        .restored("m1", { b: 1 }, { delayMs: 50 }).ready().wait(49)
        .started("m1", { attempt: 2 }),
  );
});

Deno.test("Priorities passes a kept copy that was overtaken as it was given up, which is told later", () => {
  for (const reason of ["overflow", "expired", "undeliverable"]) {
    good((made) => overtaken(made).letterAdded("first", reason).quiescent());
  }
  good((made) => overtaken(made).busEnded());
});

Deno.test("Priorities passes restored copies that go by their age", () => {
  good((made) =>
    made.accepted("old", LOW).wait(100).busRestarted()
      .restored("old", { b: 0 }, LOW).ready()
      .accepted("young", { priority: 59 }).started("old").started("young")
  );
  // Set back, the clock makes nothing younger than what came before it.
  good((made) =>
    made.wait(100).accepted("first", LOW).wallSet(-90).accepted("second", LOW)
      .busRestarted().restored("first", { b: 0 }, LOW)
      .restored("second", { b: 0 }, LOW).ready().started("first")
      .started("second")
  );
});
