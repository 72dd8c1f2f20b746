import assert from "node:assert/strict";
import { BusError } from "../../core/errors.ts";
import { systemTasks } from "../../core/tasks.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { FrameChannel } from "../../transports/wire/channel.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { type Frame, frame, FrameKind } from "../../transports/wire/frame.ts";
import { copyFrame, encodeFrames, HeldConnection } from "../support/frames.ts";

Deno.test("FrameChannel.run() gives each frame of the peer, and resolves when the peer closes", async () => {
  const { here, there } = await pair();
  const received: Frame[] = [];
  const running = here.run((each) => void received.push(copyFrame(each)));
  const sent = [
    frame(FrameKind.hello, { payload: Uint8Array.of(1) }),
    frame(FrameKind.send, {
      id: 7,
      aux: 9,
      flags: 3,
      priority: 50,
      head: Uint8Array.of(2),
      payload: new Uint8Array(2_000).fill(3),
    }),
  ];
  for (const each of sent) there.send(each);
  await there.close();
  await running;
  assert.deepEqual(received, sent.map(copyFrame));
});

Deno.test("FrameChannel.run() answers pings with their id, and keeps pongs to itself", async () => {
  const { channel, connection } = held();
  const received: number[] = [];
  const running = channel.run(({ kind }) => void received.push(kind));
  connection.give(encodeFrames([
    frame(FrameKind.ping, { id: 42 }),
    frame(FrameKind.pong, { id: 43 }),
    frame(FrameKind.ack),
  ]));
  await turn();
  assert.deepEqual(received, [FrameKind.ack]);
  assert.deepEqual(kindsAndIds(connection), [[FrameKind.pong, 42]]);
  channel.abort();
  await running;
});

Deno.test("FrameChannel.run() rejects a broken stream, and the channel can still say why", async () => {
  const { channel, connection, clock } = held();
  const running = channel.run(() => {});
  connection.give(new Uint8Array(20).fill(255));
  await assert.rejects(running, { code: "protocol" });
  channel.send(frame(FrameKind.goodbye));
  const closing = channel.close();
  await turn();
  assert.deepEqual(kindsAndIds(connection), [[FrameKind.goodbye, 0]]);
  connection.take();
  await closing;
  assert.equal(connection.closed, true);
  assert.equal(clock.timers, 0);
});

Deno.test("FrameChannel.run() rejects with what broke the connection it reads from, and closes it", async () => {
  const { channel, connection } = held();
  const broken = new BusError("unreachable", "It broke");
  connection.read = () => Promise.reject(broken);
  await assert.rejects(channel.run(() => {}), (error) => error === broken);
  assert.equal(connection.closed, true);
});

Deno.test("FrameChannel.close() and abort() end also a connection that cannot be closed", async () => {
  for (const end of ["close", "abort"] as const) {
    const { channel, connection } = held();
    const running = channel.run(() => {});
    const close = connection.close.bind(connection);
    connection.close = async () => {
      await close();
      throw new Error("it was closed already");
    };
    await channel[end]();
    await running;
    assert.equal(connection.closed, true);
  }
});

Deno.test("FrameChannel.run() rejects with what onFrame threw", async () => {
  const { channel, connection } = held();
  const thrown = new BusError("unauthorized", "Cannot say");
  let calls = 0;
  const running = channel.run(() => {
    calls++;
    throw thrown;
  });
  connection.give(encodeFrames([frame(FrameKind.ack), frame(FrameKind.ack)]));
  await assert.rejects(running, (error) => error === thrown);
  assert.equal(calls, 1);
  await channel.close();
});

Deno.test("FrameChannel.run() rejects a stream that ends inside a frame", async () => {
  const { channel, connection } = held();
  const running = channel.run(() => {});
  connection.give(encodeFrames([frame(FrameKind.ack)]).subarray(0, 10));
  connection.give(null);
  await assert.rejects(running, { code: "unreachable" });
  assert.equal(connection.closed, true);
});

Deno.test("FrameChannel.run() rejects with what a write failed with, and closes", async () => {
  const { channel, connection, clock } = held();
  const running = channel.run(() => {});
  channel.send(frame(FrameKind.ack));
  await turn();
  connection.breakWrite(new BusError("unreachable", "Cannot write"));
  await assert.rejects(running, { code: "unreachable" });
  assert.deepEqual([connection.closed, clock.timers], [true, 0]);
});

Deno.test("FrameChannel.run() rejects a frame above maxFrameBytes, which may be raised", async () => {
  const { here, there } = await pair();
  const large = frame(FrameKind.send, { payload: new Uint8Array(5_000) });
  let received = 0;
  const running = here.run(() => {
    received++;
    if (received === 2) here.maxFrameBytes = 4_096;
  });
  here.maxFrameBytes = 10_000;
  assert.equal(here.maxFrameBytes, 10_000);
  for (let sent = 0; sent < 3; sent++) there.send(large);
  await assert.rejects(running, { code: "protocol" });
  assert.equal(received, 2);
  await Promise.all([here.close(), there.close()]);
});

Deno.test("FrameChannel pings a peer that it has not written to for heartbeatMs", async () => {
  const { channel, connection, clock } = held();
  const running = channel.run(() => {});
  await clock.advance(10_000);
  channel.send(frame(FrameKind.ack));
  await turn();
  connection.take();
  connection.give(encodeFrames([frame(FrameKind.ack)]));
  await clock.advance(14_999);
  assert.equal(connection.writes.length, 1);
  await clock.advance(1);
  assert.deepEqual(kindsAndIds(connection).at(-1), [FrameKind.ping, 0]);
  channel.abort();
  await running;
  assert.equal(clock.timers, 0);
});

Deno.test("FrameChannel gives a peer up that is silent for twice heartbeatMs (O3)", async () => {
  const { channel, connection, clock } = held({ takes: true });
  const running = channel.run(() => {});
  await clock.advance(20_000);
  connection.give(encodeFrames([frame(FrameKind.pong)]));
  const outcome = assert.rejects(running, {
    code: "unreachable",
    message: /must send something within 30000 ms: it was silent for 30000 ms/,
  });
  await clock.advance(29_999);
  assert.equal(connection.closed, false);
  await clock.advance(1);
  await outcome;
  assert.deepEqual([connection.closed, clock.timers], [true, 0]);
});

Deno.test("FrameChannel keeps a peer that answers pings and says nothing else", async () => {
  const clock = new VirtualClock();
  const { here, there } = await pair(clock);
  const running = Promise.all([here.run(() => {}), there.run(() => {})]);
  await clock.advance(600_000);
  await here.close();
  await running;
  assert.equal(clock.timers, 0);
});

Deno.test("FrameChannel forgives a silence during which this process slept", async () => {
  const { channel, connection, clock } = held({ takes: true });
  const running = channel.run(() => {});
  clock.sleepThrough(600_000);
  await clock.advance(15_000);
  assert.equal(connection.closed, false);
  const outcome = assert.rejects(running, { code: "unreachable" });
  await clock.advance(15_000);
  assert.equal(connection.closed, true);
  await outcome;
});

Deno.test("FrameChannel.heartbeatMs holds at once, and must be a duration", async () => {
  const { channel, connection, clock } = held({ takes: true });
  const running = channel.run(() => {});
  const outcome = assert.rejects(running, { code: "unreachable" });
  channel.heartbeatMs = 100;
  for (const wrong of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => channel.heartbeatMs = wrong, RangeError);
  }
  assert.equal(channel.heartbeatMs, 100);
  await clock.advance(200);
  await outcome;
  assert.equal(connection.closed, true);
});

Deno.test("FrameChannel.close() sends what is buffered first, and nothing afterwards", async () => {
  const { channel, connection, clock } = held();
  channel.send(frame(FrameKind.goodbye, { id: 1 }));
  const closing = channel.close();
  channel.send(frame(FrameKind.send, { id: 2 }));
  assert.equal(channel.close(), closing);
  await turn();
  assert.equal(connection.closed, false);
  connection.take();
  await closing;
  channel.send(frame(FrameKind.send, { id: 3 }));
  await turn();
  assert.deepEqual(kindsAndIds(connection), [[FrameKind.goodbye, 1]]);
  assert.deepEqual([connection.closed, clock.timers], [true, 0]);
});

Deno.test("FrameChannel.close() waits no longer than the write timeout for a peer that does not read", async () => {
  const { channel, connection, clock } = held();
  const running = channel.run(() => {});
  channel.send(frame(FrameKind.goodbye));
  await turn();
  const closing = channel.close();
  await clock.advance(9_999);
  assert.equal(connection.closed, false);
  await clock.advance(1);
  await closing;
  await running;
  assert.deepEqual([connection.closed, clock.timers], [true, 0]);
});

Deno.test("FrameChannel.close() waits no longer than the write timeout for a peer that reads slowly", async () => {
  const { channel, connection, clock } = held();
  channel.send(
    frame(FrameKind.send, { payload: new Uint8Array(2 * 1024 * 1024) }),
  );
  const closing = channel.close();
  await clock.advance(6_000);
  connection.take();
  await clock.advance(4_000);
  assert.equal(connection.closed, true);
  await closing;
});

Deno.test("FrameChannel.close() in a frame's call ends the calls and the run", async () => {
  const { here, there } = await pair();
  let calls = 0;
  const running = here.run(() => {
    calls++;
    here.close();
  });
  there.send(frame(FrameKind.ack));
  there.send(frame(FrameKind.ack));
  await running;
  assert.equal(calls, 1);
  await there.close();
});

Deno.test("FrameChannel.abort() closes at once and drops what is buffered", async () => {
  const { channel, connection, clock } = held();
  const running = channel.run(() => {});
  channel.send(frame(FrameKind.send));
  channel.abort();
  assert.equal(connection.closed, true);
  channel.abort();
  await channel.close();
  await running;
  assert.deepEqual([connection.writes, clock.timers], [[], 0]);
  assert.equal(channel.writable, false);
});

/** A clock whose timers may be late, as after the machine slept. */
class SleepyClock extends VirtualClock {
  #sleptMs = 0;

  sleepThrough(durationMs: number): void {
    this.#sleptMs += durationMs;
  }

  override monotonic(): number {
    return super.monotonic() + this.#sleptMs;
  }
}

function held({ takes = false }: { takes?: boolean } = {}) {
  const connection = new HeldConnection();
  if (takes) connection.write = () => Promise.resolve();
  const clock = new SleepyClock();
  const channel = new FrameChannel(connection, {
    clock,
    tasks: systemTasks,
    maxFrameBytes: 4_096,
  });
  return { channel, connection, clock };
}

async function pair(clock = new VirtualClock()) {
  const transport = memoryTransport();
  await using listener = await transport.listen();
  const dialed = await transport.dial();
  const { value } = await listener[Symbol.asyncIterator]().next();
  const options = { clock, tasks: systemTasks, maxFrameBytes: 4_096 };
  return {
    here: new FrameChannel(dialed, options),
    there: new FrameChannel(value, options),
  };
}

function kindsAndIds({ writes }: HeldConnection): number[][] {
  const decoder = new FrameDecoder(4_096);
  const found: number[][] = [];
  for (const bytes of writes) {
    decoder.push(bytes, ({ kind, id }) => found.push([kind, id]));
  }
  return found;
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => systemTasks.later(resolve));
}
