import { HandMade } from "./hand_made.ts";
import { Priorities } from "./priorities.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted();
}

const { bad, good } = trialOf(() => new Priorities(), begun);

Deno.test("P1 Priorities rejects a start before a copy of higher priority", () => {
  bad(
    "P1",
    /low .* was started before high/,
    (made) =>
      made.accepted("low", { priority: 10 }).accepted("high", { priority: 90 })
        .started("low"),
  );
});

Deno.test("P1 Priorities rejects a start before an older copy of the same priority", () => {
  bad(
    "P1",
    /second .* was started before first/,
    (made) => made.accepted("first").accepted("second").started("second"),
  );
});

Deno.test("P1 Priorities rejects a start before a copy that is ready again", () => {
  bad(
    "P1",
    /second .* was started before first/,
    (made) =>
      made.accepted("first").accepted("second").started("first")
        .ended("first", "nacked").requeued("first", 100).wait(102)
        .started("second"),
  );
  bad(
    "P1",
    /second .* was started before first/,
    (made) =>
      made.accepted("first").accepted("second").started("first")
        .ended("first", "returned").requeued("first").started("second"),
  );
});

Deno.test("P1 Priorities rejects a start before the delay is over", () => {
  bad(
    "P1",
    /m1 was started 1 ms before its delay was over/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "nacked")
        .requeued("m1", 100).wait(99).started("m1", { attempt: 2 }),
  );
});

Deno.test("P1 Priorities rejects a replay that keeps its old place", () => {
  bad(
    "P1",
    /first .* was started before second/,
    (made) =>
      made.accepted("first").started("first").ended("first", "rejected")
        .letterAdded("first", "rejected").accepted("second").replayed("first")
        .started("first"),
  );
  bad(
    "P1",
    /second .* was started before first/,
    (made) =>
      made.accepted("first").started("first").ended("first", "rejected")
        .letterAdded("first", "rejected").accepted("second")
        .replayed("first", ["b"], { priority: 51 }).started("second"),
  );
});

Deno.test("P2 Priorities rejects priorities that do not rise with waiting", () => {
  bad(
    "P1",
    /young .* was started before old/,
    (made) =>
      made.accepted("old", { priority: 40 }).wait(20_000)
        .accepted("young", { priority: 59 }).started("young"),
  );
});

Deno.test("P2 Priorities rejects a copy that starves", () => {
  bad(
    "P2",
    /young, accepted at 100001, was started before old/,
    (made) =>
      made.accepted("old", { priority: 0 }).wait(100_001)
        .accepted("young", { priority: 100 }).started("young"),
  );
});

Deno.test("P3 Priorities rejects a priority that is none", () => {
  for (const priority of [50.5, -1, 101, NaN]) {
    bad("P3", /priority/, (made) => made.accepted("m1", { priority }));
  }
});

Deno.test("P3 Priorities rejects a call taken with a wrong priority", () => {
  bad(
    "P3",
    /call 7 was taken/,
    (made) =>
      made.called(7, { fault: "priority", priority: 101 }).resolved(7, "m1"),
  );
  bad(
    "P3",
    /m1 was accepted with priority 100/,
    (made) =>
      made.called(7, { fault: "priority", priority: 101, token: 70 })
        .accepted("m1", { priority: 100, token: 70 }),
  );
});

Deno.test("Priorities passes the highest first, equals in their order, each mailbox for itself", () => {
  good((made) =>
    made.accepted("a", { priority: 10 }).accepted("b", { priority: 50 })
      .accepted("c", { priority: 50 }).accepted("d", { mailboxes: ["other"] })
      .started("b").started("c").started("d").started("a")
  );
});

Deno.test("Priorities passes what is delayed, in hand, or gone", () => {
  good((made) =>
    made.accepted("first", { priority: 90 }).accepted("second")
      .accepted("dead", { priority: 99 }).letterAdded("dead", "expired")
      .started("first").ended("first", "nacked").requeued("first", 100)
      .wait(100).started("second").started("first", { attempt: 2 })
  );
});

Deno.test("Priorities passes a copy that has risen, up to 100 and no further", () => {
  good((made) =>
    made.accepted("old", { priority: 40 }).wait(20_000)
      .accepted("young", { priority: 60 }).started("old").started("young")
      .accepted("risen", { priority: 99 }).wait(50_000)
      .accepted("top", { priority: 100 }).started("risen").started("top")
  );
});

Deno.test("Priorities passes a new life of the bus, and a refused call", () => {
  good((made) =>
    made.accepted("m1", { priority: 100 }).busEnded().busStarted("bus#2")
      .called(7, { fault: "priority", priority: NaN })
      .rejected(7, "invalid_message").accepted("m2").started("m2")
  );
});

Deno.test("Priorities says nothing of two copies that cannot be told apart", () => {
  good((made) =>
    made.accepted("m1").started("m1").ended("m1", "rejected")
      .letterAdded("m1", "rejected").replayed("m1").replayed("m1")
      .accepted("m2", { priority: 1 }).started("m2")
  );
});
