import type { BusSettings } from "../history.ts";
import { DeadLetters } from "./dead_letters.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

const FEW: Partial<BusSettings> = {
  maxDeadLetters: 2,
  whenDeadLettersFull: "evict-oldest",
  maxAttempts: 2,
};

function begun(settings: Partial<BusSettings> = FEW): HandMade {
  return new HandMade().busStarted("bus#1", settings).joined("b#1");
}

const { bad, good } = trialOf(() => new DeadLetters(), begun);

/** A message that is refused for good. */
function dead(made: HandMade, id: string): HandMade {
  return made.accepted(id).started(id).ended(id, "rejected")
    .letterAdded(id, "rejected", { agent: "b" });
}

/** A message whose handler fails so often, and is tried again each time. */
function failing(made: HandMade, times: number, delivery = {}): HandMade {
  for (let attempt = 1; attempt <= times; attempt++) {
    made.started("m1", { attempt, ...delivery })
      .ended("m1", "nacked", { attempt, ...delivery });
    if (attempt < times) made.requeued("m1", 0);
  }
  return made;
}

Deno.test("Q1 DeadLetters rejects a copy that vanishes", () => {
  bad(
    "Q1",
    /m1 vanished from "b" after its delivery was rejected/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "rejected").gauges(0),
  );
  bad(
    "Q1",
    /m1 vanished from "b" after its delivery was nacked/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "nacked").accepted("m2"),
  );
  bad(
    "Q1",
    /m1 vanished from "requests b" after its delivery was returned/,
    (made) =>
      made.accepted("m1", { mailboxes: ["requests b"] }).started("m1")
        .ended("m1", "returned").gauges(0),
  );
});

Deno.test("Q1 DeadLetters rejects a second letter of one copy", () => {
  bad(
    "Q1",
    /m1 left a letter in "b", where it is not/,
    (made) => dead(made, "m1").letterAdded("m1", "rejected", { id: "x" }),
  );
});

Deno.test("Q1 DeadLetters rejects letters that are shown and were not told, or told and are not shown", () => {
  bad(
    "Q1",
    /the bus keeps 0 letters, and told of 1/,
    (made) => dead(made, "m1").gauges(0),
  );
  bad(
    "Q1",
    /the bus keeps 1 letters, and told of 0/,
    (made) => made.gauges(0, 0, { letters: 1 }),
  );
  bad(
    "Q1",
    /0 letters are shown, and 1 were told/,
    (made) => dead(made, "m1").snapshot(),
  );
  bad(
    "Q1",
    /the letter x of m1 is not there to go/,
    (made) => dead(made, "m1").letterRemoved("m1", "discarded", "x"),
  );
});

Deno.test("Q3 DeadLetters rejects more letters than there may be", () => {
  bad(
    "Q3",
    /3 letters are kept, and 2 may be/,
    (made) => dead(dead(dead(made, "m1"), "m2"), "m3"),
  );
});

Deno.test("Q3 DeadLetters rejects a letter pushed out that is not the oldest, or without need", () => {
  bad(
    "Q3",
    /the letter m2 was pushed out of 2, where 2 may be and m1 is the oldest/,
    (made) => dead(dead(made, "m1"), "m2").letterRemoved("m2", "evicted"),
  );
  bad(
    "Q3",
    /the letter m1 was pushed out of 1, where 2 may be/,
    (made) => dead(made, "m1").letterRemoved("m1", "evicted"),
  );
  bad(
    "Q3",
    /the letter m1 was pushed out of 2/,
    (made) => dead(dead(made, "m1"), "m2").letterRemoved("m1", "evicted"),
    { ...FEW, whenDeadLettersFull: "stop" },
  );
});

Deno.test("Q3 DeadLetters rejects a message that comes in while the letters are full and stop everything", () => {
  bad(
    "Q3",
    /m3 was accepted while the 2 letters are full/,
    (made) => dead(dead(made, "m1"), "m2").accepted("m3"),
    { ...FEW, whenDeadLettersFull: "stop" },
  );
});

Deno.test("Q4 DeadLetters rejects a letter that does not say what it is", () => {
  bad(
    "Q4",
    /m1 has the reason "bad luck"/,
    (made) => made.accepted("m1").letterAdded("m1", "bad luck"),
  );
  bad(
    "Q4",
    /m1 has a letter under the wrong id: x/,
    (made) => made.accepted("m1").letterAdded("m1", "expired", { id: "x" }),
  );
  const right = { id: "m1", messageId: "m1", attempts: 1, agent: "b" } as const;
  const wrong = [
    { ...right, reason: "expired" },
    { ...right, reason: "rejected", attempts: 2 },
    { ...right, reason: "rejected", agent: "c" },
    { ...right, reason: "rejected", messageId: "m2" },
  ] as const;
  for (const letter of wrong) {
    bad(
      "Q4",
      /the letter .* was told as/,
      (made) => dead(made, "m1").snapshot({ letters: [letter] }),
    );
  }
});

Deno.test("Q5 DeadLetters rejects a letter that goes and is not sent again, or the other way round", () => {
  bad(
    "Q5",
    /the letter m1 went, and its message was not sent again/,
    (made) => dead(made, "m1").letterRemoved("m1", "replayed"),
  );
  bad(
    "Q5",
    /m1 was sent again, and its letter stays/,
    (made) => dead(made, "m1").replayed("m1").gauges(1, 10, { letters: 1 }),
  );
  bad(
    "Q5",
    /m1 was sent again, and has no letter/,
    (made) => made.accepted("m1").replayed("m1"),
  );
  bad(
    "Q5",
    /m1 was sent again, and has no letter/,
    (made) =>
      dead(made, "m1").replayed("m1").letterRemoved("m1", "replayed")
        .replayed("m1"),
  );
});

Deno.test("Q5 DeadLetters rejects a letter of one copy that makes two", () => {
  bad(
    "Q5",
    /the letter m1 of one copy made 2/,
    (made) =>
      dead(made, "m1").replayed("m1", ["b", "c"])
        .letterRemoved("m1", "replayed"),
  );
});

Deno.test("Q5 DeadLetters rejects attempts that do not start anew", () => {
  bad(
    "Q5",
    /m1, sent again, starts with attempt 2/,
    (made) =>
      dead(made, "m1").replayed("m1").letterRemoved("m1", "replayed")
        .started("m1", { attempt: 2 }),
  );
});

Deno.test("Q5 DeadLetters rejects a replay that resolves, and sent nothing", () => {
  bad(
    "Q5",
    /call 1 sent m1 again, and nothing went/,
    (made) =>
      dead(made, "m1").called(1, { verb: "replay", letter: "m1" })
        .resolved(1, "m1"),
  );
  bad(
    "Q5",
    /call 2 sent m1 again, and nothing went/,
    (made) =>
      dead(made, "m1").called(1, { verb: "replay", letter: "m1" })
        .called(2, { verb: "replay", letter: "m1" }).replayed("m1")
        .letterRemoved("m1", "replayed").resolved(1, "m1").resolved(2, "m1"),
  );
});

Deno.test("Q6 DeadLetters rejects a handler that fails too often, or not often enough", () => {
  bad(
    "Q6",
    /m1 is tried again after 2 failures of 2/,
    (made) => failing(made.accepted("m1"), 3),
  );
  bad(
    "Q6",
    /m1 was given up after 1 failures of 2/,
    (made) =>
      failing(made.accepted("m1"), 1).letterAdded("m1", "handler_failed"),
  );
  bad(
    "Q6",
    /m1 was given up after 2 failures of 3/,
    (made) =>
      failing(
        made.attached(1, { maxAttempts: 3 })
          .accepted("m1", { mailboxes: ["direct b"] }),
        2,
        { agent: "b" },
      ).letterAdded("m1", "handler_failed"),
  );
});

Deno.test("Q6 DeadLetters rejects a copy that comes back for ever", () => {
  bad("Q6", /m1 is tried again after 20 returns/, (made) => {
    made.accepted("m1");
    for (let attempt = 1; attempt <= 20; attempt++) {
      made.started("m1", { attempt }).ended("m1", "returned", { attempt })
        .requeued("m1");
    }
  });
});

Deno.test("DeadLetters passes letters that come and go, and are shown newest first", () => {
  good((made) => {
    dead(dead(made, "m1"), "m2");
    made.accepted("m3").started("m3").ended("m3", "rejected")
      .letterRemoved("m1", "evicted").letterAdded("m3", "rejected")
      .gauges(0, 0, { letters: 2 }).snapshot({
        letters: [
          { id: "m3", messageId: "m3", reason: "rejected", attempts: 1 },
          {
            id: "m2",
            messageId: "m2",
            reason: "rejected",
            attempts: 1,
            agent: "b",
          },
        ],
      }).letterRemoved("m2", "discarded").gauges(0, 0, { letters: 1 });
  });
});

Deno.test("DeadLetters passes two letters of one message, each under an id of its own", () => {
  good((made) =>
    made.accepted("m1", { mailboxes: ["b", "c"] })
      .letterAdded("m1", "expired", { mailbox: "b" })
      .letterAdded("m1", "expired", { mailbox: "c", id: "x" })
      .gauges(0, 0, { letters: 2 })
  );
});

Deno.test("DeadLetters passes replays, of what was accepted and of what was not", () => {
  good((made) =>
    dead(made, "m1").called(1, { verb: "replay", letter: "m1" })
      .together((step) =>
        step.resolved(1, "m1").replayed("m1").letterRemoved("m1", "replayed")
          .gauges(1)
      ).started("m1").ended("m1")
      .letterAdded("m2", "routing_failed", { mailbox: null })
      .accepted("m2").letterRemoved("m2", "replayed").gauges(1)
  );
});

Deno.test("DeadLetters passes a handler that fails as often as it may", () => {
  good((made) =>
    failing(made.accepted("m1"), 2).letterAdded("m1", "handler_failed")
  );
  good((made) =>
    failing(made.accepted("m1", { requiresAck: false }), 1)
      .letterAdded("m1", "handler_failed")
  );
  good((made) =>
    failing(
      made.attached(1, { maxAttempts: 3 }).attached(2)
        .accepted("m1", { mailboxes: ["direct b"] }),
      3,
      { agent: "b" },
    ).letterAdded("m1", "handler_failed")
  );
});

Deno.test("DeadLetters passes a responder that throws, also in the middle of its reply", () => {
  const asked = (made: HandMade) =>
    made.accepted("m1", {
      type: "request",
      requestId: "q1",
      mailboxes: ["requests b"],
    }).started("m1");
  const answer = { requestId: "q1", mailboxes: [] };
  good((made) =>
    asked(made).ended("m1", "nacked")
      .accepted("r1", { ...answer, type: "error" }).gauges(0)
  );
  good((made) =>
    asked(made).accepted("r1", { ...answer, type: "response" })
      .ended("m1", "lease_ended").letterAdded("m1", "handler_failed")
  );
});

Deno.test("DeadLetters passes full letters that stop everything but what leaves them", () => {
  good(
    (made) =>
      dead(dead(made, "m1").accepted("m2"), "m2x")
        .letterAdded("m2", "expired").replayed("m1")
        .letterRemoved("m1", "replayed").gauges(1, 10, { letters: 2 }),
    { ...FEW, whenDeadLettersFull: "stop" },
  );
});

Deno.test("DeadLetters passes a bus that dies with its letters", () => {
  good((made) =>
    dead(made, "m1").busEnded().busStarted("bus#2").gauges(0).accepted("m1")
      .snapshot()
  );
});
