import assert from "node:assert/strict";
import { RemoteSends } from "../../bus/remote/remote_sends.ts";
import { TurnClock } from "../../bus/remote/turn_clock.ts";
import type { Clock } from "../../core/clock.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { systemTasks } from "../../core/tasks.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import {
  type Frame,
  frame,
  FrameFlag,
  FrameKind,
  type OutgoingFrame,
} from "../../transports/transport.ts";
import { decodeOne, receivedFrame } from "../support/frames.ts";

const TIMEOUT_MS = 1_000;

Deno.test("RemoteSends.send() refuses each of those in line when its own time is over", async () => {
  const { sends, clock } = setup();
  const refused: string[] = [];
  for (const id of ["a", "b", "c"]) {
    Promise.resolve(sends.send(message(1), id, false)).catch(
      ({ code }) => refused.push(`${id} ${code} at ${clock.monotonic()}`),
    );
    await clock.advance(100);
  }
  await clock.advance(TIMEOUT_MS);
  assert.deepEqual(refused, [
    "a backpressure_timeout at 1000",
    "b backpressure_timeout at 1100",
    "c backpressure_timeout at 1200",
  ]);
  assert.equal(clock.timers, 0);
});

Deno.test("RemoteSends.send() runs no timer when nobody waits in line any more", async () => {
  const { sends, clock } = setup();
  const gone = new AbortController();
  const sent = sends.send(message(1), "a", false);
  const left = sends.send(message(2), "b", false, gone.signal);
  assert.equal(clock.timers, 1);
  sends.take(receivedFrame(frame(FrameKind.credit, { aux: 1 })));
  assert.equal(await sent, "a");
  gone.abort(new Error("enough"));
  await assert.rejects(Promise.resolve(left), /enough/);
  assert.equal(clock.timers, 0);
});

Deno.test("RemoteSends.send() keeps its own copy of what waits in line, and of what requires an ack", () => {
  const { sends, written } = setup();
  const own = message(1);
  void sends.send(own, "a", true);
  own.head.fill(0);
  own.payload.fill(0);
  sends.take(receivedFrame(frame(FrameKind.credit, { aux: 1 })));
  sends.resume(1);
  assert.deepEqual(written, Array(2).fill(decodeOne(message(1))));
});

Deno.test("RemoteSends.resume() sends again in the order of sending, also where numbers have begun anew", () => {
  const { sends, written } = setup();
  sends.take(receivedFrame(frame(FrameKind.credit, { aux: 9 })));
  const numbers = [2 ** 32 - 2, 2 ** 32 - 1, 1, 2, 3];
  for (const [at, number] of numbers.entries()) {
    void sends.send(message(number), `id ${at}`, true);
  }
  sends.take(receivedFrame(frame(FrameKind.accepted, { id: 1 })));
  written.length = 0;
  sends.resume(9);
  assert.deepEqual(written.map(({ id }) => id), [
    2 ** 32 - 2,
    2 ** 32 - 1,
    2,
    3,
  ]);
});

Deno.test("RemoteSends.take() refuses an accepted whose id is no text", () => {
  const { sends } = setup();
  sends.take(receivedFrame(frame(FrameKind.credit, { aux: 1 })));
  void sends.send(message(5), "a", true);
  const payload = Uint8Array.of(0xc3, 0x28);
  const accepted = frame(FrameKind.accepted, { id: 5, payload });
  assert.throws(() => sends.take(receivedFrame(accepted)), {
    code: "protocol",
    message: "Cannot take id of message as it must be UTF-8: it is not",
  });
});

Deno.test("RemoteSends.take() answers with the id that the bus says, which may be another's", async () => {
  const { sends } = setup();
  sends.take(receivedFrame(frame(FrameKind.credit, { aux: 1 })));
  const sent = sends.send(message(5), "a", true);
  const payload = new TextEncoder().encode("first");
  sends.take(receivedFrame(frame(FrameKind.accepted, { id: 5, payload })));
  assert.equal(await sent, "first");
});

Deno.test("TurnClock.now() says the same throughout a turn, and reads the clock in the next", async () => {
  let reads = 0;
  const clock: Clock = {
    now: () => 0,
    monotonic: () => ++reads,
    schedule: () => () => {},
  };
  const turnClock = new TurnClock(clock, systemTasks);
  assert.deepEqual([turnClock.now(), turnClock.now()], [1, 1]);
  await Promise.resolve();
  assert.deepEqual([turnClock.now(), turnClock.now()], [2, 2]);
});

function setup() {
  const clock = new VirtualClock();
  const written: Frame[] = [];
  const sends = new RemoteSends({
    clock,
    turnClock: new TurnClock(clock, systemTasks),
    deadlines: new Deadlines(clock),
    write: (sent: OutgoingFrame) => void written.push(decodeOne(sent)),
    connected: () => true,
    writable: () => true,
    timeoutMs: TIMEOUT_MS,
  });
  return { sends, clock, written };
}

function message(id: number): Frame {
  return frame(FrameKind.send, {
    id,
    flags: FrameFlag.requiresAck,
    priority: 7,
    head: Uint8Array.of(1, 2, 3),
    payload: Uint8Array.of(4, 5),
  });
}
