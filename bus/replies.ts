import type { Clock } from "../core/clock.ts";
import { BusError } from "../core/errors.ts";
import type { EventHub } from "../core/event_stream.ts";
import type { IdSource } from "../core/random.ts";
import type { Body } from "./consumer.ts";
import {
  type Envelope,
  forDisplay,
  type MessageHead,
  WholeEnvelope,
} from "./envelope.ts";
import type { History } from "./history.ts";
import { NO_RULES } from "./message_record.ts";
import type { OpenRequest, RequestTable } from "./requests.ts";
import type { Counters } from "./stats.ts";

/** What {@linkcode Replies} works with. */
export interface RepliesOptions {
  /** Where time comes from. */
  clock: Clock;
  /** Where ids come from. */
  ids: IdSource;
  /** What is counted. */
  counters: Counters;
  /** Where replies are remembered. */
  history: History;
  /** Who watches. */
  events: EventHub;
  /** Who waits. */
  requests: RequestTable;
  /** Largest reply, in bytes. */
  maxMessageBytes: number;
}

/** Makes messages of what responders answer, and hands them to whoever waits: replies pass no mailbox and no rule. */
export class Replies {
  readonly #options: RepliesOptions;

  /** Nothing is answered yet. */
  constructor(options: RepliesOptions) {
    this.#options = options;
  }

  /** Hands the whole reply over. */
  reply(request: OpenRequest, agent: string, body: Body): void {
    const envelope = this.#accept(request, agent, "response", body);
    if (envelope) this.#options.requests.reply(request, envelope);
  }

  /** Hands one piece of a streamed reply over. */
  piece(request: OpenRequest, agent: string, body: Body): void {
    const envelope = this.#accept(request, agent, "response", body);
    if (envelope) this.#options.requests.piece(request, envelope);
  }

  /** The streamed reply is whole. */
  end(request: OpenRequest): void {
    this.#options.requests.end(request);
  }

  /** The responder threw. */
  threw(request: OpenRequest, agent: string, message: string): void {
    const body = { value: { message }, bytes: message.length };
    this.#accept(request, agent, "error", body);
    const { id } = request.head;
    this.fail(request, new BusError("remote", message, { messageId: id }));
  }

  /** There will be no reply. */
  fail(request: OpenRequest, error: BusError): void {
    this.#options.requests.fail(request, error);
  }

  /** Counts and remembers an answer. @returns Nothing if it is too large; the request has failed then. */
  #accept(
    request: OpenRequest,
    agent: string,
    type: "response" | "error",
    body: Body,
  ): Envelope | undefined {
    const { clock, counters, history, events, maxMessageBytes } = this.#options;
    const head = this.#head(request, agent, type);
    const envelope = "encoded" in body
      ? WholeEnvelope.ofBytes(head, body.encoded)
      : WholeEnvelope.ofValue(head, body.value, body.bytes);
    if (envelope.bytes > maxMessageBytes) {
      const text =
        `Cannot hand over reply as it must be at most ${maxMessageBytes} bytes: "${agent}" answered with ${envelope.bytes}`;
      this.fail(request, new BusError("too_large", text));
      return undefined;
    }
    counters.accept(head);
    counters.delivered++;
    const record = history.newRecord(envelope, NO_RULES, clock.monotonic());
    history.add(record);
    history.endedAtOnce(record, "delivered");
    if (events.active) {
      events.emit({
        type: "message_accepted",
        message: forDisplay(envelope),
        bytes: envelope.bytes,
        mailboxes: [],
      });
    }
    return envelope;
  }

  #head(
    { head, requestId }: OpenRequest,
    agent: string,
    type: "response" | "error",
  ): MessageHead {
    const { ids, clock } = this.#options;
    return {
      id: ids.next(),
      type,
      sender: agent,
      recipient: head.sender,
      requestId,
      correlationId: head.correlationId,
      priority: head.priority,
      timestamp: clock.now(),
      requiresAck: false,
    };
  }
}
