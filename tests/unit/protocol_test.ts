import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeObject,
  encodeJson,
  fromFailure,
  type Hello,
  readHello,
  readSpec,
  readWelcome,
  toFailure,
  type Welcome,
} from "../../bus/remote/protocol.ts";
import { BusError } from "../../core/errors.ts";

const HELLO: Hello = {
  protocol: "busbar",
  versions: [1],
  name: "coder",
  instance: "i-1",
  durable: false,
};
const WELCOME: Welcome = {
  version: 1,
  bus: "bus",
  maxMessageBytes: 1_000,
  sendWindow: 8,
  heartbeatMs: 15_000,
  requestTimeoutMs: 30_000,
};

function isProtocolError(error: unknown): boolean {
  return error instanceof BusError && error.code === "protocol";
}

Deno.test("readHello() reads what a client says of itself", () => {
  assert.deepEqual(readHello(encodeJson(HELLO)), HELLO);
  const { durable: _, ...plain } = HELLO;
  assert.deepEqual(readHello(encodeJson(plain)), HELLO);
  const versions = [7, 1];
  assert.deepEqual(readHello(encodeJson({ ...HELLO, versions, more: 1 })), {
    ...HELLO,
    versions,
  });
});

Deno.test("readHello() refuses a client that is not one of ours", () => {
  const wrong: Record<string, unknown[]> = {
    protocol: ["http", undefined, null],
    versions: [[], [2], "1", ["1"], undefined],
    name: ["", "a b", 5, undefined],
    instance: ["", "i".repeat(256), 5, undefined],
    durable: ["yes", 1, null],
  };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const bytes = encodeJson({ ...HELLO, [field]: value });
      assert.throws(() => readHello(bytes), isProtocolError, field);
    }
  }
});

Deno.test("readWelcome() reads what a bus agrees to, and refuses what is no answer", () => {
  assert.deepEqual(readWelcome(encodeJson(WELCOME)), WELCOME);
  const fields = [
    "version",
    "maxMessageBytes",
    "sendWindow",
    "heartbeatMs",
    "requestTimeoutMs",
  ];
  for (const field of fields) {
    for (const value of [0, -1, 1.5, "1", undefined]) {
      const bytes = encodeJson({ ...WELCOME, [field]: value });
      assert.throws(() => readWelcome(bytes), isProtocolError, field);
    }
  }
  assert.throws(
    () => readWelcome(encodeJson({ ...WELCOME, version: 2 })),
    isProtocolError,
  );
});

Deno.test("readSpec() reads what a client wants to consume", () => {
  const spec = {
    kind: "topic",
    pattern: "jobs.*",
    queue: "q",
    concurrency: 3,
    overflow: "reject",
  };
  const read = readSpec(encodeJson(spec));
  assert.equal(read.pattern, "jobs.*");
  assert.equal(read.queue, "q");
  assert.equal(read.concurrency, 3);
  assert.equal(read.overflow, "reject");
  assert.equal(read.maxAttempts, undefined);
});

Deno.test("readSpec() refuses what is none, as invalid, not as a broken peer", () => {
  const plain = { kind: "topic", pattern: "t", concurrency: 1 };
  const wrong: Record<string, unknown[]> = {
    kind: ["all", undefined, 1],
    pattern: [undefined, "a..b", 5],
    concurrency: [0, -1, 0.5, "1", null, undefined],
    ackTimeoutMs: [0, "1"],
    maxAttempts: [0],
    maxMessages: [0],
    queue: ["", "a b", 5],
    durable: ["a b"],
    overflow: ["drop", 1],
  };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const bytes = encodeJson({ ...plain, [field]: value });
      assert.throws(
        () => readSpec(bytes),
        (error) =>
          error instanceof BusError && error.code === "invalid_message",
        `${field}: ${value}`,
      );
    }
  }
});

Deno.test("decodeObject() throws nothing but its own error, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        assert.equal(typeof decodeObject("frame", bytes), "object");
      } catch (error) {
        assert.ok(isProtocolError(error), String(error));
      }
    }),
    { numRuns: 1_000 },
  );
  for (const value of [[], null, 1, "x", true]) {
    assert.throws(
      () => decodeObject("frame", encodeJson(value)),
      isProtocolError,
    );
  }
});

Deno.test("toFailure() and fromFailure() carry code, text and message id, and nothing of the stack", () => {
  const error = new BusError("overflow", "full", { messageId: "m" });
  const failure = toFailure(error);
  assert.deepEqual(failure, {
    code: "overflow",
    message: "full",
    messageId: "m",
  });
  const back = fromFailure(encodeJson(failure));
  assert.equal(back.code, "overflow");
  assert.equal(back.message, "full");
  assert.equal(back.messageId, "m");
  assert.equal(back.retryable, true);
  const foreign = toFailure(new Error("secret path /home/x"));
  assert.deepEqual(foreign, {
    code: "cancelled",
    message: "The bus could not do it",
  });
});
