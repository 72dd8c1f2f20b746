import assert from "node:assert/strict";
import type { Envelope } from "../../bus/envelope.ts";
import { RemoteRequests } from "../../bus/remote/remote_requests.ts";
import type { ReplySink } from "../../bus/requests.ts";
import type { RequestHandle } from "../../bus/link.ts";
import { TurnClock } from "../../bus/remote/turn_clock.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { systemTasks } from "../../core/tasks.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import {
  encodeEnvelope,
  type Frame,
  frame,
  FrameKind,
} from "../../transports/transport.ts";
import { decodeOne, receivedFrame } from "../support/frames.ts";

Deno.test("RemoteRequests.open() fails each request when its own time is over, whatever the order", async () => {
  const { open, clock } = setup();
  const failed: string[] = [];
  for (const [id, timeoutMs] of [[1, 300], [2, 100], [3, 200]] as const) {
    open(id, timeoutMs, {
      fail: ({ code }) => failed.push(`${id} ${code} at ${clock.monotonic()}`),
    });
  }
  await clock.advance(1_000);
  assert.deepEqual(failed, [
    "2 request_timeout at 100",
    "3 request_timeout at 200",
    "1 request_timeout at 300",
  ]);
  assert.equal(clock.timers, 0);
});

Deno.test("RemoteRequests.open() runs no timer when nobody waits any more, nor for a stream", () => {
  const { open, requests, clock } = setup();
  open(1, 100, {}, true);
  assert.equal(clock.timers, 0);
  open(2, 100, {});
  const last = open(3, 100, {});
  assert.equal(clock.timers, 1);
  requests.take(reply(2, "{}"));
  last.cancel();
  requests.take(receivedFrame(frame(FrameKind.end, { id: 1 })));
  assert.equal(clock.timers, 0);
});

Deno.test("RemoteRequests.open() runs no timer when one that fails has the others given up", async () => {
  const { open, clock } = setup();
  const later = open(1, 200, {});
  open(2, 100, { fail: () => later.cancel() });
  await clock.advance(100);
  assert.equal(clock.timers, 0);
});

Deno.test("RemoteRequests.open() keeps its own copy of what the connection has no room for", () => {
  const { open, requests, written, room } = setup();
  room.is = false;
  open(1, 100, {});
  assert.deepEqual(written, []);
  room.is = true;
  requests.flush();
  assert.deepEqual(written, [decodeOne(request(1))]);
});

Deno.test("S7 RemoteRequests.take() gives replies that nothing is read over, readable or not", () => {
  const { open, requests } = setup();
  const replies: Envelope[] = [];
  for (const id of [1, 2]) {
    open(id, 100, { reply: (envelope) => replies.push(envelope) });
  }
  for (const [id, json] of [[1, '{"a":1}'], [2, '{"a"']] as const) {
    const received = reply(id, json);
    requests.take(received);
    received.bytes.fill(0);
  }
  assert.deepEqual(replies[0]?.message.payload, { a: 1 });
  assert.equal(replies[0]?.message.sender, "coder");
  assert.throws(() => replies[1]?.message, { code: "invalid_message" });
  assert.equal(
    new TextDecoder().decode(replies[1]?.encoded().bytes),
    '{"a"',
  );
});

function setup() {
  const clock = new VirtualClock();
  const written: Frame[] = [];
  const room = { is: true };
  const requests = new RemoteRequests({
    clock,
    turnClock: new TurnClock(clock, systemTasks),
    deadlines: new Deadlines(clock),
    write: (sent) => void written.push(decodeOne(sent)),
    connected: () => true,
    writable: () => room.is,
  });
  const open = (
    id: number,
    timeoutMs: number,
    sink: Partial<ReplySink>,
    streams = false,
  ): RequestHandle => {
    const whole = { reply() {}, piece() {}, end() {}, fail() {}, ...sink };
    const sent = request(id);
    const handle = requests.open(sent, { timeoutMs, streams }, whole);
    sent.payload.fill(0);
    return handle;
  };
  return { requests, open, clock, written, room };
}

function request(id: number): Frame {
  const payload = new TextEncoder().encode("[1]");
  return frame(FrameKind.request, { id, head: Uint8Array.of(1), payload });
}

function reply(id: number, json: string) {
  return receivedFrame(frame(FrameKind.reply, {
    id,
    head: encodeEnvelope({ type: "response", sender: "coder" }),
    payload: new TextEncoder().encode(json),
  }));
}
