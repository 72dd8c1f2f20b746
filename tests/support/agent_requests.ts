import assert from "node:assert/strict";
import {
  type AgentCases,
  codeOf,
  door,
  failureOf,
  settled,
  turns,
  until,
  upTo,
} from "./agent_stage.ts";

/** Requests, which end exactly once. */
export const agentRequests: AgentCases = {
  "request() resolves to the responder's reply": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const adder = await stage.join("adder");
    adder.respond<number[], number>(({ payload }) =>
      payload.reduce((sum, n) => sum + n, 0)
    );
    await settled(adder);
    const reply = await asker.request<number>("adder", [1, 2, 3]);
    assert.equal(reply.payload, 6);
    assert.equal(reply.type, "response");
    assert.equal(reply.sender, "adder");
    assert.equal(reply.recipient, "asker");
  },

  "respond().ready resolves when whoever asks finds the responder": async (
    open,
  ) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const echo = await stage.join("echo");
    const serving = echo.respond(({ payload }) => payload);
    await serving.ready;
    assert.equal((await asker.request("echo", 1)).payload, 1);
    await serving.close();
    await serving.ready;
    assert.equal(await codeOf(asker.request("echo", 1)), "no_recipient");
  },

  "a reply belongs to its request and to its conversation": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const echo = await stage.join("echo");
    echo.respond(({ requestId, correlationId, type }) => ({
      requestId,
      correlationId,
      type,
    }));
    await settled(echo);
    const joined = await asker.request<Record<string, string>>("echo", 1, {
      correlationId: "talk",
    });
    assert.equal(joined.correlationId, "talk");
    assert.equal(joined.payload.correlationId, "talk");
    assert.equal(joined.payload.type, "request");
    assert.equal(joined.requestId, joined.payload.requestId);
    const begun = await asker.request<Record<string, string>>("echo", 1);
    assert.equal(begun.correlationId, begun.requestId);
  },

  "many requests at once each get their own reply": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const doubler = await stage.join("doubler");
    doubler.respond<number, number>(async ({ payload }) => {
      if (payload % 2 === 0) await turns();
      return payload * 2;
    });
    await settled(doubler);
    const replies = await Promise.all(
      upTo(100).map((n) => asker.request<number>("doubler", n)),
    );
    assert.deepEqual(
      replies.map(({ payload }) => payload),
      upTo(100).map((n) => n * 2),
    );
    assert.deepEqual(stage.bus.requests.pending(), []);
  },

  "respond() narrowed to a topic gets the requests of that topic": async (
    open,
  ) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const desk = await stage.join("desk");
    desk.respond(() => "sums", { topic: "math.*" });
    await settled(desk);
    assert.equal(await codeOf(asker.request("desk", 1)), "no_recipient");
    desk.respond(() => "anything");
    await settled(desk);
    const ask = async (topic?: string) =>
      (await asker.request("desk", 1, { topic })).payload;
    assert.equal(await ask("math.add"), "sums");
    assert.equal(await ask("music.play"), "anything");
    assert.equal(await ask(), "anything");
  },

  'a responder that throws fails the request with "remote" and its text':
    async (open) => {
      await using stage = await open();
      const asker = await stage.join("asker");
      const faulty = await stage.join("faulty");
      faulty.respond(({ payload }) => {
        if (payload === "now") throw new Error("no tools");
        return Promise.reject(new Error("no time"));
      });
      await settled(faulty);
      const now = await failureOf(asker.request("faulty", "now"));
      assert.equal(now.code, "remote");
      assert.match(now.message, /no tools/);
      const later = await failureOf(asker.request("faulty", "later"));
      assert.equal(later.code, "remote");
      assert.match(later.message, /no time/);
      assert.equal(stage.bus.deadLetters.size, 0);
    },

  'a request to a name that nobody serves fails at once with "no_recipient"':
    async (open) => {
      await using stage = await open();
      const asker = await stage.join("asker");
      await stage.join("silent");
      assert.equal(await codeOf(asker.request("nobody", 1)), "no_recipient");
      assert.equal(await codeOf(asker.request("silent", 1)), "no_recipient");
      assert.equal(stage.bus.requests.size, 0);
    },

  "R4 a request times out at its deadline, and its responder is told": async (
    open,
  ) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const slow = await stage.join("slow");
    const reasons: unknown[] = [];
    slow.respond((_, { signal }) => {
      signal.addEventListener("abort", () => reasons.push(signal.reason));
      return new Promise(() => {});
    });
    await settled(slow);
    const startedAt = stage.clock.monotonic();
    const endedAt = codeOf(asker.request("slow", 1, { timeoutMs: 40 }))
      .then((code) => ({ code, at: stage.clock.monotonic() }));
    await stage.pass(41);
    const { code, at } = await endedAt;
    assert.equal(code, "request_timeout");
    const waitedMs = at - startedAt;
    assert.ok(waitedMs >= 39 && waitedMs <= 140, `it took ${waitedMs} ms`);
    await until("the responder is told", () => reasons.length === 1);
    assert.equal(stage.bus.requests.size, 0);
  },

  "R6 an aborted signal ends the request, and reaches the responder once":
    async (open) => {
      await using stage = await open();
      const asker = await stage.join("asker");
      const slow = await stage.join("slow");
      const heard: string[] = [];
      slow.respond((_, { signal }) => {
        heard.push("started");
        signal.addEventListener("abort", () => heard.push("aborted"));
        return new Promise(() => {});
      });
      await settled(slow);
      const controller = new AbortController();
      const { signal } = controller;
      const asking = asker.request("slow", 1, { signal });
      await until("it is in hand", () => heard.length === 1);
      const reason = new Error("changed my mind");
      controller.abort(reason);
      await assert.rejects(asking, (error) => error === reason);
      await until("the responder is told", () => heard.length === 2);
      await turns();
      assert.deepEqual(heard, ["started", "aborted"]);
      assert.equal(stage.bus.requests.size, 0);
    },

  "a signal that aborted before sends nothing": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const desk = await stage.join("desk");
    desk.respond(() => assert.fail("it was not asked"));
    await settled(desk);
    const reason = new Error("too late");
    const signal = AbortSignal.abort(reason);
    for (
      const asking of [
        asker.request("desk", 1, { signal }),
        asker.send("desk", 1, { signal }),
      ]
    ) await assert.rejects(asking, (error) => error === reason);
    await turns();
    assert.equal(stage.bus.stats().totalMessages, 0);
  },

  "R2 a reply that comes too late is nobody's, and is counted": async (
    open,
  ) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const slow = await stage.join("slow");
    const { opened, open: release } = door();
    slow.respond(async ({ payload }) => {
      if (payload === "slowly") await opened;
      return payload;
    });
    await settled(slow);
    const asking = codeOf(asker.request("slow", "slowly", { timeoutMs: 30 }));
    await stage.pass(31);
    assert.equal(await asking, "request_timeout");
    release();
    await until("it is counted", () => stage.bus.stats().lateReplies === 1);
    assert.equal((await asker.request("slow", "next")).payload, "next");
  },

  "a responder may ask its requester back": async (open) => {
    await using stage = await open();
    const host = await stage.join("host");
    const guest = await stage.join("guest");
    host.respond(() => "the keyword");
    guest.respond(async ({ sender }) => {
      const { payload } = await guest.request<string>(sender, "who are you?");
      return `after ${payload}`;
    }, { concurrency: 1 });
    await settled(host);
    await settled(guest);
    const reply = await host.request("guest", "let me in");
    assert.equal(reply.payload, "after the keyword");
  },

  "instances of one name share its requests": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    for (const index of upTo(3)) {
      const instance = await stage.join("desk");
      instance.respond(() => index);
      await settled(instance);
    }
    const answers = new Set<unknown>();
    for (const n of upTo(9)) {
      answers.add((await asker.request("desk", n)).payload);
    }
    assert.equal(answers.size, 3);
  },

  "nothing is answered as null, and what is no JSON value fails the request":
    async (open) => {
      await using stage = await open();
      const asker = await stage.join("asker");
      const odd = await stage.join("odd");
      odd.respond(({ payload }) =>
        payload === "date" ? { when: new Date(0) } : undefined
      );
      await settled(odd);
      assert.equal((await asker.request("odd", 1)).payload, null);
      const failure = await failureOf(asker.request("odd", "date"));
      assert.equal(failure.code, "remote");
      assert.match(failure.message, /payload\.when is an instance of Date/);
    },

  "bus.requests shows who waits for whom, until they do not": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    const slow = await stage.join("slow");
    const { opened, open: release } = door();
    slow.respond(() => opened);
    await settled(slow);
    const asking = asker.request("slow", 1, { correlationId: "talk" });
    await until(
      "it is in hand",
      () => stage.bus.requests.pending()[0]?.state === "in_progress",
    );
    const [pending] = stage.bus.requests.pending();
    assert.equal(pending?.sender, "asker");
    assert.equal(pending?.recipient, "slow");
    assert.equal(pending?.correlationId, "talk");
    release();
    await asking;
    assert.equal(stage.bus.requests.size, 0);
  },
};
