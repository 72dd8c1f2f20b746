import { HandMade } from "./hand_made.ts";
import { Openings } from "./openings.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Openings(),
  (settings) =>
    new HandMade().busStarted("bus#1", { ...settings, hasStore: true }),
);

Deno.test("X7 Openings rejects a bus that works before its store is open", () => {
  bad("X7", /message_accepted was told before/, (made) => made.accepted("m1"));
  bad(
    "X7",
    /delivery_started was told before/,
    (made) => made.restored("m1").started("m1"),
  );
  bad(
    "X7",
    /message_replayed was told before/,
    (made) => made.letterRestored("m1", "expired").replayed("m1"),
  );
});

Deno.test("X7 Openings rejects a bus that says it is ready before its store is open", () => {
  bad(
    "X7",
    /says that it is ready, and its store is not open/,
    (made) => made.restored("m1").gauges(1, 10, { ready: true }).ready(),
  );
});

Deno.test("X7 Openings rejects a bus that says it is ready while its store fails, or its dead letters are full", () => {
  bad(
    "X7",
    /says that it is ready, and its store fails/,
    (made) =>
      made.ready().told({ type: "store_failing", reason: "full" })
        .gauges(0, 0, { ready: true }),
  );
  bad(
    "X7",
    /says that it is ready, and its store is open, and the dead letters are full/,
    (made) => made.ready().gauges(0, 0, { ready: true, letters: 2 }),
    { maxDeadLetters: 2, whenDeadLettersFull: "stop" },
  );
});

Deno.test("X7 Openings rejects a bus that never comes to be ready", () => {
  bad(
    "X7",
    /says that it is not ready, and its store is open, and works/,
    (made) => made.ready().gauges(0, 0, { ready: false }),
  );
  bad(
    "X7",
    /store of bus#1 is not open when nothing is left/,
    (made) => made.quiescent(),
  );
  bad(
    "X7",
    /store of bus#1 fails when nothing is left/,
    (made) =>
      made.ready().told({ type: "store_failing", reason: "full" }).quiescent(),
  );
});

Deno.test("X7 Openings rejects what comes back late, and news that is none", () => {
  bad(
    "X7",
    /something is back after all was/,
    (made) => made.ready().restored("m1"),
  );
  bad(
    "X7",
    /something is back after all was/,
    (made) => made.ready().letterRestored("m1", "expired"),
  );
  bad("X7", /opened twice/, (made) => made.ready().ready());
  bad(
    "X7",
    /store_recovered is no news/,
    (made) => made.ready().told({ type: "store_recovered" }),
  );
});

Deno.test("Openings passes a bus that is ready when it can be, and killed while it is not", () => {
  good((made) =>
    made.restored("m1").gauges(1, 10, { ready: false }).busEnded()
      .busStarted("bus#2", { hasStore: true }).restored("m1")
      .letterRestored("m2", "expired").ready()
      .gauges(1, 10, { ready: true, letters: 1 }).started("m1")
      .told({ type: "store_failing", reason: "full" })
      .gauges(1, 10, { ready: false, letters: 1 })
      .told({ type: "store_recovered" })
      .gauges(1, 10, { ready: true, letters: 1 }).quiescent()
  );
});

Deno.test("Openings leaves a bus alone that has no store", () => {
  const { good } = trialOf(
    () => new Openings(),
    () => new HandMade().busStarted(),
  );
  good((made) => made.accepted("m1").gauges(1).quiescent());
});
