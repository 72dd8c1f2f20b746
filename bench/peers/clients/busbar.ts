import type { Agent } from "@busbar/busbar";
import { connect } from "@busbar/busbar/connect";
import { unixTransport } from "@busbar/busbar/transports/unix";
import { type BenchMessage, TOPIC } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";

/** How many messages that are acknowledged a receiver has in hand at the same time. */
const CONCURRENCY = 1_024;

/** An agent of a bus in a process of its own. */
export async function join(
  { server, name, mode }: JoinOptions,
): Promise<Client> {
  const agent = await connect(unixTransport(server), { name });
  return new BusbarClient(agent, mode === "acked");
}

/** What a program does with its agent, wherever the bus is. */
export class BusbarClient implements Client {
  readonly #agent: Agent;
  readonly #acked: boolean;
  #last: Promise<unknown> = Promise.resolve();

  /** Has every message acknowledged, or none. */
  constructor(agent: Agent, acked: boolean) {
    this.#agent = agent;
    this.#acked = acked;
  }

  async receive(
    address: string,
    take: (message: BenchMessage) => void,
  ): Promise<void> {
    const options = { concurrency: CONCURRENCY };
    if (address === TOPIC) {
      // Taken as it comes: the message of the bus has what the others put into their JSON.
      await this.#agent.subscribe(
        TOPIC,
        (message) => take(message as BenchMessage),
        options,
      );
    } else {
      // What comes before the bus knows of the handler waits in the agent's mailbox.
      this.#agent.receive((message) => take(message as BenchMessage), options);
    }
  }

  send(address: string, message: BenchMessage): void {
    const { payload, priority, topic, correlationId } = message;
    const options = {
      priority,
      correlationId,
      requiresAck: this.#acked,
    };
    this.#last = address === TOPIC
      ? this.#agent.publish(topic, payload, options)
      : this.#agent.send(address, payload, { ...options, topic });
  }

  flush(): Promise<unknown> {
    return this.#last;
  }

  confirmed(address: string, message: BenchMessage): Promise<unknown> {
    const { payload, priority, topic, correlationId } = message;
    const options = { priority, topic, correlationId, requiresAck: true };
    return this.#agent.send(address, payload, options);
  }

  request(address: string, message: BenchMessage): Promise<unknown> {
    const { payload, priority, topic, correlationId } = message;
    return this.#agent.request(address, payload, {
      priority,
      topic,
      correlationId,
    });
  }

  respond(): Promise<void> {
    this.#agent.respond(({ payload }) => payload);
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close();
  }
}
