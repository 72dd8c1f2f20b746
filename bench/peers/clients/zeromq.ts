// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import { Publisher, Pull, Push, Subscriber } from "npm:zeromq@6.8.0";
import { type BenchMessage, SENDER, TOPIC } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";
import { withRequests } from "../correlation.ts";

/** Messages that go as the parts of one. */
const PARTS = 32;

/**
 * Programs that talk directly, over a socket file for each receiver in the
 * folder, and one for what the sender publishes.
 */
export async function join({ server, name }: JoinOptions): Promise<Client> {
  const program = new ZeroMq(server);
  if (name === SENDER) await program.openPublisher();
  return withRequests(program);
}

class ZeroMq implements Client {
  readonly #folder: string;
  readonly #outlets = new Map<string, Outlet>();
  readonly #open: { close(): void }[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whoever publishes listens, and its subscribers dial. */
  async openPublisher(): Promise<void> {
    // No bound on what a subscriber may be behind: what is beyond would be dropped.
    const socket = new Publisher({ sendHighWaterMark: 0 });
    this.#open.push(socket);
    await socket.bind(this.#pathOf(TOPIC));
    this.#outlets.set(TOPIC, new Outlet(socket));
  }

  async receive(
    address: string,
    take: (message: BenchMessage) => void,
  ): Promise<void> {
    const socket = address === TOPIC
      ? new Subscriber({ receiveHighWaterMark: 0 })
      : new Pull();
    this.#open.push(socket);
    if (socket instanceof Pull) {
      await socket.bind(this.#pathOf(address));
    } else {
      socket.subscribe("");
      socket.connect(this.#pathOf(address));
    }
    void readAll(socket, take);
  }

  send(address: string, message: BenchMessage): void {
    this.#outletTo(address).send(JSON.stringify(message));
  }

  async flush(): Promise<void> {
    for (const outlet of this.#outlets.values()) await outlet.idle;
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#open) one.close();
    return Promise.resolve();
  }

  #outletTo(address: string): Outlet {
    const known = this.#outlets.get(address);
    if (known) return known;
    const socket = new Push();
    this.#open.push(socket);
    socket.connect(this.#pathOf(address));
    const outlet = new Outlet(socket);
    this.#outlets.set(address, outlet);
    return outlet;
  }

  #pathOf(address: string): string {
    return `ipc://${this.#folder}/${address}`;
  }
}

async function readAll(
  socket: Pull | Subscriber,
  take: (message: BenchMessage) => void,
): Promise<void> {
  for await (const parts of socket) {
    for (const part of parts) {
      take(JSON.parse(part.toString()) as BenchMessage);
    }
  }
}

/** Sends in turn what may not be sent at the same time, several together. */
class Outlet {
  readonly #socket: Push | Publisher;
  #waiting: string[] = [];
  #sending: Promise<void> | undefined;

  constructor(socket: Push | Publisher) {
    this.#socket = socket;
  }

  /** Resolves once everything is sent. */
  get idle(): Promise<void> {
    return this.#sending ?? Promise.resolve();
  }

  send(text: string): void {
    this.#waiting.push(text);
    this.#sending ??= this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    // What is sent in this turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const texts = this.#waiting;
      this.#waiting = [];
      for (let at = 0; at < texts.length; at += PARTS) {
        await this.#socket.send(texts.slice(at, at + PARTS));
      }
    }
    this.#sending = undefined;
  }
}
