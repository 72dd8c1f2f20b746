import assert from "node:assert/strict";
import { LIMITS } from "../../core/limits.ts";
import { systemTasks } from "../../core/tasks.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import {
  CONTROL_KINDS,
  type Frame,
  frame,
  FrameKind,
} from "../../transports/wire/frame.ts";
import { FrameWriter } from "../../transports/wire/writer.ts";
import { HeldConnection } from "../support/frames.ts";

Deno.test("FrameWriter.send() writes the frames of one turn together, at its end", async () => {
  const { writer, connection } = setup();
  for (let id = 0; id < 5; id++) writer.send(frame(FrameKind.send, { id }));
  assert.equal(connection.writes.length, 0);
  await turn();
  assert.deepEqual(ids(connection.writes), [[0, 1, 2, 3, 4]]);
});

Deno.test("FrameWriter.send() starts a write before the end of the turn once 8 KiB are ready", () => {
  const { writer, connection } = setup();
  writer.send(sized(0, 8_000));
  assert.equal(connection.writes.length, 0);
  writer.send(sized(1, 200));
  assert.equal(connection.writes.length, 1);
});

Deno.test("FrameWriter.send() starts a write before the end of the turn once half of what left together last is ready, up to 64 KiB", async () => {
  const { writer, connection } = setup();
  /** Has a turn send frames of 1,000 bytes. @returns How many there were when the first write began. */
  const untilWrite = async (frames: number) => {
    const before = connection.writes.length;
    let count = 0;
    while (count < frames && connection.writes.length === before) {
      writer.send(sized(count++, 1_000));
    }
    for (let id = count; id < frames; id++) writer.send(sized(id, 1_000));
    while (writer.bufferedBytes > 0) {
      await turn();
      connection.take();
    }
    await turn();
    return count;
  };
  assert.equal(await untilWrite(40), 9);
  assert.equal(await untilWrite(40), 20);
  assert.equal(await untilWrite(1_000), 20);
  assert.equal(await untilWrite(100), 66);
  assert.equal(await untilWrite(5), 5);
  assert.equal(await untilWrite(40), 9);
});

Deno.test("FrameWriter.send() gathers what comes while a write is under way", async () => {
  const { writer, connection } = setup();
  writer.send(sized(0));
  await turn();
  for (let id = 1; id < 4; id++) writer.send(sized(id));
  await turn();
  assert.equal(connection.writes.length, 1);
  connection.take();
  await turn();
  assert.deepEqual(ids(connection.writes), [[0], [1, 2, 3]]);
});

Deno.test("FrameWriter.send() is heard right after the last write has ended", async () => {
  const { writer, connection } = setup();
  writer.send(sized(0));
  await turn();
  connection.take();
  writer.idle().then(() => writer.send(sized(1)));
  await turn();
  assert.deepEqual(ids(connection.writes), [[0], [1]]);
});

Deno.test("FrameWriter.send() copies the frame at once", async () => {
  const { writer, connection } = setup();
  const payload = Uint8Array.of(1, 2, 3);
  writer.send(frame(FrameKind.send, { payload }));
  payload.fill(0);
  await turn();
  assert.deepEqual([...connection.writes[0]?.slice(-3) ?? []], [1, 2, 3]);
});

for (const checksums of [false, true]) {
  Deno.test(`FrameWriter.send() has one frame write itself many times, ${checksums ? "with" : "without"} checksums`, async () => {
    const { writer, connection } = setup();
    const own = {
      kind: FrameKind.send,
      flags: 0,
      priority: 7,
      id: 0,
      aux: 0,
      headBytes: 2,
      payloadBytes: 0,
      writeBody(target: Uint8Array, offset: number) {
        target.fill(own.id, offset, offset + own.headBytes + own.payloadBytes);
      },
    };
    for (; own.id < 3; own.id++) {
      own.payloadBytes = own.id;
      writer.send(own, checksums);
    }
    await turn();
    const read: string[] = [];
    const decoder = new FrameDecoder(100, checksums);
    decoder.push(
      connection.writes[0] ?? new Uint8Array(),
      ({ id, head, payload }) => void read.push(`${id}: ${head} ${payload}`),
    );
    assert.deepEqual(read, ["0: 0,0 ", "1: 1,1 1", "2: 2,2 2,2"]);
  });
}

Deno.test("FrameWriter.send() puts control frames in front of all that is not on the way (P5)", async () => {
  const { writer, connection } = setup();
  writer.send(sized(0));
  await turn();
  writer.send(sized(1, 70_000));
  writer.send(sized(2, 70_000));
  let id = 100;
  for (const kind of CONTROL_KINDS) writer.send(frame(kind, { id: id++ }));
  await takeAll(connection);
  assert.deepEqual(
    ids(connection.writes).flat(),
    [0, 100, 101, 102, 103, 104, 105, 106, 107, 1, 2],
  );
});

Deno.test("FrameWriter.send() lets control frames pass between blocks of a long line", async () => {
  const { writer, connection } = setup();
  for (let id = 0; id < 1_000; id++) writer.send(sized(id, 1_000));
  for (let taken = 0; taken < 6; taken++) {
    connection.take();
    await turn();
  }
  const ahead = ids(connection.writes).flat().length;
  writer.send(frame(FrameKind.ping, { id: 5_000 }));
  await takeAll(connection);
  const order = ids(connection.writes).flat();
  assert.equal(
    order.indexOf(5_000),
    ahead,
    "only what was on the way is ahead",
  );
  const longest = Math.max(...connection.writes.map(({ length }) => length));
  assert.ok(longest > 60_000 && longest <= 65_536, `${longest}`);
  assert.deepEqual(
    order.filter((id) => id !== 5_000),
    Array.from({ length: 1_000 }, (_, id) => id),
  );
});

Deno.test("FrameWriter.send() writes control frames and others together where they fit", async () => {
  const { writer, connection } = setup();
  writer.send(sized(1));
  writer.send(frame(FrameKind.ack, { id: 2 }));
  writer.send(sized(3));
  await turn();
  assert.deepEqual(ids(connection.writes), [[2, 1, 3]]);
});

Deno.test("FrameWriter.send() makes one frame of acks of leases in a row, and of credit", async () => {
  const { writer, connection } = setup();
  const { ack, nack, credit } = FrameKind;
  for (const id of [1, 2, 3, 5, 6]) writer.send(frame(ack, { id }));
  writer.send(frame(nack, { id: 7 }));
  for (const id of [8, 9]) writer.send(frame(ack, { id }));
  for (const aux of [10, 5]) writer.send(frame(credit, { aux }));
  writer.send(frame(ack, { id: 15 }));
  await turn();
  assert.deepEqual(numbers(connection.writes), [
    [ack, 1, 2],
    [ack, 5, 1],
    [nack, 7, 0],
    [ack, 8, 1],
    [credit, 0, 15],
    [ack, 15, 0],
  ]);
});

Deno.test("FrameWriter.send() makes one frame of sends in a row that were accepted under their own ids", async () => {
  const { writer, connection } = setup();
  const { accepted } = FrameKind;
  const payload = Uint8Array.of(1);
  for (const id of [1, 2]) writer.send(frame(accepted, { id }));
  writer.send(frame(accepted, { id: 3, payload }));
  for (const id of [4, 5, 7]) writer.send(frame(accepted, { id }));
  await turn();
  assert.deepEqual(numbers(connection.writes), [
    [accepted, 1, 1],
    [accepted, 3, 0],
    [accepted, 4, 1],
    [accepted, 7, 0],
  ]);
});

Deno.test("FrameWriter.send() adds nothing to an ack that is on its way", async () => {
  const { writer, connection } = setup();
  writer.send(frame(FrameKind.ack, { id: 1 }));
  await turn();
  writer.send(frame(FrameKind.ack, { id: 2 }));
  writer.send(sized(3));
  writer.send(frame(FrameKind.ack, { id: 3 }));
  await takeAll(connection);
  assert.deepEqual(numbers(connection.writes), [
    [FrameKind.ack, 1, 0],
    [FrameKind.ack, 2, 1],
    [FrameKind.send, 3, 0],
  ]);
});

Deno.test("FrameWriter.send() acknowledges at most 1,024 leases, and gives at most 2^32 - 1 credit, in one frame", async () => {
  const { writer, connection } = setup();
  for (let id = 1; id <= 1_500; id++) writer.send(frame(FrameKind.ack, { id }));
  for (const aux of [2 ** 32 - 2, 1, 1]) {
    writer.send(frame(FrameKind.credit, { aux }));
  }
  await turn();
  assert.deepEqual(numbers(connection.writes), [
    [FrameKind.ack, 1, LIMITS.maxSettledAtOnce - 1],
    [FrameKind.ack, 1_025, 475],
    [FrameKind.credit, 0, 2 ** 32 - 1],
    [FrameKind.credit, 0, 1],
  ]);
});

Deno.test("FrameWriter.send() keeps frames with checksums apart", async () => {
  const { writer, connection } = setup();
  for (const id of [1, 2]) writer.send(frame(FrameKind.ack, { id }), true);
  await turn();
  assert.deepEqual(numbers(connection.writes, true), [
    [FrameKind.ack, 1, 0],
    [FrameKind.ack, 2, 0],
  ]);
});

Deno.test("FrameWriter.writable is false above 1 MiB until less than half of it is left", async () => {
  let calls = 0;
  const { writer, connection } = setup({ onWritable: () => calls++ });
  while (writer.writable) writer.send(sized(0, 50_000));
  assert.ok(writer.bufferedBytes > LIMITS.highWaterBytes);
  await turn();
  while (writer.bufferedBytes * 2 >= LIMITS.highWaterBytes) {
    assert.equal(writer.writable, false);
    assert.equal(calls, 0);
    connection.take();
    await turn();
  }
  assert.equal(writer.writable, true);
  assert.equal(calls, 1);
});

Deno.test("FrameWriter.send() gives a peer up that leaves more than 64 MiB unread (O2)", () => {
  const failures: unknown[] = [];
  const { writer } = setup({ onFailure: (failure) => failures.push(failure) });
  const block = sized(0, 1024 * 1024);
  for (let sent = 0; sent < 64; sent++) writer.send(block);
  assert.deepEqual(failures, []);
  for (let sent = 0; sent < 2; sent++) writer.send(block);
  assert.match(
    String(failures[0]),
    /as at most 67108864 bytes may wait for the peer to read/,
  );
  assert.equal(failures.length, 1);
  assert.equal(writer.bufferedBytes, 0);
});

Deno.test("FrameWriter gives a peer up that leaves a write untaken for the write timeout (O2)", async () => {
  const failures: unknown[] = [];
  const { writer, connection, clock } = setup({
    onFailure: (failure) => failures.push(failure),
  });
  writer.send(sized(0));
  await clock.advance(6_000);
  connection.take();
  await clock.advance(1_000);
  writer.send(sized(1));
  await clock.advance(9_999);
  assert.equal(failures.length, 0);
  await clock.advance(1);
  assert.match(String(failures[0]), /must take each write within 10000 ms/);
  assert.equal(clock.timers, 0);
});

Deno.test("FrameWriter times a large frame by its progress", async () => {
  const failures: unknown[] = [];
  const { writer, connection, clock } = setup({
    onFailure: (failure) => failures.push(failure),
  });
  writer.send(sized(0, 1024 * 1024));
  for (let slice = 0; slice < 5; slice++) {
    await clock.advance(9_000);
    connection.take();
  }
  await clock.advance(20_000);
  assert.equal(connection.writes.length, 4);
  assert.deepEqual(failures, []);
  assert.equal(writer.bufferedBytes, 0);
});

Deno.test("FrameWriter reports what a write failed with", async () => {
  const failures: unknown[] = [];
  const { writer, connection } = setup({
    onFailure: (failure) => failures.push(failure),
  });
  const broken = new Error("broken");
  writer.send(sized(0));
  await turn();
  connection.breakWrite(broken);
  await turn();
  assert.deepEqual(failures, [broken]);
});

Deno.test("FrameWriter.end() drops what is left, once and for all", async () => {
  const { writer, connection, clock } = setup();
  writer.send(sized(0));
  await turn();
  writer.send(sized(1));
  const idle = writer.idle();
  writer.end();
  writer.end();
  await idle;
  connection.take();
  writer.send(sized(2));
  await turn();
  assert.deepEqual(ids(connection.writes), [[0]]);
  assert.deepEqual([writer.bufferedBytes, clock.timers], [0, 0]);
});

function setup(
  handlers: {
    onWritable?: () => void;
    onFailure?: (failure: unknown) => void;
  } = {},
) {
  const connection = new HeldConnection();
  const clock = new VirtualClock();
  const writer = new FrameWriter(connection, {
    clock,
    tasks: systemTasks,
    writeTimeoutMs: 10_000,
    onWritable: handlers.onWritable ?? (() => {}),
    onFailure: handlers.onFailure ??
      ((failure) => assert.fail(String(failure))),
  });
  return { writer, connection, clock };
}

/** A frame that takes the given bytes on the wire, header included. */
function sized(id: number, bytes = 20): Frame {
  return frame(FrameKind.send, { id, payload: new Uint8Array(bytes - 20) });
}

/** The ids of the frames in each write. */
function ids(writes: readonly Uint8Array[]): number[][] {
  const decoder = new FrameDecoder(2 ** 24);
  return writes.map((bytes) => {
    const found: number[] = [];
    decoder.push(bytes, ({ id }) => found.push(id));
    return found;
  });
}

/** Kind, id and aux of each frame. */
function numbers(writes: readonly Uint8Array[], checksums = false): number[][] {
  const decoder = new FrameDecoder(2 ** 24, checksums);
  const found: number[][] = [];
  for (const bytes of writes) {
    decoder.push(bytes, ({ kind, id, aux }) => found.push([kind, id, aux]));
  }
  return found;
}

async function takeAll(connection: HeldConnection): Promise<void> {
  for (let before = -1; before !== connection.writes.length;) {
    before = connection.writes.length;
    connection.take();
    await turn();
  }
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => systemTasks.later(resolve));
}
