import type { Socket } from "node:net";
import type { ByteSocket } from "./unix_platform.ts";

/** A socket of Node that is read when somebody asks, and otherwise keeps its peer waiting. */
export class NodeSocket implements ByteSocket {
  readonly #socket: Socket;
  /** What was taken from the socket and did not fit into the last buffer. */
  #rest: Uint8Array | null = null;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** Takes over a socket that is connected. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("readable", () => this.#wakeReader());
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    socket.on("error", (failure) => {
      this.#failure = failure;
      this.#wakeReader();
    });
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk: Uint8Array | null = this.#rest ?? this.#socket.read();
      if (chunk !== null) return this.#copy(chunk, buffer);
      if (this.#failure) throw this.#failure;
      if (this.#ended) return null;
      const readable = Promise.withResolvers<void>();
      this.#wake = readable.resolve;
      await readable.promise;
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    // Called once the kernel has all of it, and not before: until then Node
    // reads from `bytes`.
    this.#socket.write(bytes, (failure) => {
      if (failure) reject(failure);
      else resolve(bytes.length);
    });
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #copy(chunk: Uint8Array, buffer: Uint8Array): number {
    const count = Math.min(chunk.length, buffer.length);
    buffer.set(chunk.subarray(0, count));
    this.#rest = count < chunk.length ? chunk.subarray(count) : null;
    return count;
  }

  #end(): void {
    this.#ended = true;
    this.#wakeReader();
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
