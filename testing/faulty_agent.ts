import type {
  Agent,
  Delivery,
  Handler,
  ReceiveOptions,
  RequestOptions,
  Responder,
  RespondOptions,
  SendOptions,
  SubscribeOptions,
  Subscription,
} from "../bus/agent.ts";
import type { Message } from "../core/message.ts";
import type { FaultInjector } from "./fault_injector.ts";
import { faultyInbox } from "./faulty_inbox.ts";
import { handleWithFault, type Work } from "./faulty_work.ts";

/** An agent whose messages may go wrong on their way in; what it sends does not. */
export class FaultyAgent implements Agent {
  /** The same agent, with which nothing goes wrong. */
  readonly sound: Agent;
  readonly #injector: FaultInjector;

  /** Wraps an agent; what it handles already does not go wrong. */
  constructor(agent: Agent, injector: FaultInjector) {
    this.sound = agent;
    this.#injector = injector;
  }

  /** Its name. */
  get name(): string {
    return this.sound.name;
  }

  /** Sends to one agent. */
  send(
    recipient: string,
    payload: unknown,
    options?: SendOptions,
  ): Promise<string> {
    return this.sound.send(recipient, payload, options);
  }

  /** Sends to every subscriber whose pattern matches. */
  publish(
    topic: string,
    payload: unknown,
    options?: SendOptions,
  ): Promise<string> {
    return this.sound.publish(topic, payload, options);
  }

  /** Sends to every other agent. */
  broadcast(payload: unknown, options?: SendOptions): Promise<string> {
    return this.sound.broadcast(payload, options);
  }

  /** Asks one agent, and waits for its reply. */
  request<R = unknown>(
    recipient: string,
    payload: unknown,
    options?: RequestOptions,
  ): Promise<Message<R>> {
    return this.sound.request<R>(recipient, payload, options);
  }

  /** Asks one agent, and yields its reply piece by piece. */
  stream<R = unknown>(
    recipient: string,
    payload: unknown,
    options?: RequestOptions,
  ): AsyncIterable<R> {
    return this.sound.stream<R>(recipient, payload, options);
  }

  /** Handles direct messages and broadcasts. */
  receive<P = unknown>(
    handler: Handler<P>,
    options?: ReceiveOptions,
  ): Subscription {
    return this.sound.receive(this.#faulty(handler), options);
  }

  /** Answers requests. */
  respond<P = unknown, R = unknown>(
    handler: Responder<P, R>,
    options?: RespondOptions,
  ): Subscription {
    return this.sound.respond(this.#faulty(handler), options);
  }

  /** Handles publishes. */
  subscribe<P = unknown>(
    pattern: string,
    handler: Handler<P>,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    return this.sound.subscribe(pattern, this.#faulty(handler), options);
  }

  /** Direct messages and broadcasts, for a loop that acknowledges by itself. */
  inbox<P = unknown>(options?: ReceiveOptions): AsyncIterable<Delivery<P>> {
    const inbox = this.sound.inbox<P>(options);
    return {
      [Symbol.asyncIterator]: () =>
        faultyInbox(
          inbox[Symbol.asyncIterator](),
          this.sound,
          this.#injector,
        ),
    };
  }

  /** Takes no new messages, finishes those in hand, then closes. */
  drain(): Promise<void> {
    return this.sound.drain();
  }

  /** Leaves the bus at once. */
  close(): Promise<void> {
    return this.sound.close();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #faulty<W extends Work>(work: W): W {
    // What is no function is for the agent to refuse.
    if (typeof work !== "function") return work;
    const agent = this.sound;
    const injector = this.#injector;
    const faulty: Work = (message, delivery) => {
      const rule = injector.choose(agent.name, message);
      if (!rule) return work(message, delivery);
      const { clock } = injector;
      return handleWithFault({ rule, agent, clock, work, message, delivery });
    };
    return faulty as W;
  }
}

/** The agent, with which nothing goes wrong: it is the test's own. */
export function withoutFaults(agent: Agent): Agent {
  return agent instanceof FaultyAgent ? agent.sound : agent;
}
