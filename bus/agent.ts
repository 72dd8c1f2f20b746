import type { Message } from "../core/message.ts";
import type { RetryPolicy } from "../core/retry.ts";

/** What happens when a mailbox is full. Drops are counted and dead-lettered. */
export type Overflow = "wait" | "reject" | "drop-oldest" | "drop-newest";

/** What a sender may say of a message. */
export interface SendOptions {
  /** Urgency as a whole number from 0 to 100; higher goes first. @default {50} */
  priority?: number;
  /** Time to live from accept, in milliseconds; without it, no end. */
  ttlMs?: number;
  /** At-least-once instead of at-most-once. @default {false} */
  requiresAck?: boolean;
  /** Joins the messages of one conversation. */
  correlationId?: string;
  /** What the message is about. */
  topic?: string;
  /** `traceparent`, `content-type`, and the user's own. */
  headers?: Record<string, string>;
  /** A second send with the same value within two minutes adds nothing. */
  deduplicationId?: string;
  /** Gives up a wait for room, or a request. */
  signal?: AbortSignal;
}

/** What a requester may say. A request that is made again is a request of its own. */
export interface RequestOptions extends Omit<SendOptions, "deduplicationId"> {
  /**
   * Longest wait for the reply, in milliseconds; of a stream, for each piece.
   *
   * @default {requestTimeoutMs of the bus: 30_000}
   */
  timeoutMs?: number;
}

/** How messages are taken in. */
export interface ReceiveOptions {
  /**
   * Messages handled at the same time.
   *
   * @default {1 for receive and subscribe, 64 for respond, 64 unsettled for inbox}
   */
  concurrency?: number;
  /** How long a delivery that requires an ack may take, in milliseconds. @default {the bus's: 30_000} */
  ackTimeoutMs?: number;
  /** Failures after which a message becomes a dead letter. @default {the bus's: 5} */
  maxAttempts?: number;
  /** When to try again after a failure. @default {the bus's: exponential with full jitter} */
  retry?: RetryPolicy;
}

/** How requests are taken in. */
export interface RespondOptions extends ReceiveOptions {
  /** Only requests whose topic matches this pattern. */
  topic?: string;
}

/** How publishes are taken in. */
export interface SubscribeOptions extends ReceiveOptions {
  /** Share the messages with every subscriber of the same group: each goes to one of them. */
  queue?: string;
  /** Keep the subscription, under this name, while nobody serves it. */
  durable?: string;
  /** Messages that may wait. @default {the bus's: 10_000} */
  maxMessages?: number;
  /** What happens to the next one then. @default {the bus's: "wait"} */
  overflow?: Overflow;
}

/** One handing over of a message; whoever holds it decides what becomes of the message. */
export interface Delivery<P = unknown> {
  /** The message. */
  readonly message: Message<P>;
  /** Whether it was handed out before. */
  readonly redelivered: boolean;
  /** Aborts when the work is cancelled, its deadline or lease ends, or the agent closes. */
  readonly signal: AbortSignal;
  /** Done. Safe to call twice. */
  ack(): void;
  /** Try again, after `delayMs` milliseconds (default 0). */
  nack(options?: { delayMs?: number; reason?: string }): void;
  /** Never try again: a dead letter. */
  reject(reason: string): void;
  /** Still working: the ack deadline starts anew. */
  extend(): void;
}

/** Handles a message: returning acknowledges, throwing asks for another attempt. */
export type Handler<P = unknown> = (
  message: Message<P>,
  delivery: Delivery<P>,
) => void | Promise<void>;

/** Answers a request: with a value, or piece by piece with an async iterable. */
export type Responder<P = unknown, R = unknown> = (
  message: Message<P>,
  delivery: Delivery<P>,
) => R | Promise<R> | AsyncIterable<R>;

/** A handler at work, until it is closed. */
export interface Subscription extends AsyncDisposable {
  /** What it is subscribed to. */
  readonly pattern?: string;
  /**
   * Resolves once the bus knows of it: at once in the bus's own process. Need
   * not be looked at. Rejects as {@linkcode Agent.subscribe} does if the bus
   * refuses it, and with code `"unreachable"` if there is no answer within
   * `sendTimeoutMs`: it is then still tried with every new connection.
   */
  readonly ready: Promise<void>;
  /** Takes no new messages, and resolves once those in hand are handled. */
  drain(): Promise<void>;
  /** Takes no new messages, and aborts those in hand. Safe to call twice. */
  close(): Promise<void>;
}

/** A named party on the bus: the same in this process and at the other end of a connection. */
export interface Agent extends AsyncDisposable {
  /** Its name. Several processes may serve one name. */
  readonly name: string;
  /** Sends to one agent. Resolves to the message's id. */
  send(
    recipient: string,
    payload: unknown,
    options?: SendOptions,
  ): Promise<string>;
  /** Sends to every subscriber whose pattern matches. Resolves to the message's id. */
  publish(
    topic: string,
    payload: unknown,
    options?: SendOptions,
  ): Promise<string>;
  /** Sends to every other agent. Resolves to the message's id. */
  broadcast(payload: unknown, options?: SendOptions): Promise<string>;
  /** Asks one agent, and waits for its reply. */
  request<R = unknown>(
    recipient: string,
    payload: unknown,
    options?: RequestOptions,
  ): Promise<Message<R>>;
  /** Asks one agent, and yields its reply piece by piece. Leaving the loop cancels the work. */
  stream<R = unknown>(
    recipient: string,
    payload: unknown,
    options?: RequestOptions,
  ): AsyncIterable<R>;
  /** Handles direct messages and broadcasts. */
  receive<P = unknown>(
    handler: Handler<P>,
    options?: ReceiveOptions,
  ): Subscription;
  /** Answers requests. */
  respond<P = unknown, R = unknown>(
    handler: Responder<P, R>,
    options?: RespondOptions,
  ): Subscription;
  /**
   * Handles publishes. Resolves once the bus will send them; rejects with code
   * `"invalid_message"` if the bus refuses it, and with `"unreachable"` if it
   * does not answer within `sendTimeoutMs`.
   */
  subscribe<P = unknown>(
    pattern: string,
    handler: Handler<P>,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  /** Direct messages and broadcasts, for a loop that acknowledges by itself. */
  inbox<P = unknown>(options?: ReceiveOptions): AsyncIterable<Delivery<P>>;
  /** Takes no new messages, finishes those in hand, then closes. */
  drain(): Promise<void>;
  /** Leaves the bus at once; what it had in hand is given back. Safe to call twice. */
  close(): Promise<void>;
}
