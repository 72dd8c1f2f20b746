// Peers that do what no agent would: `raw_peers.ts PATH`.
import {
  encodePayload,
  frame,
  FrameKind,
} from "../../../transports/transport.ts";
import { HEADER_BYTES, writeFrame } from "../../../transports/wire/frame.ts";
import { pause } from "../pause.ts";
import { programArgs, serveCommands } from "./commands.ts";

/** How a crowd fares. */
export interface CrowdFigures {
  /** Connections that are open now. */
  readonly open: number;
  /** Connections that the bus has closed. */
  readonly closed: number;
  /** Dials that found no room. */
  readonly refused: number;
  /** The longest that one was left open by the bus, in milliseconds. */
  readonly longestMs: number;
}

/** What the peers of a crowd do once they are connected. */
export type Habit =
  /** Nothing at all. */
  | "silent"
  /** A hello, of which a byte leaves each second. */
  | "trickle"
  /** A hello, and then nothing; what comes is read. */
  | "greet"
  /** A hello, and then nothing; what comes is not read. */
  | "deaf"
  /** A hello, and then pings, a byte in each write. */
  | "drip"
  /** A hello, and then as many pings as there is room for. */
  | "pings"
  /** A hello, and then as many acks of nothing as there is room for. */
  | "acks";

const TRICKLE_MS = 1_000;
/** What those who flood the bus repeat, and how much of it they write at a time, in bytes. */
const FLOODS: Partial<Record<Habit, { each: number; frames: Uint8Array }>> = {
  drip: { each: 1, frames: repeated(FrameKind.ping, 1) },
  pings: { each: 64 * 1024, frames: repeated(FrameKind.ping, 3_000) },
  acks: { each: 64 * 1024, frames: repeated(FrameKind.ack, 3_000) },
};
const [path] = programArgs();
const crowds: Crowd[] = [];

/** So many peers at any time: one that is closed dials again. */
class Crowd {
  readonly #habit: Habit;
  readonly #open = new Set<Deno.Conn>();
  #closed = 0;
  #refused = 0;
  #longestMs = 0;
  #isOver = false;

  /** They come one after the other, the last one after so many milliseconds. */
  constructor(size: number, habit: Habit, overMs: number) {
    this.#habit = habit;
    for (let n = 0; n < size; n++) {
      void pause(overMs * n / size).then(() => this.#member(n));
    }
  }

  figures(): CrowdFigures {
    const [closed, refused] = [this.#closed, this.#refused];
    const longestMs = this.#longestMs;
    return { open: this.#open.size, closed, refused, longestMs };
  }

  end(): void {
    this.#isOver = true;
    for (const one of this.#open) one.close();
    this.#open.clear();
  }

  async #member(n: number): Promise<void> {
    for (; !this.#isOver; await pause(20 + Math.random() * 80)) {
      let socket: Deno.Conn;
      try {
        socket = await Deno.connect({
          transport: "unix",
          path: path as string,
        });
      } catch {
        this.#refused++;
        continue;
      }
      if (this.#isOver) return socket.close();
      await this.#behave(socket, n);
    }
  }

  async #behave(socket: Deno.Conn, n: number): Promise<void> {
    const from = performance.now();
    this.#open.add(socket);
    try {
      await Promise.all([this.#say(socket, n), this.#listen(socket)]);
    } catch {
      // The bus has closed it while something was written or read.
    }
    if (!this.#open.delete(socket)) return;
    this.#longestMs = Math.max(this.#longestMs, performance.now() - from);
    this.#closed++;
    socket.close();
  }

  async #say(socket: Deno.Conn, n: number): Promise<void> {
    if (this.#habit === "silent") return;
    const hello = helloOf(`${this.#habit}-${Deno.pid}-${n}`);
    if (this.#habit === "trickle") return await this.#trickle(socket, hello);
    await writeAll(socket, hello);
    const flood = FLOODS[this.#habit];
    if (!flood) return;
    const { each, frames } = flood;
    while (!this.#isOver) {
      for (let at = 0; at < frames.length && !this.#isOver; at += each) {
        await writeAll(socket, frames.subarray(at, at + each));
      }
    }
  }

  async #trickle(socket: Deno.Conn, hello: Uint8Array): Promise<void> {
    for (const byte of hello) {
      await writeAll(socket, Uint8Array.of(byte));
      await pause(TRICKLE_MS);
    }
  }

  /** Reads until the bus closes. */
  async #listen(socket: Deno.Conn): Promise<void> {
    if (this.#habit === "deaf") return await new Promise(() => {});
    const buffer = new Uint8Array(16 * 1024);
    while (await socket.read(buffer) !== null);
    // What is still to be written has nobody to read it.
    throw new Deno.errors.BrokenPipe();
  }
}

await serveCommands({
  crowd: (size: number, habit: Habit, overMs = 0) =>
    void crowds.push(new Crowd(size, habit, overMs)),
  figures: (): CrowdFigures => {
    const all = crowds.map((one) => one.figures());
    const sum = (of: (one: CrowdFigures) => number) =>
      all.reduce((total, one) => total + of(one), 0);
    return {
      open: sum(({ open }) => open),
      closed: sum(({ closed }) => closed),
      refused: sum(({ refused }) => refused),
      longestMs: Math.max(0, ...all.map(({ longestMs }) => longestMs)),
    };
  },
  disperse: () => {
    for (const one of crowds.splice(0)) one.end();
  },
});

function repeated(kind: FrameKind, times: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES * times);
  for (let n = 0; n < times; n++) {
    writeFrame(frame(kind, { id: n + 1 }), bytes, n * HEADER_BYTES);
  }
  return bytes;
}

function helloOf(name: string): Uint8Array {
  const { bytes: payload } = encodePayload({
    protocol: "busbar",
    versions: [1],
    name,
    instance: name,
  });
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  writeFrame(frame(FrameKind.hello, { payload }), bytes, 0);
  return bytes;
}

async function writeAll(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await socket.write(bytes.subarray(at));
  }
}
