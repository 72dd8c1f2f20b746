import assert from "node:assert/strict";
import { decodeObject, readHello } from "../../bus/remote/protocol.ts";
import { LIMITS } from "../../core/limits.ts";
import { leastBytes } from "../../core/payload.ts";
import { MessageBus } from "../../mod.ts";
import { decodeEnvelope } from "../../transports/transport.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { decodePayload } from "../../transports/wire/payload.ts";
import {
  field,
  frame,
  header,
  join,
  text,
  times,
  type,
  u32,
  unpack,
} from "./vectors/bytes.ts";

/** What a decoder keeps of a frame that has begun, before any more of it is there. */
const FIRST_BYTES = 256;
const MOST_MS = 5;
const MEGABYTE = 1_000_000;

const PREFIXES = [2 ** 31, 2 ** 32 - 1];

for (const length of PREFIXES) {
  Deno.test(`W3 FrameDecoder.push() refuses a length of ${length} with nothing allocated for it`, () => {
    const prefix = unpack(u32(length));
    for (const limit of [4_096, 10 * 2 ** 20]) {
      const decoder = new FrameDecoder(limit);
      assert.throws(() => decoder.push(prefix, never), { code: "protocol" });
      assert.equal(decoder.heldBytes, 0);
    }
  });

  Deno.test(`W3 FrameDecoder.push() refuses a length of ${length} at its fourth byte, with ${FIRST_BYTES} allocated`, () => {
    const decoder = new FrameDecoder(10 * 2 ** 20);
    const bytes = [...unpack(u32(length))];
    for (const byte of bytes.slice(0, 3)) {
      decoder.push(Uint8Array.of(byte), never);
    }
    const last = Uint8Array.from(bytes.slice(3));
    assert.throws(() => decoder.push(last, never), { code: "protocol" });
    assert.equal(decoder.heldBytes, FIRST_BYTES);
  });
}

Deno.test("FrameDecoder holds no more than twice what arrived of a frame, and no more than the frame", () => {
  const whole = unpack(frame("send", { payload: times("61", 3 * MEGABYTE) }));
  const decoder = new FrameDecoder(10 * 2 ** 20);
  let frames = 0;
  for (let at = 0; at < whole.length; at += 60_000) {
    const arrived = Math.min(at + 60_000, whole.length);
    decoder.push(whole.subarray(at, arrived), () => {
      assert.ok(decoder.heldBytes <= whole.length);
      frames++;
    });
    assert.ok(decoder.heldBytes <= Math.min(2 * arrived, whole.length));
  }
  assert.equal(frames, 1);
  assert.equal(decoder.heldBytes, 0);
});

Deno.test("FrameDecoder of a thousand peers that declare the largest frame hold what was sent, not what was said", () => {
  const header = unpack(frame("send", { length: 10 * 2 ** 20 }));
  const decoders = Array.from({ length: 1_000 }, () => {
    const decoder = new FrameDecoder(10 * 2 ** 20);
    decoder.push(header, never);
    return decoder;
  });
  const held = decoders.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  assert.equal(held, 1_000 * FIRST_BYTES);
});

const BOMBS: Readonly<Record<string, string>> = {
  "a million lists": "[".repeat(MEGABYTE),
  "two hundred thousand objects": '{"a":'.repeat(MEGABYTE / 5),
  "lists behind a long text": `["${"x".repeat(MEGABYTE / 10)}",${
    "[".repeat(65)
  }`,
  "lists behind many numbers": `[${"1,".repeat(MEGABYTE / 20)}${
    "[".repeat(65)
  }`,
  "ten thousand and one members": `{${Array(10_001).fill('"a":0').join()}}`,
  "a hundred thousand members": `{${Array(100_000).fill('"a":0').join()}}`,
};

for (const [what, json] of Object.entries(BOMBS)) {
  Deno.test(`decodePayload() refuses ${what} within ${MOST_MS} ms, and does not parse them`, () => {
    const bytes = new TextEncoder().encode(json);
    const refusal = { code: "invalid_message", message: /levels|members/ };
    const tookMs = withoutParser(() =>
      fastest(() => assert.throws(() => decodePayload(bytes, false), refusal))
    );
    assert.ok(tookMs <= MOST_MS, `${tookMs} ms`);
  });
}

Deno.test("leastBytes() refuses 10,001 members of one object, and takes 10,000 of each", () => {
  const sized = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, key) => [`k${key}`, 0]),
    );
  const large = sized(LIMITS.maxPayloadKeys + 1);
  const inside = { list: [{ large }] };
  const refusal = {
    code: "invalid_message",
    message: /payload\.list\.0\.large has more than 10000 members/,
  };
  assert.throws(() => leastBytes(inside, Infinity), refusal);
  const most = sized(LIMITS.maxPayloadKeys);
  const unset = { ...most, unset: undefined };
  assert.ok(leastBytes([most, unset, { most }], Infinity) > 30_000);
});

Deno.test("MessageBus.send() refuses what a receiver could not read, 65 levels or 10,001 members", async () => {
  await using bus = new MessageBus();
  const planner = bus.agent("planner");
  let nested: unknown = 0;
  for (let level = 0; level <= LIMITS.maxPayloadDepth; level++) {
    nested = [nested];
  }
  const wide = Object.fromEntries(
    Array.from({ length: 10_001 }, (_, key) => [key, 0]),
  );
  for (const payload of [nested, wide]) {
    await assert.rejects(async () => await planner.send("coder", payload), {
      code: "invalid_message",
    });
  }
});

Deno.test("decodePayload(), decodeEnvelope() and decodeObject() change no prototype, whatever the names", () => {
  const names = ["__proto__", "constructor", "prototype"];
  const before = prototypes();
  for (const name of names) {
    const json =
      `{"${name}":{"${name}":{"polluted":1},"polluted":1},"polluted":1}`;
    const bytes = new TextEncoder().encode(json);
    const value = decodePayload(bytes, false) as object;
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.ok(Object.hasOwn(value, name));
    decodeObject("hello", bytes);
    assert.throws(() => readHello(bytes), { code: "protocol" });
    const named = header(text(name), text("polluted"));
    const { headers = {} } = decodeEnvelope(
      unpack(join(type(), named, field(5, text(name)))),
    );
    assert.deepEqual(Object.entries(headers), [[name, "polluted"]]);
  }
  assert.deepEqual(prototypes(), before);
});

/** What every object, list and function has. */
function prototypes(): string[][] {
  return [Object, Array, Function, String, Number].map(({ prototype }) =>
    Object.getOwnPropertyNames(prototype)
  );
}

/** Does something with a parser that must not be called. */
function withoutParser<Value>(work: () => Value): Value {
  const { parse } = JSON;
  JSON.parse = () => assert.fail("it was parsed");
  try {
    return work();
  } finally {
    JSON.parse = parse;
  }
}

/** The shortest of a few tries, in milliseconds: the machine may have been busy with something else. */
function fastest(work: () => void): number {
  let leastMs = Infinity;
  for (let time = 0; time < 20 && leastMs > MOST_MS / 2; time++) {
    const start = performance.now();
    work();
    leastMs = Math.min(leastMs, performance.now() - start);
  }
  return leastMs;
}

function never(): void {
  assert.fail("no frame is complete");
}
