import { type Clock, sleep } from "../core/clock.ts";
import type { Connection } from "./connection.ts";
import type { SocketFiles } from "./socket_file.ts";
import type { TransportListener } from "./transport.ts";
import { UnixConnection } from "./unix_connection.ts";
import type { BoundSocket, ByteSocket } from "./unix_platform.ts";

/** Rest of a listener that cannot accept, as when file descriptors run out, in milliseconds. */
const ACCEPT_PAUSE_MS = 50;

/** Where peers arrive over a Unix socket. */
export class UnixListener implements TransportListener {
  /** Where it listens. */
  readonly address: string;
  readonly #socket: BoundSocket;
  readonly #files: SocketFiles;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #accepting: Promise<ByteSocket> | undefined;
  #accepted = 0;
  #closing: Promise<void> | undefined;

  /** Takes over a socket that these files have bound. */
  constructor(socket: BoundSocket, files: SocketFiles, clock: Clock) {
    this.address = `unix:${socket.file.path}`;
    this.#socket = socket;
    this.#files = files;
    this.#clock = clock;
  }

  /** Takes no more connections, and removes the file. Safe to call twice. */
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
    return this.#files.release(this.#socket, this.#accepting);
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
