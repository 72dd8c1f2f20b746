import assert from "node:assert/strict";
import fc from "fast-check";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import {
  checkAddress,
  checkFields,
  isWhole,
  type MessageFields,
} from "../../core/message_check.ts";

const PLAIN: MessageFields = { type: "direct", sender: "a", recipient: "b" };

/** The fields with some replaced, as a program without types may send them. */
function fields(changes: Record<string, unknown>): MessageFields {
  return { ...PLAIN, ...changes } as MessageFields;
}

function refusedFor(field: string) {
  return (error: unknown) =>
    error instanceof BusError && error.code === "invalid_message" &&
    !error.retryable &&
    error.message.startsWith(`Cannot send message as its ${field}`);
}

Deno.test("checkFields() takes every field at its limit", () => {
  checkFields(PLAIN);
  checkFields(fields({
    sender: "a".repeat(255),
    recipient: "region:eu/b_1.c-2",
    topic: Array(16).fill("t").join("."),
    priority: 100,
    ttlMs: LIMITS.maxDurationMs,
    requiresAck: true,
    requestId: "r".repeat(255),
    correlationId: "c",
    deduplicationId: "any text at all",
    headers: { traceparent: "x".repeat(LIMITS.maxHeaderChars - 11) },
  }));
  checkFields(fields({ priority: -0, ttlMs: 0 }));
});

Deno.test("checkFields() refuses each field beyond its limit, and names it", () => {
  const manyHeaders = Object.fromEntries(
    Array.from({ length: LIMITS.maxHeaders + 1 }, (_, index) => [index, ""]),
  );
  const refused: Record<string, unknown[]> = {
    sender: [undefined, "", "a b", "a".repeat(256), 1, null, "ä"],
    recipient: ["", "a*", "a".repeat(256), {}],
    topic: ["", ".", "a..b", "a.", "*", "a b", Array(17).fill("t").join(".")],
    priority: [-1, 101, 50.5, NaN, Infinity, "9", null],
    ttlMs: [-1, 0.5, NaN, LIMITS.maxDurationMs + 1, "1"],
    requiresAck: ["true", 1, null],
    requestId: ["", "r".repeat(256), 7],
    correlationId: ["", {}],
    deduplicationId: ["", null],
    headers: [null, [], "x", { a: 1 }, { "": "x" }, manyHeaders, {
      a: "x".repeat(LIMITS.maxHeaderChars),
    }],
  };
  for (const [field, values] of Object.entries(refused)) {
    for (const value of values) {
      assert.throws(
        () => checkFields(fields({ [field]: value })),
        refusedFor(field),
        `${field}: ${String(value).slice(0, 40)}`,
      );
    }
  }
});

Deno.test("checkFields() refuses a deduplicationId on a request, which would be taken and forgotten", () => {
  const request = { type: "request" as const, deduplicationId: "once" };
  assert.throws(
    () => checkFields(fields(request)),
    refusedFor("deduplicationId"),
  );
});

Deno.test("checkFields() shows a hostile value cut, on one line", () => {
  assert.throws(
    () => checkFields(fields({ requestId: "\n".repeat(100_000) })),
    (error: Error) =>
      error.message.length < 300 && !error.message.includes("\n"),
  );
});

Deno.test("checkFields() throws nothing but its own error, whatever it is given", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...Object.keys(PLAIN)), fc.anything()),
      (changes) => {
        try {
          checkFields(fields(changes));
        } catch (error) {
          assert.ok(error instanceof BusError, String(error));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("checkAddress() asks of each type what it needs", () => {
  checkAddress({ type: "direct", recipient: "b" });
  checkAddress({ type: "direct", recipient: "b", topic: "t" });
  checkAddress({ type: "request", recipient: "b" });
  checkAddress({ type: "publish", topic: "t" });
  checkAddress({ type: "control", recipient: "b" });
  checkAddress({ type: "heartbeat", topic: "t" });
  const refused: [MessageFields["type"], object, string][] = [
    ["direct", {}, "recipient"],
    ["request", { topic: "t" }, "recipient"],
    ["publish", {}, "topic"],
    ["publish", { topic: "t", recipient: "b" }, "recipient"],
    ["control", {}, "recipient or topic"],
    ["error", {}, "recipient or topic"],
  ];
  for (const [type, address, field] of refused) {
    assert.throws(() => checkAddress({ type, ...address }), refusedFor(field));
  }
});

Deno.test("checkAddress() refuses the types that only the bus sends, and any other", () => {
  const types = ["response", "ack", "subscribe", "unsubscribe", "nonsense"];
  for (const type of types as MessageFields["type"][]) {
    assert.throws(
      () => checkAddress({ type, recipient: "b", topic: "t" }),
      refusedFor("type"),
    );
  }
});

Deno.test("isWhole() takes whole numbers from 0 to its maximum alone", () => {
  for (const value of [0, -0, 1, 9]) assert.ok(isWhole(value, 9));
  for (const value of [-1, 10, 0.5, NaN, Infinity, "3", 3n, null, undefined]) {
    assert.ok(!isWhole(value, 9), String(value));
  }
});
