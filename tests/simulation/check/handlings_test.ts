import { HandMade } from "./hand_made.ts";
import { Handlings } from "./handlings.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("b#1").attached(1);
}

const { bad, good } = trialOf(() => new Handlings(), begun);

Deno.test("S2 Handlings rejects a handler that sees what was not handed to its agent", () => {
  bad(
    "S2",
    /m1 is handled, and was not accepted/,
    (made) => made.handling(1, "m1"),
  );
  bad(
    "S2",
    /m1 is handled by b for the 1. time, and was not handed/,
    (made) =>
      made.accepted("m1").started("m1", { agent: "c" }).handling(1, "m1"),
  );
});

Deno.test("S3 Handlings rejects a handler that sees one delivery twice", () => {
  bad(
    "S3",
    /m1 is handled by b for the 1. time once more than handed/,
    (made) =>
      made.accepted("m1").started("m1").handling(1, "m1").handling(2, "m1"),
  );
});

Deno.test("S3 Handlings rejects a redelivery that does not say so, and a first one that does", () => {
  bad(
    "S3",
    /for the 2. time, and redelivered is false/,
    (made) =>
      made.accepted("m1").started("m1").ended("m1", "nacked").requeued("m1")
        .started("m1", { attempt: 2 })
        .handling(1, "m1", { attempt: 2, redelivered: false }),
  );
  bad(
    "S3",
    /for the 1. time, and redelivered is true/,
    (made) =>
      made.accepted("m1").started("m1").handling(1, "m1", {
        redelivered: true,
      }),
  );
});

Deno.test("S7 Handlings rejects a handler that sees another message than was accepted", () => {
  for (
    const other of [
      { token: 2 },
      { token: NaN },
      { sender: "c" },
      { type: "publish" as const },
      { requestId: "q" },
      { correlationId: "q" },
      { priority: 51 },
      { ttlMs: 5 },
      { recipient: "c" },
      { topic: "t" },
    ]
  ) {
    const [field = ""] = Object.keys(other);
    bad(
      "S7",
      new RegExp(`m1 is handled with another ${field}`),
      (made) =>
        made.accepted("m1", { token: 1, recipient: "b" }).started("m1")
          .handling(1, "m1", { recipient: "b", ...other }),
    );
  }
});

Deno.test("S7 Handlings rejects a subscriber that sees another topic than was published", () => {
  bad(
    "S7",
    /m1 is handled with another topic/,
    (made) =>
      made.attached(2, { kind: "topic", pattern: ">" })
        .accepted("m1", { type: "publish", topic: "t", mailboxes: ["local 1"] })
        .started("m1", { agent: "b" })
        .handling(1, "m1", { consumer: 2, type: "publish", topic: "u" }),
  );
});

Deno.test("Handlings passes a handler that begins before the bus has told it, in one step", () => {
  good((made) =>
    made.together((step) =>
      step.handling(1, "m1").accepted("m1", { token: 1 }).started("m1")
    )
  );
});

Deno.test("Handlings passes what rules make of a message: for another agent, under another topic", () => {
  good((made) =>
    made.ruled({ action: { kind: "republish", topic: "u" } })
      .attached(2, { kind: "topic", pattern: "u" })
      .accepted("m1", { recipient: "c", mailboxes: ["direct b", "local 1"] })
      .started("m1", { mailbox: "direct b", agent: "b" })
      .started("m1", { mailbox: "local 1", agent: "b" })
      .handling(1, "m1", { recipient: "b" })
      .handling(2, "m1", { consumer: 2, recipient: undefined, topic: "u" })
  );
});

Deno.test("Handlings passes redelivery, and what was on its way when its lease ended and is seen late", () => {
  good((made) =>
    made.accepted("m1").started("m1").ended("m1", "lease_ended")
      .requeued("m1", 10).started("m1", { attempt: 2 })
      .handling(1, "m1", { attempt: 2 }).handling(2, "m1")
  );
});

Deno.test("Handlings passes a replay with another priority, and a further life of the bus", () => {
  good((made) =>
    made.accepted("m1").started("m1").handling(1, "m1").ended("m1", "nacked")
      .letterAdded("m1", "handler_failed").replayed("m1", ["b"], {
        priority: 9,
      })
      .started("m1").handling(2, "m1", { priority: 9 })
      .busEnded().busStarted("bus#2").accepted("m1", { token: 1, priority: 7 })
      .started("m1").handling(3, "m1", { token: 1, priority: 7 })
  );
});
