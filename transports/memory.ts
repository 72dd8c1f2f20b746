import { BusError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Pipe } from "./pipe.ts";
import type { Connection, Transport, TransportListener } from "./transport.ts";

export type { Connection, Transport, TransportListener };

/**
 * A private channel within one process: who holds the object may listen on it
 * and dial it, nobody else can. Behaves as a socket does: bytes are copied, and
 * a write waits while 64 KiB are unread.
 */
export function memoryTransport(): Transport {
  return new MemoryTransport();
}

class MemoryTransport implements Transport {
  readonly name = "memory";
  #listener: MemoryListener | undefined;
  #dialed = 0;

  listen(): Promise<TransportListener> {
    if (this.#listener) {
      return Promise.reject(
        new BusError(
          "unreachable",
          "Cannot listen on memory transport as it takes one listener: another one listens",
        ),
      );
    }
    const listener = new MemoryListener(() => this.#listener = undefined);
    this.#listener = listener;
    return Promise.resolve(listener);
  }

  // deno-lint-ignore require-await -- so that whatever throws becomes a rejection.
  async dial({ signal }: { signal?: AbortSignal } = {}): Promise<Connection> {
    signal?.throwIfAborted();
    if (!this.#listener) {
      throw new BusError(
        "unreachable",
        "Cannot dial memory transport as somebody must listen on it: nobody does",
      );
    }
    const remote = `memory:${++this.#dialed}`;
    const there = new Pipe(LIMITS.pipeBytes);
    const back = new Pipe(LIMITS.pipeBytes);
    this.#listener.offer(new MemoryConnection(remote, there, back));
    return new MemoryConnection(remote, back, there);
  }
}

class MemoryListener implements TransportListener {
  readonly address = "memory:";
  readonly #onClose: () => void;
  readonly #backlog: Connection[] = [];
  readonly #takers: ((result: IteratorResult<Connection>) => void)[] = [];
  #closed = false;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  offer(connection: Connection): void {
    const taker = this.#takers.shift();
    if (taker) return taker({ done: false, value: connection });
    if (this.#backlog.length >= LIMITS.maxBacklog) {
      throw new BusError(
        "unreachable",
        `Cannot dial memory transport as at most ${LIMITS.maxBacklog} connections may wait to be taken: so many wait`,
      );
    }
    this.#backlog.push(connection);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    for (const taker of this.#takers.splice(0)) {
      taker({ done: true, value: undefined });
    }
    for (const connection of this.#backlog.splice(0)) await connection.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Connection> {
    return { next: () => this.#next() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #next(): Promise<IteratorResult<Connection>> {
    const value = this.#backlog.shift();
    if (value) return Promise.resolve({ done: false, value });
    if (this.#closed) return Promise.resolve({ done: true, value: undefined });
    const { promise, resolve } = Promise.withResolvers<
      IteratorResult<Connection>
    >();
    this.#takers.push(resolve);
    return promise;
  }
}

class MemoryConnection implements Connection {
  readonly remote: string;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;

  constructor(remote: string, incoming: Pipe, outgoing: Pipe) {
    this.remote = remote;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#incoming.read(buffer);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#outgoing.write(bytes);
  }

  close(): Promise<void> {
    this.#incoming.closeReader();
    this.#outgoing.closeWriter();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
