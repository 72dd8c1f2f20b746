import { BusError } from "../../core/errors.ts";
import { memoryTransport } from "../../transports/memory.ts";
import type {
  Connection,
  Transport,
  TransportListener,
} from "../../transports/transport.ts";

/** A memory transport whose connections a test can cut, silence or hold off. */
export class CuttableTransport implements Transport {
  readonly name = "cuttable";
  /** Whether dialling fails. */
  isDown = false;
  /** Whether dialling goes on until it is given up. */
  isStuck = false;
  /** Whether what the other end says is lost. */
  isMute = false;
  /** Calls of `dial` that are stuck. */
  dialing = 0;
  readonly #inner = memoryTransport();
  readonly #open = new Set<Connection>();
  readonly #muted = new Set<() => void>();

  /** Listens, as a memory transport does. */
  listen(): Promise<TransportListener> {
    return this.#inner.listen();
  }

  /** Dials, unless the way is down or stuck. */
  async dial({ signal }: { signal?: AbortSignal } = {}): Promise<Connection> {
    if (this.isDown) throw new BusError("unreachable", "The way is down");
    if (this.isStuck) await this.#hold(signal);
    const connection = await this.#inner.dial({ signal });
    this.#open.add(connection);
    return this.#mutable(connection);
  }

  /** Ends every connection, as a lost network does. */
  async cut(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((connection) => connection.close()));
    for (const end of this.#muted) end();
    this.#muted.clear();
  }

  #mutable(inner: Connection): Connection {
    const close = () => {
      this.#open.delete(inner);
      return inner.close();
    };
    return {
      remote: inner.remote,
      read: async (buffer) => {
        const count = await inner.read(buffer);
        return this.isMute && count !== null ? await this.#silence() : count;
      },
      write: (bytes) => inner.write(bytes),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  #silence(): Promise<null> {
    return new Promise((resolve) => this.#muted.add(() => resolve(null)));
  }

  async #hold(signal: AbortSignal | undefined): Promise<void> {
    const { promise, reject } = Promise.withResolvers<void>();
    this.dialing++;
    signal?.addEventListener("abort", () => reject(signal.reason));
    try {
      await promise;
    } finally {
      this.dialing--;
    }
  }
}
