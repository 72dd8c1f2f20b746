import { BusError } from "../core/errors.ts";
import type { Connection } from "./connection.ts";
import type { ByteSocket } from "./unix_platform.ts";

/** One end of a Unix socket. */
export class UnixConnection implements Connection {
  readonly remote: string;
  readonly #socket: ByteSocket;
  #closed = false;

  /** Takes the socket over: closing this closes it. */
  constructor(socket: ByteSocket, remote: string) {
    this.#socket = socket;
    this.remote = remote;
  }

  /** Reads what is there, and waits for something otherwise. */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#closed) return Promise.resolve(null);
    // Not an async function: each one that waits costs half a kilobyte, and this
    // one waits as long as the connection is there.
    return this.#socket.read(buffer).catch(this.#readFailed);
  }

  /** Writes all of `bytes` into the kernel's buffer, waiting for room. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) throw this.#closedError();
    try {
      let at = await this.#socket.write(bytes);
      // The socket takes what it has room for, which is seldom less than all.
      while (at < bytes.length) {
        at += await this.#socket.write(bytes.subarray(at));
      }
    } catch (cause) {
      if (this.#closed) throw this.#closedError();
      throw new BusError(
        "unreachable",
        `Cannot write to ${this.remote} as the connection must hold: it broke`,
        { cause },
      );
    }
  }

  /** Ends both directions. Safe to call twice. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#socket.close();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #readFailed = (cause: unknown): null => {
    if (this.#closed) return null;
    throw new BusError(
      "unreachable",
      `Cannot read from ${this.remote} as the connection must hold: it broke`,
      { cause },
    );
  };

  #closedError(): BusError {
    return new BusError(
      "closed",
      `Cannot write to ${this.remote} as the connection must be open: this side closed it`,
    );
  }
}
