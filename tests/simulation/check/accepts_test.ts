import { Accepts } from "./accepts.ts";
import { HandMade } from "./hand_made.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("a#1").joined("r#2", {
    local: false,
    process: "p1",
  });
}

const { bad, good } = trialOf(() => new Accepts(), begun);

Deno.test("S1 Accepts rejects a confirmation of what was not accepted", () => {
  bad(
    "S1",
    /m1 was confirmed to a, and not accepted/,
    (made) => made.called(1).resolved(1, "m1"),
  );
  bad(
    "S1",
    /m1 was confirmed to r/,
    (made) => made.called(1, { instance: "r#2" }).resolved(1, "m1"),
  );
});

Deno.test("S2 Accepts rejects a message that nobody has sent", () => {
  bad(
    "S2",
    /nobody has sent m1/,
    (made) => made.called(1).accepted("m1", { token: 7 }),
  );
});

Deno.test("S2 Accepts rejects a message that is accepted after it was refused", () => {
  bad(
    "S2",
    /m1 is accepted after it was refused: overflow/,
    (made) =>
      made.called(1).rejected(1, "overflow").accepted("m1", { token: 1 }),
  );
});

Deno.test("S2 Accepts rejects a refusal of what was accepted", () => {
  bad(
    "S2",
    /m1 is refused after bus#1 has accepted it/,
    (made) =>
      made.called(1).accepted("m1", { token: 1 })
        .rejected(1, "backpressure_timeout"),
  );
});

Deno.test("S2 Accepts rejects a confirmation with the id of another message", () => {
  bad(
    "S2",
    /call 2 of a is told the id m1/,
    (made) =>
      made.called(1).called(2).accepted("m1", { token: 1 })
        .accepted("m2", { token: 2 }).resolved(2, "m1"),
  );
});

Deno.test("S3 Accepts rejects a message that one life of a bus accepts twice", () => {
  bad(
    "S3",
    /m1 is accepted again by bus#1/,
    (made) =>
      made.called(1, { instance: "r#2" })
        .accepted("m1", { token: 1, sender: "r" })
        .accepted("m1", { token: 1, sender: "r" }),
  );
});

Deno.test("S3 Accepts rejects two messages that came of one send", () => {
  bad(
    "S3",
    /m1 and m2 came of 1 sends/,
    (made) =>
      made.called(1).accepted("m1", { token: 1 })
        .accepted("m2", { token: 1 }),
  );
});

Deno.test("S3 Accepts rejects a second message with the same deduplicationId within two minutes", () => {
  bad(
    "S3",
    /m2 is accepted although m1 of a had the same/,
    (made) =>
      made.called(1, { deduplicationId: "x" }).accepted("m1", { token: 1 })
        .resolved(1, "m1").wait(119_999)
        .called(2, { deduplicationId: "x" }).accepted("m2", { token: 2 }),
  );
});

Deno.test("S7 Accepts rejects a message that is not as it was sent", () => {
  for (
    const other of [
      { recipient: "c" },
      { type: "publish" as const },
      { topic: "t" },
      { ttlMs: 5 },
      { requiresAck: false },
      { priority: 51 },
      { sender: "r" },
    ]
  ) {
    const [field = ""] = Object.keys(other);
    bad(
      "S7",
      new RegExp(`m1 is not as it was sent: ${field}`),
      (made) =>
        made.called(1).accepted("m1", { recipient: "b", token: 1, ...other }),
    );
  }
});

Deno.test("S7 Accepts rejects a payload that is none that was sent", () => {
  bad(
    "S7",
    /m1 has another payload/,
    (made) => made.called(1).accepted("m1", { token: NaN }),
  );
});

Deno.test("Accepts passes sends of every kind, replies and refusals", () => {
  good((made) =>
    made.called(1).accepted("m1", { token: 1 }).resolved(1, "m1")
      .called(2, { verb: "publish", topic: "t", requiresAck: false })
      .accepted("m2", {
        token: 2,
        type: "publish",
        topic: "t",
        requiresAck: false,
      })
      .resolved(2, "m2")
      .called(3, { verb: "request", recipient: "b", requiresAck: false })
      .accepted("m3", {
        token: 3,
        type: "request",
        recipient: "b",
        requestId: "m3",
        requiresAck: false,
      })
      .accepted("r3", {
        token: -3,
        type: "response",
        requestId: "m3",
        sender: "b",
      })
      .called(4).rejected(4, "overflow")
  );
});

Deno.test("Accepts passes what a handler's sender is told before the bus tells it, in one step", () => {
  good((made) =>
    made.together((step) =>
      step.called(1).resolved(1, "m1").accepted("m1", { token: 1 })
    )
  );
});

Deno.test("Accepts passes a message that was lost on its way, at most once", () => {
  good((made) =>
    made.called(1, { instance: "r#2", requiresAck: false }).resolved(1, "m1")
  );
});

Deno.test("Accepts passes a send over a lost connection that a further life of the bus accepts anew", () => {
  good((made) =>
    made.called(1, { instance: "r#2" })
      .accepted("m1", { token: 1, sender: "r" })
      .busEnded().busStarted("bus#2")
      .accepted("m1", { token: 1, sender: "r" }).resolved(1, "m1")
  );
});

Deno.test("Accepts passes a repeated send that is told the first one's id, and one after two minutes", () => {
  good((made) =>
    made.called(1, { deduplicationId: "x" }).accepted("m1", { token: 1 })
      .resolved(1, "m1")
      .called(2, { deduplicationId: "x" }).resolved(2, "m1").wait(120_000)
      .called(3, { deduplicationId: "x" }).accepted("m3", { token: 3 })
  );
});

Deno.test("Accepts passes a letter of a refused message that is sent again, and a rule's priority", () => {
  good((made) =>
    made.ruled({ action: { kind: "set-priority", priority: 9 } })
      .called(1).letterAdded("m1", "routing_failed", { mailbox: null })
      .rejected(1, "routing_failed")
      .called(2, { verb: "replay", letter: "m1", token: undefined })
      .accepted("m1", { token: 1, priority: 9 })
  );
});

Deno.test("Accepts passes the same payload sent twice", () => {
  good((made) =>
    made.called(1, { token: 5 }).called(2, { token: 5 })
      .accepted("m1", { token: 5 }).accepted("m2", { token: 5 })
      .resolved(2, "m2").resolved(1, "m1")
  );
});
