import { BusError } from "../core/errors.ts";
import { payloadBytes } from "../core/payload.ts";
import type { MessageFields } from "../core/message_check.ts";
import type { Body, Consumer, ConsumerSpec } from "./consumer.ts";
import type { Pausable } from "./instant_clock.ts";
import type { ReplySink } from "./requests.ts";

/** A request that waits, in the hands of its requester. */
export interface RequestHandle {
  /** Gives it up: its sink fails with `error`, by default one with code `"cancelled"`. */
  cancel(error?: BusError): void;
  /** Allows further pieces of a streamed reply. */
  grant(pieces: number): void;
}

/** A consumer at its mailbox, in the hands of its agent. */
export interface LinkAttachment {
  /** Settles once the bus knows of it. */
  readonly attached: Promise<void>;
  /** The consumer may be ready again. */
  wake(): void;
  /** Hands out no more; with `giveBack`, what is in hand goes back. Resolves once the bus has done so. */
  detach(options: { giveBack: boolean }): Promise<void>;
}

/**
 * What an agent asks of its bus: the one thing that differs between an agent in
 * the bus's process and one at the other end of a connection.
 */
export interface Link {
  /** Largest payload, in bytes. */
  readonly maxMessageBytes: number;
  /** Longest wait for a reply where the requester does not say, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** What stands still while the bus hands out; nothing at the other end of a connection. */
  readonly instant?: Pausable;
  /** Counts a send that was refused before it got here. */
  refused(): void;
  /** Sends a message. @returns Its id, once it is accepted or handed over. */
  send(
    fields: MessageFields,
    body: Body,
    signal?: AbortSignal,
  ): string | Promise<string>;
  /** Sends a request, whose sink is told of the reply. */
  request(
    fields: MessageFields,
    body: Body,
    options: { timeoutMs: number; streams: boolean },
    sink: ReplySink,
  ): RequestHandle;
  /** Adds a consumer. */
  attach(spec: ConsumerSpec, consumer: Consumer): LinkAttachment;
  /** Leaves the bus. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * A payload as the bus takes it; nothing at all is `null`, as in JSON.
 *
 * @throws {BusError} With code `"invalid_message"` if it is neither a JSON
 * value nor a `Uint8Array`.
 */
export function toBody(payload: unknown, maxMessageBytes: number): Body {
  const value = payload === undefined ? null : payload;
  return { value, bytes: payloadBytes(value, maxMessageBytes) };
}

/**
 * The payload of a reply, which the requester must be able to take.
 *
 * @throws {BusError} With code `"too_large"` if it is larger than any message
 * may be, or as {@linkcode toBody} does.
 */
export function toReplyBody(payload: unknown, maxMessageBytes: number): Body {
  const value = payload === undefined ? null : payload;
  const bytes = payloadBytes(value, maxMessageBytes);
  if (bytes <= maxMessageBytes) return { value, bytes };
  throw new BusError(
    "too_large",
    `Cannot answer request as a reply must be at most ${maxMessageBytes} bytes: it has ${bytes} or more`,
  );
}
