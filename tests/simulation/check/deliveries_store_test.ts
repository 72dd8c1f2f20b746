import { LIMITS } from "../../../core/limits.ts";
import { Deliveries } from "./deliveries.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new Deliveries(),
  () => new HandMade().busStarted("bus#1", { hasStore: true }).ready(),
);

/** `m1` is handed out twice, and fails in between. */
function failed(made: HandMade): HandMade {
  return made.accepted("m1").started("m1").ended("m1", "nacked")
    .requeued("m1", 50).started("m1", { attempt: 2 });
}

/** Somebody sends, so much later, and what was told before he did is kept when that is accepted. */
function kept(made: HandMade, laterMs: number = LIMITS.lazyCommitMs): HandMade {
  return made.wait(laterMs).called(7).accepted("m7", { token: 7 });
}

/** The bus is started again, and has `m1` back. */
function back(
  made: HandMade,
  attempts: number,
  facts: { failures?: number; delayMs?: number } = {},
): HandMade {
  return made.busRestarted().restored("m1", { b: attempts }, facts).ready();
}

Deno.test("S3 Deliveries rejects restored copies with fewer attempts or failures than were kept", () => {
  bad(
    "S3",
    /m1 of "b" is back with 1 attempts, and should with 2 to 2/,
    (made) => back(kept(failed(made)), 1, { failures: 1 }),
  );
  bad(
    "S3",
    /m1 of "b" is back with 0 failures, and should with 1 to 1/,
    (made) => back(kept(failed(made)), 2),
  );
  bad(
    "S3",
    /m1 of "b" is back with 0 attempts, and should with 1 to 1/,
    (made) =>
      kept(made.accepted("m1").started("m1")).busRestarted()
        .restored("m1", { b: 1 }).busRestarted("bus#3")
        .restored("m1", { b: 0 }),
  );
});

Deno.test("S3 Deliveries rejects restored copies with more attempts or failures than were told, or a longer delay", () => {
  bad(
    "S3",
    /m1 of "b" is back with 3 attempts, and should with 0 to 2/,
    (made) => back(failed(made), 3),
  );
  bad(
    "S3",
    /m1 of "b" is back with 2 failures, and should with 0 to 1/,
    (made) => back(failed(made), 2, { failures: 2 }),
  );
  bad(
    "S3",
    /m1 of "b" is back to wait 51 ms, and was to wait 50/,
    (made) => back(failed(made), 2, { failures: 1, delayMs: 51 }),
  );
  bad(
    "S3",
    /m1 of "b" is back with 1 attempts, and should with 0 to 0/,
    (made) => back(made, 1),
  );
});

Deno.test("S3 Deliveries rejects a restored copy whose attempts begin anew, or have a gap", () => {
  const words = (attempt: number) =>
    new RegExp(`for the ${attempt}. time after the 2.`);
  for (const attempt of [1, 4]) {
    bad(
      "S3",
      words(attempt),
      (made) =>
        back(failed(made), 2, { failures: 1 }).started("m1", { attempt }),
    );
  }
});

Deno.test("Deliveries passes restored copies that are as they were kept, or told", () => {
  const one = { failures: 1, delayMs: 50 };
  good((made) => back(kept(failed(made)), 2, one));
  good((made) => back(failed(made), 0));
  good((made) => back(failed(made), 1, one));
  // What came after the send may be kept or not.
  good((made) => back(kept(made.accepted("m1")).started("m1"), 0));
  good((made) =>
    back(
      made.accepted("m1").called(7).started("m1").accepted("m7", { token: 7 }),
      0,
    )
  );
  // What nobody waits for is kept a while later; what somebody does, at once.
  const soon = LIMITS.lazyCommitMs - 1;
  good((made) => back(kept(made.accepted("m1").started("m1"), soon), 0));
  good((made) => back(kept(failed(made), soon), 1, { failures: 1 }));
  bad(
    "S3",
    /m1 of "b" is back with 0 attempts, and should with 1 to 2/,
    (made) => back(kept(failed(made), soon), 0, { failures: 1 }),
  );
  // A replay begins anew.
  good((made) =>
    back(
      failed(made).ended("m1", "rejected", { attempt: 2 })
        .letterAdded("m1", "rejected").replayed("m1"),
      0,
    )
  );
});

Deno.test("S3 Deliveries knows a copy in the bus's own process by its message, as its mailbox has another name after a restart", () => {
  const local = (made: HandMade) =>
    made.accepted("m1", { mailboxes: ["local i 1", "local i 2"] })
      .started("m1", { mailbox: "local i 1" }).busRestarted();
  good((made) => local(made).restored("m1", { "local j 1": 1 }).ready());
  bad(
    "S3",
    /m1 of "local j 1" is back with 2 attempts, and should with 0 to 1/,
    (made) => local(made).restored("m1", { "local j 1": 2 }).ready(),
  );
  bad(
    "S3",
    /m1 of "local i 2" is back with 1 attempts, and should with 0 to 0/,
    (made) => local(made).restored("m1", { "local i 2": 1 }).ready(),
  );
  bad(
    "S3",
    /m1 of "other" is back with 1 attempts, and should with 0 to 0/,
    (made) => local(made).restored("m1", { other: 1 }).ready(),
  );
});
