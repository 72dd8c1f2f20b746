import { type Clock, sleep, systemClock } from "../core/clock.ts";
import { BusError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Connection } from "./connection.ts";
import {
  bindSocket,
  type BoundSocket,
  MAX_PATH_BYTES,
  releaseSocket,
} from "./socket_file.ts";
import type { Transport, TransportListener } from "./transport.ts";
import { UnixConnection } from "./unix_connection.ts";

export type { Clock, Connection, Transport, TransportListener };

/** Rest of a listener that cannot accept, as when file descriptors run out, in milliseconds. */
const ACCEPT_PAUSE_MS = 50;
/**
 * First and longest rest of a dial that finds no room among those who wait to be
 * accepted, in milliseconds. It doubles: where thousands dial at once, their
 * trying would keep the machine from accepting them.
 */
const FIRST_DIAL_PAUSE_MS = 20;
const LONGEST_DIAL_PAUSE_MS = 1_000;

/** Options of {@linkcode unixTransport}. */
export interface UnixTransportOptions {
  /**
   * Permission bits of the socket's file; write permission is what dialing takes.
   *
   * @default {0o600}
   */
  mode?: number;
  /** Times pauses and waits; the machine's by default. */
  clock?: Clock;
}

/**
 * A way between the processes of one machine, over a Unix socket at `path`.
 *
 * A missing directory is made for its owner alone. One that exists must let
 * nobody but its owner write into it, or be as `/tmp` is: sticky, and root's. A
 * file left by a dead process is replaced; one that a live process listens on,
 * or that is no socket, is left alone and listening fails. Closing removes the
 * file, unless another process has bound the path since.
 *
 * Needs `--allow-net=unix:PATH`, by its absolute path, and `--allow-read` of
 * it; to listen, also `--allow-read` and `--allow-write` of the directory.
 * Without them the platform's `NotCapable` is thrown, which names the flag.
 *
 * @throws {TypeError} If the path is empty or holds a zero character.
 * @throws {RangeError} If the path is longer than a socket's address, 107
 * bytes, or the mode is no set of permission bits.
 */
export function unixTransport(
  path: string,
  options: UnixTransportOptions = {},
): Transport {
  const { mode = 0o600, clock = systemClock } = options;
  checkPath(path);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o777) {
    throw new RangeError(
      `Cannot create Unix transport as mode must be permission bits from 0 to 0o777: current value is ${mode}`,
    );
  }
  return {
    name: "unix",
    listen: async () =>
      new UnixListener(await bindSocket(path, mode, clock), clock),
    dial: (dialOptions) => dialUnix(path, clock, dialOptions?.signal),
  };
}

class UnixListener implements TransportListener {
  readonly address: string;
  readonly #socket: BoundSocket;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #accepting: Promise<Deno.Conn> | undefined;
  #accepted = 0;
  #closing: Promise<void> | undefined;

  constructor(socket: BoundSocket, clock: Clock) {
    this.address = `unix:${socket.file.path}`;
    this.#socket = socket;
    this.#clock = clock;
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  [Symbol.asyncIterator](): AsyncIterator<Connection> {
    return { next: () => this.#next() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #release(): Promise<void> {
    this.#stop.abort();
    return releaseSocket(this.#socket, this.#accepting, this.#clock);
  }

  async #next(): Promise<IteratorResult<Connection>> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        this.#accepting = this.#socket.listener.accept();
        const socket = await this.#accepting;
        const remote = `${this.address}#${++this.#accepted}`;
        const connection = new UnixConnection(socket, remote);
        if (!signal.aborted) return { done: false, value: connection };
        await connection.close();
      } catch {
        // One that failed is tried again: the next peer may be luckier.
        await pause(this.#clock, signal);
      }
    }
    return { done: true, value: undefined };
  }
}

async function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await sleep(clock, ACCEPT_PAUSE_MS, { signal });
  } catch {
    // The listener closed meanwhile.
  }
}

async function dialUnix(
  path: string,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Connection> {
  signal?.throwIfAborted();
  const socket = await connectUnix(path, clock, signal);
  if (signal?.aborted) {
    socket.close();
    throw signal.reason;
  }
  return new UnixConnection(socket, `unix:${path}`);
}

/**
 * The kernel answers at once: also that so many wait to be accepted that there
 * is no room for one more. Somebody does listen then, who is worth waiting for.
 */
async function connectUnix(
  path: string,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Deno.Conn> {
  const from = clock.monotonic();
  let pauseMs = FIRST_DIAL_PAUSE_MS;
  for (;;) {
    try {
      return await Deno.connect({ transport: "unix", path });
    } catch (cause) {
      if (cause instanceof Deno.errors.NotCapable) throw cause;
      const isFull = cause instanceof Deno.errors.WouldBlock;
      const waitedMs = clock.monotonic() - from;
      if (!isFull || waitedMs >= LIMITS.welcomeTimeoutMs) {
        throw cannotDial(path, cause);
      }
    }
    await sleep(clock, pauseMs, { signal });
    pauseMs = Math.min(LONGEST_DIAL_PAUSE_MS, 2 * pauseMs);
  }
}

function cannotDial(path: string, cause: unknown): BusError {
  return new BusError(
    "unreachable",
    `Cannot dial ${path} as somebody must listen there: ${
      reasonOf(cause, path)
    }`,
    { cause },
  );
}

function reasonOf(cause: unknown, path: string): string {
  if (cause instanceof Deno.errors.NotFound) return `there is no ${path}`;
  if (cause instanceof Deno.errors.ConnectionRefused) return "nobody does";
  if (cause instanceof Deno.errors.WouldBlock) {
    return `too many wait to be accepted, for more than ${LIMITS.welcomeTimeoutMs} ms`;
  }
  return cause instanceof Error ? cause.message : "the connection failed";
}

function checkPath(path: string): void {
  if (path === "" || path.includes("\0")) {
    throw new TypeError(
      `Cannot create Unix transport as path must name a file: current value is ${
        JSON.stringify(path)
      }`,
    );
  }
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > MAX_PATH_BYTES) {
    throw new RangeError(
      `Cannot create Unix transport as path must take at most ${MAX_PATH_BYTES} bytes: it takes ${bytes}`,
    );
  }
}
