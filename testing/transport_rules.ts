import assert from "node:assert/strict";
import { systemClock } from "../core/clock.ts";
import type { BusErrorCode } from "../core/errors.ts";
import { systemTasks } from "../core/tasks.ts";
import {
  type Connection,
  type Frame,
  frame,
  FrameChannel,
  FrameKind,
  type Transport,
  type TransportListener,
} from "../transports/transport.ts";

/** Two ends of one connection. */
export interface Ends {
  /** The end of who dialed. */
  readonly dialed: Connection;
  /** The end of who listens. */
  readonly accepted: Connection;
}

/** A transport that is listened on, as a rule finds it. Everything is closed after the rule. */
export interface OpenTransport {
  /** The transport. */
  readonly transport: Transport;
  /** Its listener, which nobody else iterates. */
  readonly listener: TransportListener;
  /** Dials, and takes what arrives. */
  connect(): Promise<Ends>;
}

/** Most bytes that may lie between a writer and a reader that does not read. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** More than any socket takes at once. */
const LARGE_BYTES = MAX_BUFFERED_BYTES + 1024 * 1024;
const MANY = 32;

/** What every transport promises, by letters, number and words. */
export const TRANSPORT_RULES: Readonly<
  Record<string, (open: OpenTransport) => Promise<void>>
> = {
  "TR01 bytes arrive in order at the listening side": async (open) => {
    const { dialed, accepted } = await open.connect();
    await sendCounted(dialed, accepted);
  },

  "TR02 bytes arrive in order at the dialing side": async (open) => {
    const { dialed, accepted } = await open.connect();
    await sendCounted(accepted, dialed);
  },

  "TR03 large writes cross in both directions at once": async (open) => {
    const { dialed, accepted } = await open.connect();
    const up = pattern(LARGE_BYTES, 3);
    const down = pattern(LARGE_BYTES, 5);
    const [, , atAccepted, atDialed] = await Promise.all([
      dialed.write(up),
      accepted.write(down),
      readExactly(accepted, up.length),
      readExactly(dialed, down.length),
    ]);
    assert.ok(equalBytes(atAccepted, up), "the bytes sent up arrive");
    assert.ok(equalBytes(atDialed, down), "the bytes sent down arrive");
  },

  "TR04 write() waits for a reader that does not read": async (open) => {
    const { dialed, accepted } = await open.connect();
    const writing = watch(dialed.write(new Uint8Array(LARGE_BYTES)));
    await turns();
    assert.equal(writing.settled, false, "5 MiB are not taken unread");
    await readExactly(accepted, LARGE_BYTES);
    await writing.promise;
  },

  "TR05 write() keeps its own copy of the bytes": async (open) => {
    const { dialed, accepted } = await open.connect();
    const bytes = Uint8Array.of(1, 2, 3);
    await dialed.write(bytes);
    bytes.fill(0);
    assert.deepEqual([...await readExactly(accepted, 3)], [1, 2, 3]);
  },

  "TR06 read() leaves to the next read what does not fit": async (open) => {
    const { dialed, accepted } = await open.connect();
    await dialed.write(pattern(10, 1));
    const first = new Uint8Array(4);
    assert.equal(await accepted.read(first), 4);
    const rest = await readExactly(accepted, 6);
    assert.deepEqual([...first, ...rest], [...pattern(10, 1)]);
  },

  "TR07 read() waits for the first byte": async (open) => {
    const { dialed, accepted } = await open.connect();
    const reading = watch(accepted.read(new Uint8Array(8)));
    await turns();
    assert.equal(reading.settled, false);
    await dialed.write(Uint8Array.of(7));
    assert.equal(await reading.promise, 1);
  },

  "TR08 close() lets the peer read what was written, then null": async (
    open,
  ) => {
    const { dialed, accepted } = await open.connect();
    await dialed.write(pattern(1_000, 1));
    await dialed.close();
    const bytes = await readExactly(accepted, 1_000);
    assert.deepEqual(bytes, pattern(1_000, 1));
    assert.equal(await accepted.read(new Uint8Array(8)), null);
    assert.equal(await accepted.read(new Uint8Array(8)), null);
  },

  "TR09 close() ends a pending read of this side with null": async (open) => {
    const { dialed } = await open.connect();
    const reading = dialed.read(new Uint8Array(8));
    await dialed.close();
    assert.equal(await reading, null);
    assert.equal(await dialed.read(new Uint8Array(8)), null);
  },

  'TR10 close() ends a pending write of this side with "closed"': async (
    open,
  ) => {
    const { dialed } = await open.connect();
    const writing = codeOf(dialed.write(new Uint8Array(LARGE_BYTES)));
    await turns();
    await dialed.close();
    assert.equal(await writing, "closed");
  },

  'TR11 close() ends a pending write of the peer with "unreachable"': async (
    open,
  ) => {
    const { dialed, accepted } = await open.connect();
    const writing = codeOf(dialed.write(new Uint8Array(LARGE_BYTES)));
    await turns();
    await accepted.close();
    assert.equal(await writing, "unreachable");
  },

  "TR12 close() is safe to call twice, at once and later": async (open) => {
    const { dialed } = await open.connect();
    await Promise.all([dialed.close(), dialed.close()]);
    await dialed.close();
  },

  'TR13 write() after close() fails with "closed"': async (open) => {
    const { dialed } = await open.connect();
    await dialed.close();
    assert.equal(await codeOf(dialed.write(Uint8Array.of(1))), "closed");
  },

  'TR14 write() to a peer that closed fails with "unreachable"': async (
    open,
  ) => {
    const { dialed, accepted } = await open.connect();
    await accepted.close();
    // What stands between the two may take a little before it knows.
    const writing = async () => {
      for (let written = 0; written < LARGE_BYTES; written += 65_536) {
        await dialed.write(new Uint8Array(65_536));
      }
    };
    assert.equal(await codeOf(writing()), "unreachable");
  },

  "TR15 disposing of a connection closes it": async (open) => {
    const { dialed, accepted } = await open.connect();
    await dialed[Symbol.asyncDispose]();
    assert.equal(await accepted.read(new Uint8Array(8)), null);
    assert.equal(await codeOf(dialed.write(Uint8Array.of(1))), "closed");
  },

  'TR16 dial() fails with "unreachable" when nobody listens': async (open) => {
    await open.listener.close();
    assert.equal(await codeOf(open.transport.dial()), "unreachable");
  },

  "TR17 dial() throws the reason of an aborted signal": async (open) => {
    const reason = new Error("changed my mind");
    const dialing = open.transport.dial({ signal: AbortSignal.abort(reason) });
    await assert.rejects(dialing, (error) => error === reason);
  },

  'TR18 listen() fails with "unreachable" while somebody listens': async (
    open,
  ) => {
    assert.equal(await codeOf(open.transport.listen()), "unreachable");
    await using dialed = await open.transport.dial();
    await dialed.write(Uint8Array.of(1));
    // Who tries to listen may look whether anybody lives there, by a
    // connection that ends at once.
    for await (const arrival of open.listener) {
      await using accepted = arrival;
      if (await accepted.read(new Uint8Array(1)) === 1) break;
    }
  },

  "TR19 closing a listener ends its iteration": async ({ listener }) => {
    const arrivals = listener[Symbol.asyncIterator]();
    const pending = arrivals.next();
    await turns();
    await listener.close();
    assert.equal((await pending).done, true);
    assert.equal((await arrivals.next()).done, true);
    for await (const _ of listener) assert.fail("nobody arrives any more");
  },

  "TR20 closing a listener keeps the connections that were taken": async (
    open,
  ) => {
    const { dialed, accepted } = await open.connect();
    await open.listener.close();
    await sendCounted(dialed, accepted);
    await sendCounted(accepted, dialed);
  },

  "TR21 closing a listener is safe to call twice, at once and later": async (
    { listener },
  ) => {
    await Promise.all([listener.close(), listener.close()]);
    await listener.close();
  },

  "TR22 disposing of a listener closes it": async (open) => {
    await open.listener[Symbol.asyncDispose]();
    assert.equal(await codeOf(open.transport.dial()), "unreachable");
  },

  "TR23 listening again works after close()": async (open) => {
    await open.listener.close();
    await using listener = await open.transport.listen();
    await using dialed = await open.transport.dial();
    const { value } = await listener[Symbol.asyncIterator]().next();
    await using accepted: Connection = value;
    await sendCounted(dialed, accepted);
  },

  "TR24 connections dialed before anybody takes them arrive": async (open) => {
    await using first = await open.transport.dial();
    await first.write(Uint8Array.of(1));
    const { dialed, accepted } = await open.connect();
    assert.deepEqual([...await readExactly(accepted, 1)], [1]);
    assert.notEqual(dialed, first);
    const { value } = await open.listener[Symbol.asyncIterator]().next();
    await using second: Connection = value;
    await sendCounted(dialed, second);
  },

  "TR25 connections do not mix": async (open) => {
    const all: Ends[] = [];
    for (let index = 0; index < MANY; index++) all.push(await open.connect());
    await Promise.all(all.map(async ({ dialed, accepted }, index) => {
      await dialed.write(pattern(1_000, index));
      const bytes = await readExactly(accepted, 1_000);
      assert.deepEqual(bytes, pattern(1_000, index));
    }));
  },

  "TR26 a connection that nobody reads holds up no other": async (open) => {
    const stuck = await open.connect();
    const writing = codeOf(stuck.dialed.write(new Uint8Array(LARGE_BYTES)));
    const { dialed, accepted } = await open.connect();
    await sendCounted(dialed, accepted);
    await stuck.dialed.close();
    assert.equal(await writing, "closed");
  },

  "TR27 names tell a person what is what": async ({
    transport,
    listener,
    connect,
  }) => {
    const { dialed, accepted } = await connect();
    for (
      const text of [
        transport.name,
        listener.address,
        dialed.remote,
        accepted.remote,
      ]
    ) {
      assert.match(text, /\S/);
    }
  },

  "TR28 frames cross through two channels, in order, both ways": async (
    open,
  ) => {
    const { dialed, accepted } = await open.connect();
    const there = exchange(dialed, 1);
    const here = exchange(accepted, 2);
    const expected = Array.from({ length: MANY }, (_, index) => index);
    assert.deepEqual(await there, expected.map((id) => [id, 2]));
    assert.deepEqual(await here, expected.map((id) => [id, 1]));
  },
};

async function sendCounted(from: Connection, to: Connection): Promise<void> {
  for (let size = 1; size <= 1_000; size = size * 3 + 1) {
    const bytes = pattern(size, size);
    const [received] = await Promise.all([
      readExactly(to, size),
      from.write(bytes),
    ]);
    assert.deepEqual(received, bytes);
  }
}

async function readExactly(
  connection: Connection,
  count: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let at = 0;
  while (at < count) {
    const read = await connection.read(bytes.subarray(at));
    assert.ok(read !== null, `the stream ended after ${at} of ${count} bytes`);
    assert.ok(read > 0, "a read gives at least one byte");
    at += read;
  }
  return bytes;
}

/** Sends many frames and resolves to what came from the other side, as pairs of id and author. */
async function exchange(
  connection: Connection,
  author: number,
): Promise<number[][]> {
  const received: number[][] = [];
  const channel = new FrameChannel(connection, {
    clock: systemClock,
    tasks: systemTasks,
    maxFrameBytes: 4_096,
  });
  const complete = Promise.withResolvers<void>();
  const running = channel.run(({ id, payload }: Frame) => {
    received.push([id, payload[0] ?? 0]);
    if (id === MANY - 1) complete.resolve();
  });
  for (let id = 0; id < MANY; id++) {
    const payload = new Uint8Array(100 * id + 1).fill(author);
    channel.send(frame(FrameKind.send, { id, payload }));
  }
  await Promise.race([complete.promise, running]);
  await channel.close();
  await running;
  return received;
}

/** The code of the error that `promise` fails with. */
async function codeOf(promise: Promise<unknown>): Promise<BusErrorCode> {
  try {
    await promise;
  } catch (error) {
    return codeIn(error);
  }
  assert.fail("it did not fail");
}

function codeIn(error: unknown): BusErrorCode {
  assert.ok(error instanceof Error && "code" in error, String(error));
  return error.code as BusErrorCode;
}

/** Lets everything happen that can happen without anybody else's doing. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await new Promise<void>((resolve) => systemTasks.later(resolve));
  }
}

function watch<T>(promise: Promise<T>): {
  promise: Promise<T>;
  settled: boolean;
} {
  const watched = { promise, settled: false };
  const note = () => void (watched.settled = true);
  promise.then(note, note);
  return watched;
}

function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = at * 7 + (at >> 8) + seed;
  return bytes;
}

/** Byte by byte without the report of differences, which takes minutes on megabytes. */
function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length &&
    left.every((byte, at) => byte === right[at]);
}
