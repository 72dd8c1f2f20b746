import type { Message, MessageType } from "../core/message.ts";
import { DEFAULT_PRIORITY } from "../core/message_check.ts";
import { fromBase64, toBase64 } from "./payloads.ts";

/** The only version of a recording that there is. */
export const RECORDING_VERSION = 1;

/** What crossed a bus, as a document: plain data that `JSON.stringify` writes and {@linkcode parseRecording} reads. */
export interface Recording {
  /** What the document is. */
  readonly format: "busbar-recording";
  /** How it is to be read. */
  readonly version: typeof RECORDING_VERSION;
  /** Who sent, was sent, or was handed one of the messages. */
  readonly agents: readonly string[];
  /** The messages, in the order in which they were accepted. */
  readonly messages: readonly RecordedMessage[];
}

/** One message of a {@linkcode Recording}. What is left out is as if its sender had said nothing. */
export interface RecordedMessage {
  /** When it was accepted, in milliseconds since the first message was. */
  readonly atMs: number;
  /** What it is for. */
  readonly type: MessageType;
  /** Who sent it. */
  readonly sender: string;
  /** Whom it is for. */
  readonly recipient?: string;
  /** What it is about. */
  readonly topic?: string;
  /** Of a reply, the request that it answers: its place among the messages, from 0. */
  readonly request?: number;
  /** The payload, unless it is bytes. */
  readonly payload?: unknown;
  /** The payload if it is bytes, in base64. */
  readonly bytes?: string;
  /** Its urgency. @default {50} */
  readonly priority?: number;
  /** Its time to live, in milliseconds. @default {no end} */
  readonly ttlMs?: number;
  /** Whether it is delivered at least once. @default {false} */
  readonly requiresAck?: boolean;
  /** The conversation it belongs to. */
  readonly correlationId?: string;
  /** Its headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message as a recording keeps it. */
export function toRecorded(
  message: Message,
  { atMs, request }: { atMs: number; request: number | undefined },
): RecordedMessage {
  const { type, sender, recipient, topic, payload, priority } = message;
  const { ttlMs, requiresAck, correlationId, headers } = message;
  return {
    atMs,
    type,
    sender,
    ...(recipient === undefined ? {} : { recipient }),
    ...(topic === undefined ? {} : { topic }),
    ...(request === undefined ? {} : { request }),
    ...(payload instanceof Uint8Array
      ? { bytes: toBase64(payload) }
      : { payload: payload ?? null }),
    ...(priority === DEFAULT_PRIORITY ? {} : { priority }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(requiresAck ? { requiresAck } : {}),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  };
}

/** The payload of a recorded message, as it was sent. */
export function payloadOf({ payload, bytes }: RecordedMessage): unknown {
  return bytes === undefined ? payload : fromBase64(bytes);
}

/** Whether a recorded message answers another one. */
export function isReply({ request }: RecordedMessage): boolean {
  return request !== undefined;
}
