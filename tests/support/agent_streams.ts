import assert from "node:assert/strict";
import { LIMITS } from "../../core/limits.ts";
import {
  type AgentCases,
  type AgentStage,
  codeOf,
  failureOf,
  settled,
  turns,
  until,
  upTo,
} from "./agent_stage.ts";

/** Replies in pieces. */
export const agentStreams: AgentCases = {
  "stream() yields every piece, in order": async (open) => {
    await using stage = await open();
    const { asker } = await joinWith(stage, async function* () {
      for (const n of upTo(1_000)) {
        if (n % 100 === 0) await turns();
        yield n;
      }
    });
    assert.deepEqual(await all(asker.stream("source", 1)), upTo(1_000));
    assert.equal(stage.bus.requests.size, 0);
  },

  "stream() of no pieces ends": async (open) => {
    await using stage = await open();
    const { asker } = await joinWith(stage, async function* () {});
    assert.deepEqual(await all(asker.stream("source", 1)), []);
  },

  "stream() of a responder that answers whole yields that one piece": async (
    open,
  ) => {
    await using stage = await open();
    const { asker } = await joinWith(stage, () => "whole");
    assert.deepEqual(await all(asker.stream("source", 1)), ["whole"]);
  },

  "a slow consumer holds its responder back to the window": async (open) => {
    await using stage = await open();
    let made = 0;
    const { asker } = await joinWith(stage, async function* () {
      for (; made < 1_000; made++) yield made;
    });
    const pieces = asker.stream<number>("source", 1)[Symbol.asyncIterator]();
    assert.equal((await pieces.next()).value, 0);
    await until("the window is full", () => made >= LIMITS.streamWindow);
    await turns();
    assert.equal(made, LIMITS.streamWindow);
    for (const n of upTo(200)) assert.equal((await pieces.next()).value, n + 1);
    await turns();
    assert.ok(made <= 201 + LIMITS.streamWindow, `${made} were made`);
    await pieces.return?.();
  },

  "leaving the loop ends the responder's generator": async (open) => {
    await using stage = await open();
    let ended = 0;
    const { asker } = await joinWith(stage, async function* (signal) {
      try {
        for (let n = 0;; n++) {
          if (n > 10) await aborted(signal);
          yield n;
        }
      } finally {
        ended++;
      }
    });
    for await (const n of asker.stream<number>("source", 1)) {
      if (n === 3) break;
    }
    await until("it has ended", () => ended === 1);
    assert.equal(stage.bus.requests.size, 0);
    assert.equal(stage.bus.stats().pendingMessages, 0);
  },

  "a responder that throws midway fails the stream after its pieces": async (
    open,
  ) => {
    await using stage = await open();
    const { asker } = await joinWith(stage, async function* () {
      yield* upTo(5);
      await turns();
      throw new Error("out of paper");
    });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const piece of asker.stream("source", 1)) seen.push(piece);
    })();
    const failure = await failureOf(reading);
    assert.equal(failure.code, "remote");
    assert.match(failure.message, /out of paper/);
    assert.deepEqual(seen, upTo(5));
  },

  "request() to a responder that streams says to use stream()": async (
    open,
  ) => {
    await using stage = await open();
    const { asker, ends } = await joinWithStuck(stage);
    const failure = await failureOf(asker.request("source", 1));
    assert.equal(failure.code, "remote");
    assert.match(failure.message, /stream\(\)/);
    await until("the generator has ended", () => ends() === 1);
  },

  "stream() from a name that nobody serves fails": async (open) => {
    await using stage = await open();
    const asker = await stage.join("asker");
    assert.equal(await codeOf(all(asker.stream("nobody", 1))), "no_recipient");
  },

  "an aborted signal ends a stream with its reason": async (open) => {
    await using stage = await open();
    const { asker, ends } = await joinWithStuck(stage);
    const controller = new AbortController();
    const { signal } = controller;
    const pieces = asker.stream("source", 1, { signal })
      [Symbol.asyncIterator]();
    assert.equal((await pieces.next()).value, 1);
    const reason = new Error("enough");
    const next = pieces.next();
    controller.abort(reason);
    await assert.rejects(next, (error) => error === reason);
    await until("the generator has ended", () => ends() === 1);
  },

  "a stream that pauses longer than its timeout fails": async (open) => {
    await using stage = await open();
    const { asker } = await joinWith(stage, async function* (signal) {
      yield 1;
      await aborted(signal);
    });
    const pieces = asker.stream("source", 1, { timeoutMs: 40 })
      [Symbol.asyncIterator]();
    assert.equal((await pieces.next()).value, 1);
    const failing = codeOf(pieces.next());
    await stage.pass(41);
    assert.equal(await failing, "request_timeout");
  },

  "streams run side by side": async (open) => {
    await using stage = await open();
    const { asker } = await joinWith(stage, async function* (_, payload) {
      for (const n of upTo(100)) {
        if (n % 10 === 0) await turns();
        yield [payload, n];
      }
    });
    const both = await Promise.all(
      ["a", "b"].map((name) => all(asker.stream("source", name))),
    );
    assert.deepEqual(both[0], upTo(100).map((n) => ["a", n]));
    assert.deepEqual(both[1], upTo(100).map((n) => ["b", n]));
  },
};

async function joinWith(
  stage: AgentStage,
  answer: (signal: AbortSignal, payload: unknown) => unknown,
) {
  const asker = await stage.join("asker");
  const source = await stage.join("source");
  source.respond(({ payload }, { signal }) => answer(signal, payload));
  await settled(source);
  return { asker, source };
}

/** Joins with a responder that yields one piece, then works until it is told to stop. */
async function joinWithStuck(stage: AgentStage) {
  let ended = 0;
  const { asker } = await joinWith(stage, async function* (signal) {
    try {
      yield 1;
      await aborted(signal);
    } finally {
      ended++;
    }
  });
  return { asker, ends: () => ended };
}

async function all(pieces: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const piece of pieces) seen.push(piece);
  return seen;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
