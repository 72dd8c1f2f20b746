import type { Message } from "../core/message.ts";

/** Why a message could not be handled, as a closed set. */
export type DeadLetterReason =
  | "too_large" // Its encoded size was over `maxMessageBytes`; the payload kept is cut.
  | "expired" // Its time to live ended first.
  | "no_recipient" // No agent of that name is known.
  | "no_subscriber" // A publish that required an ack found nobody.
  | "routing_failed" // A routing rule's handler threw.
  | "handler_failed" // Its handler failed as often as it may.
  | "rejected" // Its handler said no.
  | "overflow" // Its mailbox was full and drops.
  | "rule" // A routing rule sent it here.
  | "undeliverable"; // Its agent left, or nobody could take it in.

/** Every {@linkcode DeadLetterReason}. */
export const DEAD_LETTER_REASONS: readonly DeadLetterReason[] = [
  "too_large",
  "expired",
  "no_recipient",
  "no_subscriber",
  "routing_failed",
  "handler_failed",
  "rejected",
  "overflow",
  "rule",
  "undeliverable",
];

/** The record of a message, or of one copy of it, that could not be handled. */
export interface DeadLetter {
  /**
   * The message's id; one of the letter's own where the message, having gone to
   * several recipients, has a letter already.
   */
  readonly id: string;
  /** The message as it was sent. */
  readonly message: Message;
  /** Why it is here. */
  readonly reason: DeadLetterReason;
  /** What a person needs to know beyond the reason: the error's text, the missing name. */
  readonly detail?: string;
  /** How often it was handed to a handler. */
  readonly attempts: number;
  /** The agent that was to handle it, when there was one. */
  readonly agent?: string;
  /** When it was given up, in milliseconds since the Unix epoch. */
  readonly failedAt: number;
}

/** Which dead letters; what is left out matches all. */
export interface DeadLetterQuery {
  /** Only those given up for this reason. */
  reason?: DeadLetterReason;
  /** Only those of this agent. */
  agent?: string;
  /** Only those of this topic, to the letter. */
  topic?: string;
  /** At most this many, newest first. */
  limit?: number;
}
