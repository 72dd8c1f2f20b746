import { LIMITS } from "../../core/limits.ts";
import type { StoredRecord } from "../../storage/store.ts";
import type { LetterInit } from "../dead_letter_office.ts";
import { type MessageHead, WholeEnvelope } from "../envelope.ts";
import type { MessageBytes } from "./message_bytes.ts";

/** Whoever is not known any more. */
const UNKNOWN = "(unknown)";

/** What a {@linkcode damagedLetter} is made with. */
export interface DamagedLetterParts {
  /** Reads what is left. */
  readonly bytes: MessageBytes;
  /** An id for a message whose own is lost. */
  readonly newId: () => string;
  /** The time by the wall clock, for one whose own is lost. */
  readonly now: number;
}

/**
 * The dead letter of a message whose record was damaged: a person finds in it
 * what can still be read. It cannot be sent again, as nobody knows what is true
 * of it. Other records than those of messages have none.
 */
export function damagedLetter(
  { kind, key, body }: StoredRecord,
  problem: string,
  { bytes, newId, now }: DamagedLetterParts,
): LetterInit | undefined {
  const isMessage = kind === "copy" || kind === "message" || kind === "letter";
  if (!isMessage) return undefined;
  const head = readHead(body, bytes) ?? lostHead(newId(), now);
  const left = body.subarray(0, LIMITS.maxKeptBytes);
  return {
    envelope: WholeEnvelope.ofValue(head, textOf(left), left.length),
    reason: "undeliverable",
    detail: `its record in the store was damaged (${kind} ${key}): ${problem}`,
    agent: head.recipient,
    cut: true,
  };
}

function readHead(
  body: Uint8Array,
  bytes: MessageBytes,
): MessageHead | undefined {
  try {
    return bytes.decode(body).head;
  } catch {
    return undefined;
  }
}

function lostHead(id: string, timestamp: number): MessageHead {
  return {
    type: "direct",
    id,
    sender: UNKNOWN,
    recipient: UNKNOWN,
    topic: undefined,
    requestId: undefined,
    correlationId: undefined,
    priority: 0,
    timestamp,
    ttlMs: undefined,
    requiresAck: true,
    headers: undefined,
  };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
