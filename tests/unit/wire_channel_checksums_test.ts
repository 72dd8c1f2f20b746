import assert from "node:assert/strict";
import { systemTasks } from "../../core/tasks.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { FrameChannel } from "../../transports/wire/channel.ts";
import { type Checksums, FrameDecoder } from "../../transports/wire/decoder.ts";
import { frame, FrameKind } from "../../transports/wire/frame.ts";
import { encodeFrames, HeldConnection } from "../support/frames.ts";

const PING = frame(FrameKind.ping, { id: 42 });

for (const checksums of [true, false]) {
  const how = checksums ? "with" : "without";

  Deno.test(`FrameChannel answers ${how} checksums whose peer's first frame is ${how} them`, async () => {
    const { channel, connection } = held("as-first");
    const running = channel.run(() => {});
    connection.give(encodeFrames([PING], checksums));
    await turn();
    assert.deepEqual(kindsIn(connection, checksums), [FrameKind.pong]);
    connection.take();
    await turn();
    channel.send(frame(FrameKind.welcome));
    await turn();
    const kinds = [FrameKind.pong, FrameKind.welcome];
    assert.deepEqual(kindsIn(connection, checksums), kinds);
    channel.abort();
    await running;
  });

  Deno.test(`FrameChannel writes ${how} checksums from the first frame on where it was told to`, async () => {
    const { channel, connection } = held(checksums);
    channel.send(frame(FrameKind.hello));
    await turn();
    assert.deepEqual(kindsIn(connection, checksums), [FrameKind.hello]);
    channel.abort();
  });
}

Deno.test("FrameChannel sends no ping, but a goodbye, to a peer that has not said whether it wants checksums", async () => {
  const { channel, connection, clock } = held("as-first");
  const running = channel.run(() => {});
  await clock.advance(20_000);
  assert.deepEqual(connection.writes, []);
  channel.send(frame(FrameKind.goodbye));
  await turn();
  assert.deepEqual(kindsIn(connection, false), [FrameKind.goodbye]);
  channel.abort();
  await running;
});

Deno.test("FrameChannel pings with checksums once its peer has sent them", async () => {
  const { channel, connection, clock } = held("as-first");
  const running = channel.run(() => {});
  connection.give(encodeFrames([frame(FrameKind.pong)], true));
  await turn();
  await clock.advance(15_000);
  assert.deepEqual(kindsIn(connection, true), [FrameKind.ping]);
  channel.abort();
  await running;
});

Deno.test("W5 FrameChannel.run() rejects as unreachable, and closes, where bits were turned over", async () => {
  for (const at of [9, 24]) {
    const { channel, connection, clock } = held(true);
    const received: number[] = [];
    const running = channel.run(({ kind }) => void received.push(kind));
    const payload = new Uint8Array(10);
    const send = frame(FrameKind.send, { payload });
    const bytes = encodeFrames([send, send], true);
    bytes[at] = 1;
    connection.give(bytes);
    await assert.rejects(running, { code: "unreachable" });
    assert.deepEqual(received, []);
    assert.equal(connection.closed, true);
    channel.send(frame(FrameKind.goodbye));
    await turn();
    assert.deepEqual(connection.writes, []);
    assert.equal(clock.timers, 0);
  }
});

function held(checksums: Checksums) {
  const connection = new HeldConnection();
  const clock = new VirtualClock();
  const channel = new FrameChannel(connection, {
    clock,
    tasks: systemTasks,
    maxFrameBytes: 4_096,
    checksums,
  });
  return { channel, connection, clock };
}

function kindsIn({ writes }: HeldConnection, checksums: boolean): number[] {
  const decoder = new FrameDecoder(4_096, checksums);
  const kinds: number[] = [];
  for (const bytes of writes) {
    decoder.push(bytes, ({ kind }) => kinds.push(kind));
  }
  return kinds;
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => systemTasks.later(resolve));
}
