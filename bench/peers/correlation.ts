import { type BenchMessage, SENDER } from "../message.ts";
import type { Client } from "./client.ts";

/** Where replies go. Its length differs from every other address of a program. */
const REPLIES = `${SENDER}.replies`;

/**
 * Requests over a system that only carries messages: replies come to an address
 * of their own, and are told apart by their correlation id. This is the quickest
 * way known of doing it, and quicker than what some systems bring along.
 */
export function withRequests(client: Client): Client {
  const requests = new Requests(client);
  return {
    receive: (to, handler) => client.receive(to, handler),
    send: (to, message) => client.send(to, message),
    flush: () => client.flush(),
    request: (to, message) => requests.ask(to, message),
    respond: (address) => requests.answer(address),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

class Requests {
  readonly #client: Client;
  readonly #waiting = new Map<string, (reply: BenchMessage) => void>();
  #receiving: Promise<void> | undefined;
  #lastId = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  async ask(address: string, message: BenchMessage): Promise<BenchMessage> {
    this.#receiving ??= this.#client.receive(REPLIES, (reply) => {
      this.#waiting.get(reply.correlationId)?.(reply);
      this.#waiting.delete(reply.correlationId);
    });
    await this.#receiving;
    const correlationId = `request-${++this.#lastId}`;
    return await new Promise((resolve) => {
      this.#waiting.set(correlationId, resolve);
      this.#client.send(address, {
        ...message,
        type: "request",
        correlationId,
      });
    });
  }

  answer(address: string): Promise<void> {
    return this.#client.receive(address, (question) => {
      const { recipient, sender } = question;
      const reply = { ...question, sender: recipient, recipient: sender };
      this.#client.send(REPLIES, { ...reply, type: "response" });
    });
  }
}
