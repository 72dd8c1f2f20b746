import type { MessageFacts } from "../history.ts";
import { HandMade } from "./hand_made.ts";
import { messageFacts } from "./hand_made_facts.ts";
import { Requests } from "./requests.ts";
import { trialOf } from "./trial.ts";

function begun(): HandMade {
  return new HandMade().busStarted().joined("a#1")
    .joined("c#1", { local: false, process: "p1" });
}

const { bad, good } = trialOf(() => new Requests(), begun);

/** Call 1: `a` asks `b`, for a second at most. */
function asked(
  made: HandMade,
  verb: "request" | "stream" = "request",
  instance = "a#1",
): HandMade {
  return made.called(1, {
    instance,
    verb,
    recipient: "b",
    token: 8,
    timeoutMs: 1_000,
  }).accepted("m1", {
    ...(instance === "a#1" ? {} : { sender: "c" }),
    type: "request",
    recipient: "b",
    requestId: "q1",
    correlationId: "k1",
    token: 8,
    mailboxes: ["requests b"],
  });
}

/** What `b` answers. */
function reply(facts: Partial<MessageFacts> = {}): MessageFacts {
  return messageFacts("r1", {
    type: "response",
    sender: "b",
    recipient: "a",
    requestId: "q1",
    correlationId: "k1",
    token: -8,
    requiresAck: false,
    ...facts,
  });
}

/** The bus has the answer. */
function answered(made: HandMade, facts: Partial<MessageFacts> = {}) {
  const { id, ...rest } = reply(facts);
  return made.accepted(id, { ...rest, mailboxes: [] });
}

Deno.test("R1 Requests rejects a request that never ends, or ends twice", () => {
  bad("R1", /call 1, a request, never ended/, (made) => asked(made));
  bad(
    "R1",
    /call 1, a stream, never ended/,
    (made) => asked(made, "stream").quiescent(),
  );
  bad(
    "R1",
    /call 1 ended twice/,
    (made) =>
      answered(asked(made)).resolved(1, undefined, reply())
        .rejected(1, "request_timeout"),
  );
});

Deno.test("R1 Requests rejects a request that ends as malformed, and is not", () => {
  bad(
    "R1",
    /call 1 ended as malformed/,
    (made) => asked(made).rejected(1, "invalid_message"),
  );
});

Deno.test("R2 Requests rejects a reply that is another's", () => {
  const wrong: Partial<MessageFacts>[] = [
    { requestId: "q2" },
    { sender: "x" },
    { recipient: "x" },
    { correlationId: "k2" },
    { token: -9 },
    { type: "direct" },
  ];
  for (const facts of wrong) {
    bad(
      "R2",
      /call 1 was answered with what is not its reply/,
      (made) => answered(asked(made)).resolved(1, undefined, reply(facts)),
    );
  }
});

Deno.test("R2 Requests rejects a reply to a request that was never accepted", () => {
  bad(
    "R2",
    /call 1 was answered, and never accepted/,
    (made) =>
      made.called(1, { verb: "request", recipient: "b", token: 8 })
        .resolved(1, undefined, reply()),
  );
});

Deno.test("R2 Requests rejects replies that the bus should not have taken", () => {
  bad(
    "R2",
    /the reply r1 is to no request/,
    (made) => answered(asked(made), { requestId: "q2" }),
  );
  bad(
    "R2",
    /the reply r1 goes from "x" to "a"/,
    (made) => answered(asked(made), { sender: "x" }),
  );
  bad(
    "R2",
    /the reply r2 is the 2nd/,
    (made) => answered(answered(asked(made)), { id: "r2" }),
  );
  bad(
    "R2",
    /the reply r1 was accepted when nobody waited/,
    (made) => answered(asked(made).wait(1_000).rejected(1, "request_timeout")),
  );
});

Deno.test("R3 Requests rejects a table that is not the requests that wait", () => {
  bad(
    "R3",
    /the bus has 0 requests, and should have 1/,
    (made) => asked(made).gauges(1),
  );
  bad(
    "R3",
    /the bus has 1 requests, and should have 0/,
    (made) =>
      answered(asked(made)).resolved(1, undefined, reply())
        .gauges(0, 0, { requests: 1 }),
  );
  bad(
    "R3",
    /the bus has 2 requests, and should have 0 to 1/,
    (made) => asked(made, "stream", "c#1").gauges(1, 10, { requests: 2 }),
  );
  bad(
    "R3",
    /the bus still has 1 requests when all is quiet/,
    (made) => made.snapshot({ requests: 1 }),
  );
});

Deno.test("R4 Requests rejects a timeout that comes early, late, or not", () => {
  bad(
    "R4",
    /call 1 timed out after 999 ms, and not 1000/,
    (made) => asked(made).wait(999).rejected(1, "request_timeout"),
  );
  bad(
    "R4",
    /call 1 timed out after 1051 ms/,
    (made) => asked(made).wait(1_051).rejected(1, "request_timeout"),
  );
  bad(
    "R4",
    /call 1 still waits 1 ms after its time/,
    (made) => asked(made).wait(1_051).gauges(1, 10, { requests: 1 }),
  );
  bad(
    "R4",
    /call 1 still waits/,
    (made) =>
      asked(made, "stream").wait(900)
        .add({ type: "piece", call: 1, token: -8, index: 0 }).wait(1_060)
        .gauges(1, 10, { requests: 1 }),
  );
});

Deno.test("R5 Requests rejects a second request under an id that is in use", () => {
  bad(
    "R5",
    /m2 has the requestId of m1/,
    (made) =>
      asked(made).accepted("m2", {
        type: "request",
        requestId: "q1",
        token: 9,
      }),
  );
});

Deno.test("R6 Requests rejects what comes after a request was given up", () => {
  const cancelled = (made: HandMade, verb: "request" | "stream") =>
    asked(made, verb).add({ type: "cancelled", call: 1 });
  bad(
    "R6",
    /call 1 waits on though it was given up/,
    (made) => cancelled(made, "request").gauges(0),
  );
  bad(
    "R6",
    /call 1 waits on though it was given up/,
    (made) => cancelled(made, "request"),
  );
  bad(
    "R6",
    /handling 3 was told twice to stop/,
    (made) =>
      made.add({ type: "aborted", handling: 3, code: "cancelled" })
        .add({ type: "aborted", handling: 3, code: "cancelled" }),
  );
});

Deno.test("R7 Requests rejects a request that is sent again under another id", () => {
  bad(
    "R7",
    /the request m1 was sent again as m2/,
    (made) =>
      asked(made).busEnded().busStarted("bus#2").accepted("m2", {
        type: "request",
        requestId: "q2",
        token: 8,
      }),
  );
});

Deno.test("R8 Requests rejects a streamed reply with gaps, doubles, or without its end", () => {
  const piece = (made: HandMade, index: number, token = -8) =>
    made.add({ type: "piece", call: 1, token, index });
  const streamed = (made: HandMade) => answered(asked(made, "stream"));
  bad(
    "R8",
    /call 1 got piece 1 in place of 0/,
    (made) => piece(streamed(made), 1),
  );
  bad(
    "R8",
    /call 1 got piece 0 in place of 1/,
    (made) => piece(piece(streamed(made), 0), 0),
  );
  bad(
    "R8",
    /call 1 ended with 0 of 1 pieces/,
    (made) => streamed(made).resolved(1),
  );
  bad(
    "R8",
    /a piece came after the end of call 1/,
    (made) => piece(piece(streamed(made), 0).resolved(1), 1),
  );
  bad(
    "R2",
    /call 1 got a piece of another's reply/,
    (made) => piece(streamed(made), 0, -9),
  );
});

Deno.test("Requests passes replies, whole and in pieces, told before and after they are seen", () => {
  good((made) =>
    answered(asked(made).gauges(1, 10, { requests: 1 })).together((step) => {
      step.resolved(1, undefined, reply());
    }).gauges(0)
  );
  good((made) => {
    asked(made, "stream").together((step) => {
      step.add({ type: "piece", call: 1, token: -8, index: 0 }).resolved(1);
      answered(step);
    }).snapshot();
  });
});

Deno.test("Requests passes timeouts, errors, and requests that are given up", () => {
  good((made) => asked(made).wait(1_000).rejected(1, "request_timeout"));
  good((made) => asked(made).wait(1_050).rejected(1, "request_timeout"));
  good((made) =>
    answered(asked(made), { type: "error" }).rejected(1, "remote").gauges(0)
  );
  good((made) =>
    asked(made).together((step) =>
      step.add({ type: "cancelled", call: 1 }).rejected(1, "aborted")
    ).gauges(0)
  );
});

Deno.test("Requests passes a requester at the other end that is gone, while the bus does not know", () => {
  good((made) =>
    asked(made, "request", "c#1")
      .add({ type: "process_killed", process: "p1" })
      .gauges(1, 10, { requests: 1 }).wait(30_000).gauges(0)
  );
  good((made) =>
    asked(made, "request", "c#1").rejected(1, "unreachable")
      .gauges(1, 10, { requests: 1 })
  );
});

Deno.test("Requests passes a requester that dies with its bus, and a replayed request", () => {
  good((made) =>
    asked(made).busEnded().busStarted("bus#2").joined("a#2")
      .accepted("m1", { type: "request", requestId: "q1", token: 8 })
      .gauges(1)
  );
});

Deno.test("Requests passes a stream over a connection whose pause only the bus knows", () => {
  good((made) =>
    asked(made, "stream", "c#1").wait(5_000)
      .gauges(1, 10, { requests: 1 }).rejected(1, "request_timeout")
  );
});

Deno.test("Requests passes refusals of what is malformed", () => {
  const request = { verb: "request", recipient: "b" } as const;
  good((made) =>
    made.called(1, { ...request, fault: "priority", priority: -1 })
      .rejected(1, "invalid_message")
      .called(2, { ...request, deduplicationId: "x" })
      .rejected(2, "invalid_message")
  );
});

Deno.test("R3 Requests rejects a request that stays when the bus itself has ended it, or long after", () => {
  bad(
    "R3",
    /the bus has 1 requests, and should have 0/,
    (made) =>
      asked(made, "request", "c#1").rejected(1, "expired")
        .gauges(1, 10, { requests: 1 }),
  );
  bad(
    "R3",
    /the bus has 1 requests, and should have 0/,
    (made) =>
      asked(made, "request", "c#1").rejected(1, "unreachable").wait(61_001)
        .gauges(1, 10, { requests: 1 }),
  );
});

Deno.test("Requests says nothing of replies where two calls share a token", () => {
  good((made) =>
    asked(made).called(2, { verb: "request", recipient: "b", token: 8 })
      .accepted("m2", { type: "request", requestId: "q2", token: 8 })
      .resolved(1, undefined, reply({ requestId: "q9" }))
      .resolved(2, undefined, reply({ requestId: "q9" }))
  );
});
