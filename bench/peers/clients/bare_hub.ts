import type { BenchMessage } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";
import { withRequests } from "../correlation.ts";
import { FramedSocket, valueOf } from "./framed_socket.ts";

/** Programs that talk through `programs/hub.ts`. */
export async function join({ server }: JoinOptions): Promise<Client> {
  return withRequests(new HubClient(await FramedSocket.dial(server)));
}

class HubClient implements Client {
  readonly #socket: FramedSocket;
  readonly #takers = new Map<number, (message: BenchMessage) => void>();
  readonly #ready: (() => void)[] = [];

  constructor(socket: FramedSocket) {
    this.#socket = socket;
    void socket.read((chunk, from, to) => {
      // The hub answers a registration with an empty frame.
      if (chunk[from + 4] === 0) return this.#ready.shift()?.();
      this.#takerOf(chunk, from)?.(valueOf(chunk, from, to));
    });
  }

  async receive(
    address: string,
    take: (message: BenchMessage) => void,
  ): Promise<void> {
    this.#takers.set(address.length, take);
    const registered = new Promise<void>((resolve) =>
      this.#ready.push(resolve)
    );
    this.#socket.send("", address);
    await registered;
  }

  send(address: string, message: BenchMessage): void {
    this.#socket.send(address, message);
  }

  flush(): Promise<void> {
    return this.#socket.flush();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    return Promise.resolve();
  }

  /** The addresses of a program differ in their lengths: looking at more would only cost. */
  #takerOf(
    chunk: Uint8Array,
    from: number,
  ): ((message: BenchMessage) => void) | undefined {
    return this.#takers.get(chunk[from + 4] ?? 0);
  }
}
