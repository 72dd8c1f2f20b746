import assert from "node:assert/strict";
import { sleep, systemClock } from "../../core/clock.ts";
import { LIMITS } from "../../core/limits.ts";
import { connect } from "../../mod.ts";
import {
  encodeEnvelope,
  type Frame,
  frame,
  FrameFlag,
  FrameKind,
} from "../../transports/transport.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { unixTransport } from "../../transports/unix.ts";
import { copyFrame, encodeFrames } from "../support/frames.ts";
import { HostProcess } from "../support/programs/host_process.ts";
import { SocketDirectory } from "../support/socket_directory.ts";

/** More than a host needs for its peers, and far less than they ask it for, in bytes. */
const FAIR_BYTES = 16 * 1024 * 1024;
const MOST_BYTES = 64 * 1024 * 1024;
const HELLO = encodeFrames([
  frame(FrameKind.hello, {
    payload: json({
      protocol: "busbar",
      versions: [1],
      name: "peer",
      instance: "p1",
    }),
  }),
]);

/** Somebody at the socket who need not keep to the protocol. */
class RawPeer implements Disposable {
  readonly #socket: Deno.Conn;
  readonly #decoder = new FrameDecoder(MOST_BYTES);
  readonly #frames: Frame[] = [];
  #hasEnded = false;

  private constructor(socket: Deno.Conn) {
    this.#socket = socket;
  }

  static async dial(path: string): Promise<RawPeer> {
    return new RawPeer(await Deno.connect({ transport: "unix", path }));
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Writes all of it, or as much as the other end takes before it closes. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        at += await this.#socket.write(bytes.subarray(at));
      }
    } catch (error) {
      if (!isEnd(error)) throw error;
    }
  }

  async greet(): Promise<void> {
    await this.write(HELLO);
    assert.equal((await this.next())?.kind, FrameKind.welcome);
  }

  /** The next frame of the bus, or nothing once it has closed. */
  async next(): Promise<Frame | undefined> {
    const buffer = new Uint8Array(4_096);
    while (this.#frames.length === 0) {
      const count = await this.#read(buffer);
      if (count === null) return undefined;
      this.#decoder.push(buffer.subarray(0, count), (received) => {
        this.#frames.push(copyFrame(received));
      });
    }
    return this.#frames.shift();
  }

  /** Reads until the bus closes. @returns The code of its goodbye. */
  async goodbye(): Promise<unknown> {
    let last: Frame | undefined;
    for (let one; (one = await this.next()) !== undefined;) last = one;
    if (last?.kind !== FrameKind.goodbye) return undefined;
    return JSON.parse(new TextDecoder().decode(last.payload)).code;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      const count = await this.#socket.read(buffer);
      this.#hasEnded ||= count === null;
      return count;
    } catch (error) {
      if (!isEnd(error)) throw error;
      this.#hasEnded = true;
      return null;
    }
  }
}

const REFUSED: readonly {
  what: string;
  bytes: Uint8Array;
  greeted?: true;
  reason: RegExp;
}[] = [
  {
    what: "a request of the web",
    bytes: new TextEncoder().encode("GET / HTTP/1.1\r\nHost: bus\r\n\r\n"),
    reason: /1195725856/,
  },
  {
    what: "noise",
    bytes: Uint8Array.from({ length: 8_192 }, (_, at) => 255 - at % 251),
    reason: /length/,
  },
  {
    what: "a frame of no known kind",
    bytes: Uint8Array.fromHex("00000010ff" + "00".repeat(15)),
    reason: /kind/,
  },
  ...[2 ** 31, 2 ** 32 - 1].flatMap((length) => {
    const bytes = lengthPrefix(length);
    const reason = new RegExp(`${length}`);
    const what = `a length of ${length}`;
    return [
      { what: `${what} before the hello`, bytes, reason },
      { what: `${what} after it`, bytes, greeted: true as const, reason },
    ];
  }),
];

for (const { what, bytes, greeted, reason } of REFUSED) {
  Deno.test(`W1 a peer that writes ${what} is told so and closed, and others go on`, async () => {
    await withHost(async ({ host, path }) => {
      using peer = await RawPeer.dial(path);
      if (greeted) await peer.greet();
      await peer.write(bytes);
      assert.equal(await peer.goodbye(), "protocol");
      const line = await host.next("connection_closed");
      assert.match(line.reason ?? "", reason);
      assert.equal(line.stats.connectionErrors, 1);
      assert.ok(line.externalBytes < FAIR_BYTES, `${line.externalBytes}`);
    });
  });
}

Deno.test("a peer that says nothing is closed, and others go on", async () => {
  await withHost(async ({ host, path }) => {
    using peer = await RawPeer.dial(path);
    assert.equal(await peer.goodbye(), "unreachable");
    const { reason, stats } = await host.next("connection_closed");
    assert.match(reason ?? "", /must say hello within 100 ms/);
    assert.equal(stats.connectionErrors, 1);
  }, { handshakeTimeoutMs: 100 });
});

Deno.test("a peer whose hello trickles in is closed in time, and others go on", async () => {
  await withHost(async ({ host, path }) => {
    using peer = await RawPeer.dial(path);
    const goodbye = peer.goodbye();
    // The first 80 bytes of a hello that has 89, for as long as it takes.
    for (let at = 0; at < 80 && !peer.hasEnded; at++) {
      await peer.write(HELLO.subarray(at, at + 1));
      await sleep(systemClock, 5);
    }
    assert.equal(await goodbye, "unreachable");
    const { reason, stats } = await host.next("connection_closed");
    assert.match(reason ?? "", /must say hello within 100 ms/);
    assert.equal(stats.connectionErrors, 1);
  }, { handshakeTimeoutMs: 100 });
});

Deno.test("a peer that writes its hello byte by byte is welcome", async () => {
  await withHost(async ({ host, path }) => {
    const peer = await RawPeer.dial(path);
    for (const byte of HELLO) await peer.write(Uint8Array.of(byte));
    assert.equal((await peer.next())?.kind, FrameKind.welcome);
    const { agent } = await host.next("connection_opened", isOf("peer"));
    assert.equal(agent, "peer");
    peer[Symbol.dispose]();
    const { reason, stats } = await host.next("connection_closed");
    assert.equal(reason, undefined);
    assert.equal(stats.connectionErrors, 0);
  });
});

for (const greeted of [false, true]) {
  const when = greeted ? "after" : "before";
  Deno.test(`a peer that leaves within a frame ${when} the hello is counted, and others go on`, async () => {
    await withHost(async ({ host, path }) => {
      const peer = await RawPeer.dial(path);
      if (greeted) await peer.greet();
      await peer.write(HELLO.subarray(0, HELLO.length >> 1));
      peer[Symbol.dispose]();
      const { reason, stats } = await host.next("connection_closed");
      assert.match(reason ?? "", /it ended inside one$/);
      assert.equal(stats.connectionErrors, 1);
    });
  });
}

Deno.test("a peer that sends one message more than its window is closed, and others go on", async () => {
  await withHost(async ({ host, path }) => {
    using peer = await RawPeer.dial(path);
    await peer.greet();
    // The keeper takes one in hand, and one waits for it: those two are decided.
    const fair = LIMITS.sendWindow + 2;
    const ping = frame(FrameKind.ping, { id: 7 });
    await peer.write(encodeFrames([...keptSends(1, fair), ping]));
    const answers = new Map<number | undefined, number>();
    for (let n = 0; n < 3; n++) {
      const kind = (await peer.next())?.kind;
      answers.set(kind, (answers.get(kind) ?? 0) + 1);
    }
    assert.equal(answers.get(FrameKind.accepted), 2);
    assert.equal(answers.get(FrameKind.pong), 1);
    await peer.write(encodeFrames(keptSends(fair + 1, 1)));
    assert.equal(await peer.goodbye(), "protocol");
    const { reason, stats } = await host.next("connection_closed");
    assert.match(reason ?? "", /at most 1024 may be unconfirmed/);
    assert.equal(stats.connectionErrors, 1);
  });
});

Deno.test("a crowd of bad peers leaves nobody else waiting, and every one is counted", async () => {
  await withHost(async ({ host, path }) => {
    const each = 20;
    const crowd: Promise<unknown>[] = [];
    for (let n = 0; n < each; n++) {
      for (const { bytes } of REFUSED) crowd.push(misbehave(path, bytes));
      crowd.push(misbehave(path, new Uint8Array()));
    }
    const count = crowd.length;
    const told = await Promise.all(crowd);
    assert.deepEqual(new Set(told), new Set(["protocol", "unreachable"]));
    const { externalBytes } = await host.next(
      "connection_closed",
      ({ stats }) => stats.connectionErrors === count,
    );
    assert.ok(externalBytes < FAIR_BYTES, `${externalBytes}`);
  }, { handshakeTimeoutMs: 300 });
});

/** Runs a test at a host, with an agent that works before, meanwhile and after. */
async function withHost(
  use: (at: { host: HostProcess; path: string }) => Promise<void>,
  options: { handshakeTimeoutMs?: number } = {},
): Promise<void> {
  await using directory = await SocketDirectory.create();
  const path = directory.file("bus.sock");
  await using host = await HostProcess.start(path, options);
  const transport = unixTransport(path);
  // One that had to come back would have been disturbed.
  await using good = await connect(transport, {
    name: "good",
    reconnect: false,
  });
  let isOver = false;
  const working = (async () => {
    for (let n = 0; !isOver || n < 10; n++) {
      const reply = await good.request("echo", n, { timeoutMs: 5_000 });
      assert.equal(reply.payload, n);
      await sleep(systemClock, 1);
    }
  })();
  // Told with the test's own failure, should there be one.
  working.catch(() => {});
  try {
    await use({ host, path });
  } finally {
    isOver = true;
    await working;
  }
}

/** Dials, writes what should not be written, and reads until the bus closes. */
async function misbehave(path: string, bytes: Uint8Array): Promise<unknown> {
  using peer = await RawPeer.dial(path);
  await peer.write(bytes);
  return await peer.goodbye();
}

/** Sends to a topic whose one subscriber never gets on. */
function keptSends(first: number, count: number): Frame[] {
  return Array.from({ length: count }, (_, at) =>
    frame(FrameKind.send, {
      id: first + at,
      priority: 50,
      flags: FrameFlag.requiresAck,
      head: encodeEnvelope({ type: "publish", topic: "kept" }),
      payload: json(at),
    }));
}

function lengthPrefix(length: number): Uint8Array {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes[4] = FrameKind.hello;
  return bytes;
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function isOf(name: string): (line: { agent?: string }) => boolean {
  return ({ agent }) => agent === name;
}

function isEnd(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe;
}
