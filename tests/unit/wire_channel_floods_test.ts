import assert from "node:assert/strict";
import { LIMITS } from "../../core/limits.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { systemTasks } from "../../mod.ts";
import {
  frame,
  FrameChannel,
  FrameKind,
  HEADER_BYTES,
} from "../../transports/transport.ts";
import { encodeFrames, HeldConnection } from "../support/frames.ts";

Deno.test("FrameChannel.run() answers no more pings of a peer that does not read the answers", async () => {
  const connection = new HeldConnection();
  const clock = new VirtualClock();
  const channel = new FrameChannel(connection, {
    clock,
    tasks: systemTasks,
    maxFrameBytes: 1_024,
  });
  const running = channel.run(() => {});
  const pings = encodeFrames(
    Array.from({ length: 50 }, (_, id) => frame(FrameKind.ping, { id })),
  );
  const tooMany = 2 * LIMITS.highWaterBytes / pings.length;
  for (let n = 0; n < tooMany; n++) connection.give(pings);
  await clock.advance(1);
  await untilRead(connection);
  const answered = await takeAll(connection);
  assert.ok(answered > LIMITS.highWaterBytes, `${answered}`);
  assert.ok(answered <= LIMITS.highWaterBytes + HEADER_BYTES, `${answered}`);
  channel.abort();
  await running;
});

/** @returns How many bytes were written, and are still written once there is room. */
async function takeAll(connection: HeldConnection): Promise<number> {
  for (let count = -1; count < connection.writes.length;) {
    count = connection.writes.length;
    connection.take();
    for (let n = 0; n < 10; n++) await Promise.resolve();
  }
  return connection.writes.reduce((sum, { length }) => sum + length, 0);
}

/** Lets the channel come to the end of what was given. */
async function untilRead(connection: HeldConnection): Promise<void> {
  for (let n = 0; n < 10_000 && !connection.isWaited; n++) {
    await Promise.resolve();
  }
}
