import type { BenchMessage } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";
import { withRequests } from "../correlation.ts";
import { FramedSocket, valueOf } from "./framed_socket.ts";

/**
 * Programs that talk to each other directly: each address is a socket file in
 * the folder, and several may listen for the same one, numbered.
 */
export function join({ server }: JoinOptions): Promise<Client> {
  return Promise.resolve(withRequests(new BareSocket(server)));
}

class BareSocket implements Client {
  readonly #folder: string;
  readonly #open: { close(): void }[] = [];
  readonly #peers = new Map<string, FramedSocket[]>();
  readonly #early = new Map<string, BenchMessage[]>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  receive(
    address: string,
    take: (message: BenchMessage) => void,
  ): Promise<void> {
    const listener = this.#listen(address);
    this.#open.push(listener);
    void (async () => {
      for await (const socket of listener) {
        void new FramedSocket(socket)
          .read((chunk, from, to) => take(valueOf(chunk, from, to)));
      }
    })();
    return Promise.resolve();
  }

  send(address: string, message: BenchMessage): void {
    const peers = this.#peers.get(address);
    if (!peers) return this.#dialFirst(address, message);
    FramedSocket.sendAll(peers, address, message);
  }

  async flush(): Promise<void> {
    for (const peers of this.#peers.values()) {
      for (const peer of peers) await peer.flush();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#open) one.close();
    return Promise.resolve();
  }

  #listen(address: string): Deno.UnixListener {
    for (let number = 0;; number++) {
      const path = `${this.#folder}/${address}-${number}`;
      try {
        return Deno.listen({ transport: "unix", path });
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      }
    }
  }

  /** The first message to an address waits until its listeners are dialed. */
  #dialFirst(address: string, message: BenchMessage): void {
    const early = this.#early.get(address);
    if (early) return void early.push(message);
    const waiting = [message];
    this.#early.set(address, waiting);
    void this.#dial(address).then((peers) => {
      this.#peers.set(address, peers);
      this.#early.delete(address);
      for (const one of waiting) this.send(address, one);
    });
  }

  async #dial(address: string): Promise<FramedSocket[]> {
    const first = await FramedSocket.dial(`${this.#folder}/${address}-0`);
    const peers = [first];
    for (const { name } of Deno.readDirSync(this.#folder)) {
      if (!name.startsWith(`${address}-`) || name.endsWith("-0")) continue;
      peers.push(await FramedSocket.dial(`${this.#folder}/${name}`));
    }
    return peers;
  }
}
