// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import {
  connect,
  type NatsConnection,
} from "npm:@nats-io/transport-node@3.4.0";
import type { BenchMessage } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";

const REQUEST_TIMEOUT_MS = 10_000;

/** A client of a NATS server. */
export async function join({ server, name }: JoinOptions): Promise<Client> {
  return new NatsClient(await connect({ servers: server, name }));
}

class NatsClient implements Client {
  readonly #nats: NatsConnection;

  constructor(nats: NatsConnection) {
    this.#nats = nats;
  }

  async receive(
    address: string,
    take: (message: BenchMessage) => void,
  ): Promise<void> {
    this.#nats.subscribe(address, {
      callback: (error, message) => {
        if (error) throw error;
        take(message.json<BenchMessage>());
      },
    });
    await this.#nats.flush();
  }

  send(address: string, message: BenchMessage): void {
    this.#nats.publish(address, JSON.stringify(message));
  }

  flush(): Promise<void> {
    return this.#nats.flush();
  }

  async request(
    address: string,
    message: BenchMessage,
  ): Promise<BenchMessage> {
    const options = { timeout: REQUEST_TIMEOUT_MS };
    const text = JSON.stringify(message);
    const reply = await this.#nats.request(address, text, options);
    return reply.json<BenchMessage>();
  }

  async respond(address: string): Promise<void> {
    this.#nats.subscribe(address, {
      callback: (error, message) => {
        if (error) throw error;
        const question = message.json<BenchMessage>();
        const { recipient, sender } = question;
        message.respond(JSON.stringify({
          ...question,
          type: "response",
          sender: recipient,
          recipient: sender,
        }));
      },
    });
    await this.#nats.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nats.close();
  }
}
