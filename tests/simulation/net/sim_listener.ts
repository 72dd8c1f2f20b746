import { BusError } from "../../../core/errors.ts";
import { LIMITS } from "../../../core/limits.ts";
import type {
  Connection,
  TransportListener,
} from "../../../transports/transport.ts";
import { never, type SimProcess } from "./sim_process.ts";

/** Where the connections to one address of a simulated network arrive. */
export class SimListener implements TransportListener {
  readonly address: string;
  readonly process: SimProcess;
  readonly #onClose: () => void;
  readonly #backlog: Connection[] = [];
  readonly #takers: ((result: IteratorResult<Connection>) => void)[] = [];
  #closed = false;

  /** A listener that nobody has dialed. */
  constructor(address: string, process: SimProcess, onClose: () => void) {
    this.address = address;
    this.process = process;
    this.#onClose = onClose;
  }

  /** Fails if there is no room for another connection. */
  checkRoom(): void {
    if (this.#takers.length > 0 || this.#backlog.length < LIMITS.maxBacklog) {
      return;
    }
    throw new BusError(
      "unreachable",
      `Cannot dial ${this.address} as at most ${LIMITS.maxBacklog} connections may wait to be taken: so many wait`,
    );
  }

  /** Hands a connection to whoever waits for one, or keeps it for the next. */
  offer(connection: Connection): void {
    const taker = this.#takers.shift();
    if (taker) taker({ done: false, value: connection });
    else this.#backlog.push(connection);
  }

  /** Takes no more connections, and closes those that nobody took. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.process.alive) return await never();
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
    if (!this.process.alive) return never();
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
