import assert from "node:assert/strict";
import { LIMITS } from "../../core/limits.ts";
import { memoryTransport, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";
import {
  type Connection,
  encodePayload,
  type Frame,
  frame,
  FrameKind,
} from "../../transports/transport.ts";
import { encodeFrames } from "../support/frames.ts";

const HELLO = {
  protocol: "busbar",
  versions: [1],
  name: "deaf",
  instance: "1",
};
const SPEC = { kind: "direct", concurrency: 1_000 };
/** Each payload, in bytes: a few fill what a connection holds. */
const BYTES = 100_000;
const COUNT = 5;

Deno.test("MessageBus.close() waits two seconds for a peer that does not read, and no longer", async () => {
  const clock = new VirtualClock();
  const { bus, peer } = await withDeafPeer(clock);
  let isClosed = false;
  const closing = bus.close().then(() => isClosed = true);
  await clock.advance(1_999);
  assert.equal(isClosed, false);
  await clock.advance(1);
  assert.equal(isClosed, true);
  await closing;
  await peer.close();
});

Deno.test("S3 what a peer that does not read had in hand goes back once, within the write timeout", async () => {
  const clock = new VirtualClock();
  const { bus, peer } = await withDeafPeer(clock, { keepsTalking: true });
  // The write began a millisecond ago.
  await clock.advance(LIMITS.writeTimeoutMs - 2);
  assert.equal(bus.stats().connectionErrors, 0);
  await clock.advance(1);
  assert.equal(bus.stats().connectionErrors, 1);
  await takeBack(bus, clock);
  await bus.close();
  await peer.close();
});

Deno.test("S3 what a peer that fell silent had in hand goes back once, after two heartbeats", async () => {
  const clock = new VirtualClock();
  const { bus, peer } = await withDeafPeer(clock, { bytes: 10 });
  await clock.advance(2 * LIMITS.heartbeatMs - 10);
  assert.equal(bus.stats().connectionErrors, 0);
  assert.equal(bus.backpressure.pending, COUNT);
  await clock.advance(10);
  assert.equal(bus.stats().connectionErrors, 1);
  await takeBack(bus, clock);
  await bus.close();
  await peer.close();
});

/** Has another take what has gone back: all of it, once. */
async function takeBack(bus: MessageBus, clock: VirtualClock): Promise<void> {
  const attempts: number[] = [];
  bus.agent("deaf").receive(({ attempt }) => void attempts.push(attempt));
  await clock.advance(1_000);
  assert.deepEqual(attempts, Array(COUNT).fill(2));
  assert.equal(bus.stats().totalRedelivered, COUNT);
  assert.equal(bus.backpressure.pending, 0);
}

/** A bus, and a peer that took messages in hand and reads nothing. */
async function withDeafPeer(
  clock: VirtualClock,
  { keepsTalking = false, bytes = BYTES } = {},
): Promise<{ bus: MessageBus; peer: Connection }> {
  const bus = new MessageBus({ clock });
  const transport = memoryTransport();
  await bus.listen(transport);
  const peer = await transport.dial();
  await peer.write(encodeFrames([
    json(FrameKind.hello, HELLO),
    json(FrameKind.attach, SPEC),
  ]));
  await clock.advance(1);
  const sender = bus.agent("sender");
  for (let n = 0; n < COUNT; n++) {
    await sender.send("deaf", new Uint8Array(bytes), { requiresAck: true });
  }
  await clock.advance(1);
  // One that is heard of now and then is not found by its silence.
  const ping = encodeFrames([frame(FrameKind.ping, { id: 1 })]);
  if (keepsTalking) clock.schedule(5_000, () => void peer.write(ping));
  return { bus, peer };
}

function json(kind: FrameKind, value: unknown): Frame {
  return frame(kind, { id: 1, payload: encodePayload(value).bytes });
}
