import type { Agent, Delivery, SendOptions } from "../bus/agent.ts";
import { type Clock, sleep } from "../core/clock.ts";
import { isBusError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import { LIMITS } from "../core/limits.ts";
import { payloadKey } from "./payloads.ts";
import {
  payloadOf,
  type RecordedMessage,
  type Recording,
} from "./recording.ts";

/** A request of a recording, and what it was answered with. */
interface RecordedRequest {
  readonly request: RecordedMessage;
  /** Its payload. */
  readonly key: string;
  readonly replies: readonly RecordedMessage[];
}

/** An agent that does again what an agent of its name did in a recording: its part is read, not thought out. */
export class RecordedPart implements AsyncDisposable {
  readonly #agent: Agent;
  readonly #clock: Clock;
  /** Requests to it that were not made again yet, in order. */
  readonly #asked: Set<RecordedRequest>;
  readonly #repliesTo: (request: RecordedMessage) => readonly RecordedMessage[];

  /** Takes in what it is sent, and answers as it did. */
  constructor(agent: Agent, recording: Recording, clock: Clock) {
    this.#agent = agent;
    this.#clock = clock;
    const replies = repliesByRequest(recording);
    this.#repliesTo = (request) => replies.get(request) ?? [];
    this.#asked = new Set(
      recording.messages
        .filter(({ type, recipient }) =>
          type === "request" && recipient === agent.name
        )
        .map((request) => ({
          request,
          key: payloadKey(payloadOf(request)),
          replies: this.#repliesTo(request),
        })),
    );
    agent.receive(() => {});
    agent.respond((message, delivery) => this.#answer(message, delivery), {
      concurrency: LIMITS.maxRecordedMessages,
    });
  }

  /**
   * Makes a recorded request again.
   *
   * @throws {BusError} If it fails, although it was answered then.
   */
  async ask(recorded: RecordedMessage): Promise<void> {
    const { recipient = "" } = recorded;
    const options = optionsOf(recorded);
    const replies = this.#repliesTo(recorded);
    const payload = payloadOf(recorded);
    try {
      if (replies.length > 1) {
        for await (const _ of this.#agent.stream(recipient, payload, options));
      } else await this.#agent.request(recipient, payload, options);
    } catch (error) {
      // What the responder threw is among the replies, and compared there.
      const isThrown = isBusError(error) && error.code === "remote";
      if (replies.length > 0 && !isThrown) throw error;
    }
  }

  /**
   * Sends a recorded broadcast again.
   *
   * @throws {BusError} If it is refused.
   */
  async broadcast(recorded: RecordedMessage): Promise<void> {
    await this.#agent.broadcast(payloadOf(recorded), optionsOf(recorded));
  }

  /** Leaves the bus. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#agent.close();
  }

  async #answer(
    message: Message,
    { signal }: Delivery,
  ): Promise<unknown> {
    const asked = this.#take(message);
    if (!asked) {
      throw new Error(
        `"${this.#agent.name}" has no recorded reply to this request`,
      );
    }
    const { request, replies } = asked;
    const [first] = replies;
    if (!first) return await new Promise(() => {});
    const pieces = this.#pieces(request, replies, signal);
    // One reply is a whole one; of a stream, so is one piece.
    if (replies.length > 1) return pieces;
    for await (const piece of pieces) return piece;
  }

  async *#pieces(
    request: RecordedMessage,
    replies: readonly RecordedMessage[],
    signal: AbortSignal,
  ): AsyncGenerator<unknown> {
    let atMs = request.atMs;
    for (const reply of replies) {
      await sleep(this.#clock, reply.atMs - atMs, { signal });
      atMs = reply.atMs;
      const payload = payloadOf(reply);
      if (reply.type === "error") throw new Error(textOf(payload));
      yield payload;
    }
  }

  /** The recorded request that this is: of the same payload if there is one, else the next of its sender's. */
  #take({ sender, topic, payload }: Message): RecordedRequest | undefined {
    const key = payloadKey(payload);
    let found: RecordedRequest | undefined;
    for (const asked of this.#asked) {
      const { request } = asked;
      if (request.sender !== sender || request.topic !== topic) continue;
      found ??= asked;
      if (asked.key !== key) continue;
      found = asked;
      break;
    }
    if (found) this.#asked.delete(found);
    return found;
  }
}

function repliesByRequest(
  { messages }: Recording,
): Map<RecordedMessage, RecordedMessage[]> {
  const replies = new Map<RecordedMessage, RecordedMessage[]>();
  for (const message of messages) {
    if (message.request === undefined) continue;
    const request = messages[message.request];
    if (!request) continue;
    const known = replies.get(request);
    if (known) known.push(message);
    else replies.set(request, [message]);
  }
  return replies;
}

function optionsOf(
  { topic, priority, ttlMs, requiresAck, correlationId, headers }:
    RecordedMessage,
): SendOptions {
  return {
    ...{ topic, priority, ttlMs, requiresAck, correlationId },
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  };
}

/** What a responder threw, as its reply says. */
function textOf(payload: unknown): string {
  return typeof payload === "object" && payload !== null &&
      "message" in payload
    ? String(payload.message)
    : String(payload);
}
