import assert from "node:assert/strict";
import { sleep } from "../../core/clock.ts";
import { BusError, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "done",
    (error) => error instanceof BusError ? error.code : String(error),
  );
}

Deno.test("MessageBus.requests shows who waits for what, and in whose hands it is", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const work = Promise.withResolvers<number>();
  bus.agent("b").respond(() => work.promise, { concurrency: 1 });
  const a = bus.agent("a");
  const replies = [
    a.request("b", 1, { topic: "t", timeoutMs: 500 }),
    a.request("b", 2),
  ];
  await clock.advance(0);
  const [first, second] = bus.requests.pending();
  assert.equal(bus.requests.size, 2);
  assert.equal(first?.requestId, first?.messageId);
  assert.deepEqual(
    { ...first, requestId: "", messageId: "", correlationId: "" },
    {
      requestId: "",
      messageId: "",
      correlationId: "",
      sender: "a",
      recipient: "b",
      topic: "t",
      startedAt: clock.now(),
      deadlineAt: clock.now() + 500,
      state: "in_progress",
    },
  );
  assert.equal(second?.state, "queued");
  work.resolve(1);
  await Promise.all(replies);
  assert.deepEqual(bus.requests.pending(), []);
});

Deno.test("MessageBus.requests.cancel() rejects the requester and aborts the responder", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const signals: AbortSignal[] = [];
  bus.agent("b").respond((_, { signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  }, { concurrency: 1 });
  const a = bus.agent("a");
  const outcomes = [1, 2].map((n) => codeOf(a.request("b", n)));
  await clock.advance(0);
  const [inHand, queued] = bus.requests.pending();
  assert.equal(bus.requests.cancel(queued?.requestId ?? ""), true);
  assert.equal(bus.requests.cancel(inHand?.requestId ?? ""), true);
  assert.equal(bus.requests.cancel(inHand?.requestId ?? ""), false);
  assert.deepEqual(await Promise.all(outcomes), ["cancelled", "cancelled"]);
  await clock.advance(0);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true]);
  assert.equal((signals[0]?.reason as BusError).code, "cancelled");
  assert.equal(bus.backpressure.pending, 0);
  assert.equal(bus.stats().totalDropped, 2);
});

Deno.test("MessageBus.request() refuses a requestId that is in use, and touches nothing of the first", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const work = Promise.withResolvers<string>();
  bus.agent("b").respond(() => work.promise);
  const init = {
    type: "request",
    sender: "a",
    recipient: "b",
    payload: 1,
    requestId: "r-1",
  } as const;
  const first = bus.request(init);
  await clock.advance(0);
  await assert.rejects(bus.request(init), /same requestId/);
  work.resolve("once");
  const reply = await first;
  assert.equal(reply.requestId, "r-1");
  assert.equal(bus.stats().totalDelivered, 2);
  assert.equal((await bus.request(init)).payload, "once");
});

Deno.test("MessageBus.request() fails at once where nobody answers, and says who is there", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  bus.agent("b").receive(() => {});
  const a = bus.agent("a");
  const refused = (asked: Promise<unknown>, message: RegExp) =>
    assert.rejects(asked, { code: "no_recipient", message });
  await refused(a.request("nobody", 1), /nobody serves "nobody"; served are/);
  await refused(a.request("b", 1), /"b" is there and answers no requests: it/);
  const about = a.request("b", 1, { topic: "build" });
  await refused(
    about,
    /answers no requests about "build": it must call respon/,
  );
  assert.equal(bus.deadLetters.size, 0);
  assert.equal(bus.requests.size, 0);
});

Deno.test("MessageBus.request() gives a request to the responder that its topic narrows to", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  b.respond(() => "builds", { topic: "build.*" });
  const any = b.respond(() => "anything");
  const a = bus.agent("a");
  const ask = async (topic?: string) =>
    (await a.request("b", 1, { topic })).payload;
  assert.equal(await ask("build.linux"), "builds");
  assert.equal(await ask("test.linux"), "anything");
  assert.equal(await ask(), "anything");
  await any.close();
  assert.equal(await codeOf(a.request("b", 1)), "no_recipient");
  assert.equal(await ask("build.linux"), "builds");
});

Deno.test("MessageBus.request() ends by its signal with the signal's own reason", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const signals: AbortSignal[] = [];
  bus.agent("b").respond((_, { signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  const abort = new AbortController();
  const reason = new Error("changed my mind");
  const asked = assert.rejects(
    bus.agent("a").request("b", 1, { signal: abort.signal }),
    reason,
  );
  await clock.advance(0);
  abort.abort(reason);
  await asked;
  await clock.advance(0);
  assert.equal(signals[0]?.aborted, true);
  await assert.rejects(
    bus.agent("a").request("b", 1, { signal: abort.signal }),
    reason,
  );
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("MessageBus.request() ends at its deadline, not before", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, requestTimeoutMs: 200 });
  bus.agent("b").respond(() => new Promise(() => {}));
  const a = bus.agent("a");
  let outcome = "";
  const asked = codeOf(a.request("b", 1)).then((code) => outcome = code);
  await clock.advance(199);
  assert.equal(outcome, "");
  await clock.advance(1);
  await asked;
  assert.equal(outcome, "request_timeout");
  assert.equal(bus.requests.size, 0);
  for (const timeoutMs of [0, -1, 1.5, NaN]) {
    await assert.rejects(a.request("b", 1, { timeoutMs }), RangeError);
  }
});

Deno.test("MessageBus.request() tells how a request ended that was not answered", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const b = bus.agent("b");
  bus.agent("c").respond((_, delivery) => delivery.reject("not mine"));
  b.respond(() => new Promise(() => {}), { concurrency: 1 });
  const a = bus.agent("a");
  const first = codeOf(a.request("b", 1));
  const expired = codeOf(a.request("b", 2, { ttlMs: 50 }));
  const rejected = codeOf(a.request("c", 3));
  await clock.advance(50);
  assert.equal(await expired, "expired");
  assert.equal(await rejected, "rejected");
  await b.close();
  assert.equal(await first, "unreachable");
  assert.equal(bus.backpressure.pending, 0);
});

Deno.test("MessageBus.request() asks again, with an ack required, when a responder stalls", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, delivery: { ackTimeoutMs: 100 } });
  const attempts: number[] = [];
  bus.agent("b").respond(({ attempt }) => {
    attempts.push(attempt);
    return attempt === 1 ? new Promise(() => {}) : "at last";
  });
  const asked = bus.agent("a").request("b", 1, { requiresAck: true });
  await clock.advance(100);
  assert.equal((await asked).payload, "at last");
  assert.deepEqual(attempts, [1, 2]);
  assert.equal(bus.stats().totalAcked, 1);
});

Deno.test("B1 MessageBus gives the room of a request back once, also when its responder throws or answers too much", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock, maxMessageBytes: 10 });
  bus.agent("b").respond(({ payload }) => {
    if (payload === "throw") throw new Error("no");
    return "x".repeat(100);
  });
  const a = bus.agent("a");
  assert.equal(await codeOf(a.request("b", "throw")), "remote");
  assert.equal(await codeOf(a.request("b", "more")), "too_large");
  assert.equal(bus.backpressure.pending, 0);
  assert.equal(bus.stats().totalDropped, 0);
});

Deno.test("MessageBus.request() that ends while its rule runs is not handed out", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  const rule = Promise.withResolvers<void>();
  bus.router.registerHandler("slow", () => rule.promise);
  bus.router.addRule({ id: "r", priority: 1, handler: "slow" });
  bus.agent("b").respond(() => assert.fail("nobody waits for it"));
  const asked = codeOf(bus.agent("a").request("b", 1, { timeoutMs: 100 }));
  await clock.advance(100);
  assert.equal(await asked, "request_timeout");
  rule.resolve();
  await clock.advance(0);
  assert.equal(bus.backpressure.pending, 0);
  assert.equal(bus.stats().totalDelivered, 0);
});

Deno.test("Subscription.drain() ends when a responder has rejected its request, and streams all the same", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({ clock });
  let yielded = 0;
  const subscription = bus.agent("b").respond(async function* (_, delivery) {
    delivery.reject("no");
    // More than may be on their way without the requester reading any.
    for (; yielded < 500; yielded++) yield yielded;
  });
  const request = bus.agent("a").request("b", 1);
  await assert.rejects(request, { code: "rejected" });
  await subscription.drain();
  assert.ok(yielded < 2, `${yielded} pieces for nobody`);
});

Deno.test("R2 a responder whose lease has ended does not answer for the one that has the request now", async () => {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: { ackTimeoutMs: 100, retry: () => 0 },
  });
  bus.agent("b").respond(async ({ attempt }) => {
    await sleep(clock, attempt === 1 ? 120 : 50);
    return attempt;
  });
  const asked = bus.agent("a").request("b", 1, { requiresAck: true });
  await clock.advance(200);
  assert.equal((await asked).payload, 2);
  assert.equal(bus.stats().lateReplies, 1);
});
