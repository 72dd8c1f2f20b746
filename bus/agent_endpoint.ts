import { BusError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Message } from "../core/message.ts";
import {
  checkAddress,
  isWhole,
  type MessageFields,
} from "../core/message_check.ts";
import { patternProblem } from "../core/topic.ts";
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
} from "./agent.ts";
import type { Body, ConsumerSpec, HeldLease, Verdict } from "./consumer.ts";
import type { Job, Work } from "./handler_runner.ts";
import { Inbox } from "./inbox.ts";
import { type Link, toBody, toReplyBody } from "./link.ts";
import { ReplyStream, sendPieces } from "./reply_stream.ts";
import { requestReply } from "./request_reply.ts";
import { checkConsumerOptions, RunningSubscription } from "./subscription.ts";

/** Where a message goes, and in which way. */
type Address = Pick<MessageFields, "type" | "recipient" | "topic">;

const ACK: Verdict = { kind: "ack" };
const RECEIVE_CONCURRENCY = 1;
const RESPOND_CONCURRENCY = 64;
const INBOX_CONCURRENCY = 64;

/** An agent, over whichever link its bus is reached. */
export class AgentEndpoint implements Agent {
  /** Its name. */
  readonly name: string;
  readonly #link: Link;
  readonly #subscriptions = new Set<RunningSubscription>();
  readonly #inboxes = new Set<Inbox<unknown>>();
  readonly #streams = new Set<ReplyStream<unknown>>();
  #closed = false;

  /** An agent that has joined. */
  constructor(name: string, link: Link) {
    this.name = name;
    this.#link = link;
  }

  /** Sends to one agent. */
  send(
    recipient: string,
    payload: unknown,
    options: SendOptions = {},
  ): Promise<string> {
    return this.#send({ type: "direct", recipient }, payload, options);
  }

  /** Sends to every subscriber whose pattern matches. */
  publish(
    topic: string,
    payload: unknown,
    options: SendOptions = {},
  ): Promise<string> {
    return this.#send({ type: "publish", topic }, payload, options);
  }

  /** Sends to every other agent. */
  broadcast(payload: unknown, options: SendOptions = {}): Promise<string> {
    return this.#send({ type: "direct" }, payload, options, () => {});
  }

  /** Asks one agent, and waits for its reply. */
  request<R = unknown>(
    recipient: string,
    payload: unknown,
    options: RequestOptions = {},
  ): Promise<Message<R>> {
    try {
      const request = this.#request(recipient, payload, options);
      return requestReply<R>(this.#link, request.fields, request.body, request);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Asks one agent, and yields its reply piece by piece. */
  async *stream<R = unknown>(
    recipient: string,
    payload: unknown,
    options: RequestOptions = {},
  ): AsyncGenerator<R, void, undefined> {
    const { signal } = options;
    const { fields, body, timeoutMs } = this.#request(
      recipient,
      payload,
      options,
    );
    const stream = new ReplyStream<R>();
    this.#streams.add(stream);
    const onAbort = () => stream.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      stream.handle = this.#link.request(
        fields,
        body,
        { timeoutMs, streams: true },
        stream,
      );
      yield* stream;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#streams.delete(stream);
    }
  }

  /** Handles direct messages and broadcasts. */
  receive<P = unknown>(
    handler: Handler<P>,
    options: ReceiveOptions = {},
  ): Subscription {
    const { concurrency = RECEIVE_CONCURRENCY, ackTimeoutMs, maxAttempts } =
      options;
    const spec: ConsumerSpec = {
      kind: "direct",
      concurrency,
      ackTimeoutMs,
      maxAttempts,
    };
    return this.#run(spec, handler as Work, options, () => ACK);
  }

  /** Answers requests. */
  respond<P = unknown, R = unknown>(
    handler: Responder<P, R>,
    options: RespondOptions = {},
  ): Subscription {
    const { concurrency = RESPOND_CONCURRENCY, ackTimeoutMs, maxAttempts } =
      options;
    const { topic } = options;
    if (topic !== undefined) checkPattern("respond to", topic);
    const spec: ConsumerSpec = {
      kind: "requests",
      pattern: topic,
      concurrency,
      ackTimeoutMs,
      maxAttempts,
    };
    return this.#run(
      spec,
      handler as Work,
      options,
      (result, lease, job) => this.#reply(result, lease, job),
    );
  }

  /** Handles publishes. */
  async subscribe<P = unknown>(
    pattern: string,
    handler: Handler<P>,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    checkPattern("subscribe to", pattern);
    const { concurrency = RECEIVE_CONCURRENCY, ackTimeoutMs, maxAttempts } =
      options;
    const { queue, durable, maxMessages, overflow } = options;
    const spec: ConsumerSpec = {
      kind: "topic",
      pattern,
      queue,
      durable,
      concurrency,
      ackTimeoutMs,
      maxAttempts,
      maxMessages,
      overflow,
    };
    const subscription = this.#run(spec, handler as Work, options, () => ACK);
    try {
      await subscription.ready;
    } catch (error) {
      await subscription.close();
      throw error;
    }
    return subscription;
  }

  /** Direct messages and broadcasts, for a loop that acknowledges by itself. */
  inbox<P = unknown>(
    options: ReceiveOptions = {},
  ): AsyncIterable<Delivery<P>> {
    const { concurrency = INBOX_CONCURRENCY, ackTimeoutMs, maxAttempts } =
      options;
    const spec: ConsumerSpec = {
      kind: "direct",
      concurrency,
      ackTimeoutMs,
      maxAttempts,
    };
    checkConsumerOptions(spec, options.retry);
    return {
      [Symbol.asyncIterator]: () => {
        this.#checkOpen("open inbox");
        const inbox = new Inbox<P>(
          (consumer) => this.#link.attach(spec, consumer),
          (ended) => this.#inboxes.delete(ended as Inbox<unknown>),
        );
        this.#inboxes.add(inbox as Inbox<unknown>);
        return inbox;
      },
    };
  }

  /** Takes no new messages, finishes those in hand, then closes. */
  async drain(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((one) => one.drain()));
    await this.close();
  }

  /** Leaves the bus at once. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const inbox of this.#inboxes) inbox.acknowledgeTaken();
    // The link goes first: what is in hand is given back, not settled late.
    await this.#link.close();
    const closed = () =>
      new BusError("closed", `Agent "${this.name}" has left the bus`);
    for (const stream of [...this.#streams]) stream.fail(closed());
    for (const inbox of [...this.#inboxes]) await inbox.close();
    for (const one of [...this.#subscriptions]) await one.close();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // No async function: it costs a second promise, and a turn, for each message.
  #send(
    address: Address,
    payload: unknown,
    options: SendOptions,
    check?: (address: Address) => void,
  ): Promise<string> {
    try {
      this.#checkOpen("send message");
      const { signal } = options;
      signal?.throwIfAborted();
      const body = this.#bodyFor(address, payload, check);
      const fields = this.#fields(address, options);
      return Promise.resolve(this.#link.send(fields, body, signal));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Checks where a payload is to go, and what it is. Whatever is refused, the bus is to count it. */
  #bodyFor(address: Address, payload: unknown, check = checkAddress): Body {
    try {
      check(address);
      return toBody(payload, this.#link.maxMessageBytes);
    } catch (error) {
      this.#link.refused();
      throw error;
    }
  }

  #request(recipient: string, payload: unknown, options: RequestOptions) {
    this.#checkOpen("send request");
    const { timeoutMs = this.#link.requestTimeoutMs, signal } = options;
    signal?.throwIfAborted();
    if (!isWhole(timeoutMs, LIMITS.maxDurationMs) || timeoutMs === 0) {
      throw new RangeError(
        `Cannot send request as timeoutMs must be a whole number of milliseconds from 1: current value is ${timeoutMs}`,
      );
    }
    const address: Address = { type: "request", recipient };
    return {
      fields: this.#fields(address, options),
      body: this.#bodyFor(address, payload),
      timeoutMs,
      signal,
    };
  }

  #fields(
    { type, recipient, topic }: Address,
    options: SendOptions,
  ): MessageFields {
    return {
      type,
      sender: this.name,
      recipient,
      topic: topic === undefined ? options.topic : topic,
      priority: options.priority,
      ttlMs: options.ttlMs,
      requiresAck: options.requiresAck,
      correlationId: options.correlationId,
      headers: options.headers,
      deduplicationId: options.deduplicationId,
    };
  }

  #run(
    spec: ConsumerSpec,
    work: Work,
    { retry }: ReceiveOptions,
    conclude: (
      result: unknown,
      lease: HeldLease,
      job: Job,
    ) => Verdict | Promise<Verdict>,
  ): RunningSubscription {
    this.#checkOpen("add handler");
    if (typeof work !== "function") {
      throw new TypeError(
        `Cannot add handler as it must be a function: current value is of type ${typeof work}`,
      );
    }
    checkConsumerOptions(spec, retry);
    const subscription = new RunningSubscription(
      this.#link,
      spec,
      { work, retry, conclude },
      () => this.#subscriptions.delete(subscription),
    );
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #reply(
    result: unknown,
    lease: HeldLease,
    job: Job,
  ): Verdict | Promise<Verdict> {
    const { instant, maxMessageBytes } = this.#link;
    if (isAsyncIterable(result)) {
      // Its first step is the user's work, too.
      instant?.resume();
      return sendPieces(result, lease, job, maxMessageBytes);
    }
    return { kind: "reply", body: toReplyBody(result, maxMessageBytes) };
  }

  #checkOpen(verb: string): void {
    if (!this.#closed) return;
    throw new BusError(
      "closed",
      `Cannot ${verb} as agent "${this.name}" has left the bus`,
    );
  }
}

function checkPattern(verb: string, pattern: string): void {
  const problem = patternProblem(pattern);
  if (problem === undefined) return;
  const text =
    `Cannot ${verb} topic as its pattern is not well-formed: ${problem}`;
  throw typeof pattern === "string"
    ? new RangeError(text)
    : new TypeError(text);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null &&
    Symbol.asyncIterator in value;
}
