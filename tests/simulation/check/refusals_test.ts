import { HandMade } from "./hand_made.ts";
import { Refusals } from "./refusals.ts";
import { trialOf, type Writer } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("a#1").joined("r#2", {
    local: false,
    process: "p1",
  });
}

const trial = trialOf(() => new Refusals(), begun);
const { good } = trial;
const bad = (words: RegExp, write: Writer) => trial.bad("S8", words, write);

const none = { mailbox: null };

Deno.test("S8 Refusals rejects a malformed send that resolves", () => {
  for (
    const fault of ["priority", "ttl", "name", "topic", "too_large"] as const
  ) {
    bad(
      new RegExp(`call 1 resolved, in spite of its ${fault}`),
      (made) => made.called(1, { fault }).resolved(1, "m1"),
    );
  }
});

Deno.test("S8 Refusals rejects a malformed send that is accepted", () => {
  bad(
    /m1 is accepted, in spite of its priority/,
    (made) =>
      made.called(1, { fault: "priority", priority: 101 })
        .accepted("m1", { token: 1 }).rejected(1, "invalid_message"),
  );
});

Deno.test("S8 Refusals rejects a letter of a refused send that leaves none", () => {
  bad(
    /m1 is dead by rejected, and was refused/,
    (made) =>
      made.called(1, { fault: "name" }).letterAdded("m1", "rejected", none),
  );
  bad(
    /m1 is dead by too_large, and was refused/,
    (made) =>
      made.called(1, { fault: "too_large" }).letterAdded("m1", "too_large"),
  );
});

Deno.test("S8 Refusals rejects a drop of a refused send", () => {
  bad(
    /m1 is dropped, and was refused/,
    (made) =>
      made.called(1, { fault: "topic" }).dropped("m1", "no_subscriber", null),
  );
});

Deno.test("S8 Refusals rejects two letters of one refused send", () => {
  bad(
    /m1 was refused once, and has two letters/,
    (made) =>
      made.called(1, { fault: "too_large" }).called(2, { fault: "too_large" })
        .letterAdded("m1", "too_large", none)
        .letterAdded("m1", "too_large", { ...none, id: "l2" }),
  );
  bad(
    /m1 was refused once, and has two letters/,
    (made) =>
      made.called(1).letterAdded("m1", "routing_failed", none)
        .letterAdded("m1", "routing_failed", { ...none, id: "l2" }),
  );
});

Deno.test("S8 Refusals rejects letters that are more than the sends they could be of", () => {
  bad(
    /m2 is dead by too_large, and nobody sent such/,
    (made) =>
      made.called(1, { fault: "too_large" })
        .letterAdded("m1", "too_large", none)
        .letterAdded("m2", "too_large", none),
  );
  bad(
    /m1 is dead by expired, and nobody sent such/,
    (made) => made.called(1, { ttlMs: 1 }).letterAdded("m1", "expired", none),
  );
});

Deno.test("S8 Refusals rejects a send that is too large, or late, and leaves no letter", () => {
  bad(
    /1 sends were too_large, and left 0 letters/,
    (made) =>
      made.called(1, { fault: "too_large" }).rejected(1, "too_large").gauges(0),
  );
  bad(
    /1 sends were expired, and left 0 letters/,
    (made) =>
      made.called(1, { fault: "ttl", ttlMs: 0 }).rejected(1, "expired").gauges(
        0,
      ),
  );
});

Deno.test("Refusals passes what is refused with a letter or without, and what is not", () => {
  good((made) =>
    made
      .called(1, { fault: "priority", priority: NaN }).rejected(
        1,
        "invalid_message",
      )
      .called(2, { fault: "too_large" })
      .letterAdded("m2", "too_large", none).rejected(2, "too_large")
      .called(3, { ttlMs: 0 })
      .letterAdded("m3", "expired", none).rejected(3, "expired")
      .called(4).accepted("m4", { token: 4 }).resolved(4, "m4")
      .letterAdded("m4", "rejected")
      .called(5, { fault: "ttl", ttlMs: -1 }).rejected(5, "invalid_message")
      .gauges(0)
  );
});

Deno.test("Refusals passes a letter that the step tells after the refusal", () => {
  good((made) =>
    made.together((step) =>
      step.called(1, { fault: "too_large" }).rejected(1, "too_large")
        .letterAdded("m1", "too_large", none)
    ).gauges(0)
  );
});

Deno.test("Refusals passes a refusal over a connection that never got its word to the bus", () => {
  good((made) =>
    made
      .called(1, { instance: "r#2", fault: "too_large" })
      .rejected(1, "too_large").gauges(0)
  );
});

Deno.test("S8 Refusals rejects a second letter for a send that was made again as its connection was lost", () => {
  bad(/m1 was refused once, and has two letters/, (made) =>
    made
      .called(1, { instance: "r#2" })
      .letterAdded("m1", "routing_failed", none)
      .told({ type: "connection_closed", remote: "r", agent: "r" })
      .letterAdded("m1", "routing_failed", { ...none, id: "l2" }));
});

Deno.test("Refusals passes a replay of what was refused", () => {
  good((made) =>
    made
      .called(2, { ttlMs: 0, fault: "ttl" })
      .letterAdded("m2", "expired", none).rejected(2, "expired")
      .called(3, { verb: "replay", letter: "m2", token: undefined })
      .accepted("m2", { token: 2, ttlMs: 0 }).gauges(1)
  );
});
