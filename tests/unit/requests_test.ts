import assert from "node:assert/strict";
import {
  type Envelope,
  type MessageHead,
  WholeEnvelope,
} from "../../bus/envelope.ts";
import { RequestTable } from "../../bus/requests.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

const HEAD: MessageHead = {
  id: "m",
  type: "request",
  sender: "a",
  recipient: "b",
  priority: 50,
  timestamp: 0,
  requiresAck: false,
};

function answer(payload: unknown): Envelope {
  return WholeEnvelope.ofValue(
    { ...HEAD, type: "response", sender: "b", recipient: "a" },
    payload,
    4,
  );
}

/** A table, and a way to open requests whose sinks note what they are told. */
function openTable() {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const table = new RequestTable({ clock, deadlines, abandon: () => {} });
  const told: string[] = [];
  const ask = (
    requestId: string,
    { timeoutMs = 100, streams = false } = {},
  ) =>
    table.open({
      head: { ...HEAD, id: `m-${requestId}` },
      requestId,
      timeoutMs,
      streams,
      sink: {
        reply: ({ message }) => told.push(`${requestId} ${message.payload}`),
        piece: ({ message }) => told.push(`${requestId} +${message.payload}`),
        end: () => told.push(`${requestId} end`),
        fail: ({ code }) => told.push(`${requestId} ${code}`),
      },
    });
  return { clock, table, told, ask };
}

Deno.test("RequestTable.reply() ends a request once, whatever comes later", async () => {
  const { clock, table, told, ask } = openTable();
  const request = ask("r");
  assert.equal(table.size, 1);
  assert.equal(clock.timers, 1);
  table.reply(request, answer("one"));
  assert.equal(clock.timers, 0);
  table.reply(request, answer("two"));
  table.fail(request, new BusError("remote", "late"));
  table.end(request);
  assert.equal(table.cancel("r"), false);
  await clock.advance(1_000);
  assert.deepEqual(told, ["r one"]);
  assert.equal(table.size, 0);
});

Deno.test("RequestTable.open() ends a request at its deadline by itself", async () => {
  const { clock, table, told, ask } = openTable();
  ask("r", { timeoutMs: 100 });
  await clock.advance(99);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, ["r request_timeout"]);
  assert.equal(table.size, 0);
});

Deno.test("RequestTable.open() refuses an id that is in use, and takes it again afterwards", () => {
  const { table, ask } = openTable();
  const request = ask("r");
  assert.throws(
    () => ask("r"),
    (error) => error instanceof BusError && error.code === "invalid_message",
  );
  assert.equal(table.size, 1);
  table.reply(request, answer(1));
  ask("r");
  assert.equal(table.size, 1);
  table.failAll(() => new BusError("closed", "closed"));
});

Deno.test("RequestTable.cancel() fails the request it names, and no other", () => {
  const { table, told, ask } = openTable();
  ask("r");
  ask("s");
  assert.equal(table.cancel("r"), true);
  assert.equal(table.cancel("r"), false);
  assert.equal(table.cancel("none"), false);
  assert.deepEqual(told, ["r cancelled"]);
  table.failAll(() => new BusError("closed", "closed"));
  assert.deepEqual(told, ["r cancelled", "s closed"]);
});

Deno.test("RequestTable.pending() shows who waits, oldest first", async () => {
  const { clock, table, ask } = openTable();
  ask("r", { timeoutMs: 70 });
  await clock.advance(5);
  ask("s");
  const [first, second] = table.pending();
  const startedAt = clock.now() - 5;
  assert.deepEqual(first, {
    requestId: "r",
    messageId: "m-r",
    sender: "a",
    recipient: "b",
    topic: undefined,
    correlationId: undefined,
    startedAt,
    deadlineAt: startedAt + 70,
    state: "queued",
  });
  assert.equal(second?.requestId, "s");
  table.failAll(() => new BusError("closed", "closed"));
  assert.deepEqual(table.pending(), []);
});

Deno.test("RequestTable.piece() starts the wait for the next one anew", async () => {
  const { clock, table, told, ask } = openTable();
  const request = ask("r", { streams: true, timeoutMs: 100 });
  await clock.advance(90);
  table.piece(request, answer(1));
  await clock.advance(90);
  table.piece(request, answer(2));
  table.end(request);
  await clock.advance(1_000);
  assert.deepEqual(told, ["r +1", "r +2", "r end"]);
});

Deno.test("RequestTable.piece() does not charge the responder for a requester that is slow", async () => {
  const { clock, table, told, ask } = openTable();
  const request = ask("r", { streams: true, timeoutMs: 100 });
  for (let piece = 0; piece < LIMITS.streamWindow; piece++) {
    table.piece(request, answer(piece));
  }
  await clock.advance(10_000);
  assert.equal(told.length, LIMITS.streamWindow);
  table.grant(request, 1);
  await clock.advance(100);
  assert.equal(told.at(-1), "r request_timeout");
});

Deno.test("RequestTable.piece() ends a stream whose responder sends more than it may", () => {
  const { table, told, ask } = openTable();
  const request = ask("r", { streams: true });
  for (let piece = 0; piece <= LIMITS.streamWindow; piece++) {
    table.piece(request, answer(piece));
  }
  assert.equal(told.at(-1), "r overflow");
  assert.equal(table.size, 0);
});

Deno.test("RequestTable.piece() refuses pieces for whoever waits for one reply", () => {
  const { table, told, ask } = openTable();
  table.piece(ask("r"), answer(1));
  assert.deepEqual(told, ["r remote"]);
});

Deno.test("RequestTable.reply() is one piece and the end for a stream", () => {
  const { table, told, ask } = openTable();
  table.reply(ask("r", { streams: true }), answer(1));
  assert.deepEqual(told, ["r +1", "r end"]);
});

Deno.test("RequestTable.pending() shows a request that names nobody as one to an empty name", () => {
  const { clock } = openTable();
  const table = new RequestTable({
    clock,
    deadlines: new Deadlines(clock),
    abandon: () => {},
  });
  table.open({
    head: { ...HEAD, recipient: undefined },
    requestId: "r",
    timeoutMs: 10,
    streams: false,
    sink: { reply() {}, piece() {}, end() {}, fail() {} },
  });
  assert.equal(table.pending()[0]?.recipient, "");
  assert.equal(table.cancel("r"), true);
});
