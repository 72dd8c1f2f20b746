import { DeadLetters } from "./dead_letters.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

const { bad, good } = trialOf(
  () => new DeadLetters(),
  () =>
    new HandMade().busStarted("bus#1", {
      hasStore: true,
      maxDeadLetters: 3,
      whenDeadLettersFull: "evict-oldest",
      maxAttempts: 2,
    }).ready().joined("b#1"),
);

const OF_B = { agent: "b" };

/** A message that is refused for good. */
function dead(made: HandMade, id: string): HandMade {
  return made.accepted(id).started(id).ended(id, "rejected")
    .letterAdded(id, "rejected", OF_B);
}

function shown(id: string, attempts = 1) {
  return {
    letters: [{ id, messageId: id, reason: "rejected", attempts, agent: "b" }],
  } as const;
}

Deno.test("Q1 DeadLetters rejects restored letters that are not shown, or not counted", () => {
  bad(
    "Q1",
    /0 letters are shown, and 1 were told/,
    (made) =>
      dead(made, "m1").busRestarted().letterRestored("m1", "rejected", OF_B)
        .ready().snapshot(),
  );
  bad(
    "Q1",
    /the bus keeps 0 letters, and told of 1/,
    (made) =>
      dead(made, "m1").busRestarted().letterRestored("m1", "rejected", OF_B)
        .ready().gauges(0),
  );
});

Deno.test("Q4 DeadLetters rejects a letter that is back as another", () => {
  bad(
    "Q4",
    /the letter m1 is back as another than it was/,
    (made) =>
      dead(made, "m1").busRestarted().letterRestored("m1", "expired", OF_B),
  );
  bad(
    "Q4",
    /was told as/,
    (made) =>
      dead(made, "m1").busRestarted().letterRestored("m1", "rejected", OF_B)
        .ready().snapshot(shown("m1", 2)),
  );
});

Deno.test("Q4 DeadLetters rejects a letter under the id of one that is back", () => {
  bad(
    "Q4",
    /m1 has a letter under the wrong id: m1/,
    (made) =>
      made.accepted("m1", { mailboxes: ["b", "c"] }).started("m1")
        .ended("m1", "rejected").letterAdded("m1", "rejected").busRestarted()
        .letterRestored("m1", "rejected").restored("m1", { c: 0 }).ready()
        .letterAdded("m1", "undeliverable", { mailbox: "c" }),
  );
});

Deno.test("Q4 DeadLetters rejects a letter under another id when its own was free", () => {
  bad(
    "Q4",
    /m1 has a letter under the wrong id: x1/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "rejected")
        .letterAdded("m1", "rejected", { id: "x1" }).quiescent(),
  );
});

Deno.test("Q3 DeadLetters rejects restored letters beyond their bound, when one more comes", () => {
  bad("Q3", /4 letters are kept, and 3 may be/, (made) => {
    for (const id of ["m1", "m2", "m3"]) dead(made, id);
    made.busRestarted();
    for (const id of ["m1", "m2", "m3"]) {
      made.letterRestored(id, "rejected", OF_B);
    }
    return dead(made.ready(), "m4");
  });
});

Deno.test("Q5 DeadLetters rejects a restored letter that goes without its message, or into two mailboxes", () => {
  const begin = (made: HandMade) =>
    dead(made, "m1").busRestarted().letterRestored("m1", "rejected", OF_B)
      .ready();
  bad(
    "Q5",
    /the letter m1 went, and its message was not sent again/,
    (made) => begin(made).letterRemoved("m1", "replayed"),
  );
  bad(
    "Q5",
    /the letter m1 of one copy made 2/,
    (made) =>
      begin(made).accepted("m1", { mailboxes: ["b", "c"] })
        .letterRemoved("m1", "replayed"),
  );
});

Deno.test("Q6 DeadLetters rejects a restored copy that fails again and is tried again, or had a failure less", () => {
  const begin = (made: HandMade, failures: number) =>
    made.accepted("m1").started("m1").ended("m1", "nacked").requeued("m1")
      .busRestarted().restored("m1", { b: 1 }, { failures }).ready()
      .started("m1", { attempt: 2 })
      .ended("m1", "nacked", { attempt: 2 });
  bad(
    "Q6",
    /m1 is tried again after 2 failures of 2/,
    (made) => begin(made, 1).requeued("m1"),
  );
  bad(
    "Q6",
    /m1 was given up after 1 failures of 2/,
    (made) => begin(made, 0).letterAdded("m1", "handler_failed"),
  );
  good((made) => begin(made, 1).letterAdded("m1", "handler_failed"));
});

Deno.test("DeadLetters passes letters that are back, are shown, sent again and pushed out", () => {
  good((made) => {
    dead(dead(made, "m1"), "m2").busRestarted()
      .letterRestored("m1", "rejected", OF_B)
      .letterRestored("m2", "rejected", OF_B).ready().gauges(0, 0, {
        letters: 2,
      })
      .called(1, { verb: "replay", letter: "m2" })
      .accepted("m2").letterRemoved("m2", "replayed").resolved(1, "m2")
      .gauges(1, 10, { letters: 1 }).snapshot(shown("m1"));
  });
});

Deno.test("DeadLetters passes a letter that has found its own id taken when it was written, and is told later", () => {
  good((made) =>
    dead(made, "m1").called(1, { verb: "replay", letter: "m1" })
      .replayed("m1", ["b"]).letterRemoved("m1", "replayed").resolved(1, "m1")
      .started("m1").ended("m1", "rejected")
      .letterAdded("m1", "rejected", OF_B).quiescent()
  );
  good((made) =>
    made.accepted("m1", { mailboxes: ["b", "c"] }).started("m1")
      .ended("m1", "rejected").letterAdded("m1", "rejected")
      .letterRemoved("m1", "discarded")
      .letterAdded("m1", "overflow", { mailbox: "c", id: "x1" }).quiescent()
  );
  good((made) =>
    made.accepted("m1", { mailboxes: ["b"] })
      .letterAdded("m1", "no_recipient", { mailbox: null, id: "x1" })
      .letterAdded("m1", "undeliverable").quiescent()
  );
});
