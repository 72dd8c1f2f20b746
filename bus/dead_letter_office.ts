import type { Clock } from "../core/clock.ts";
import { BusError, type BusErrorCode } from "../core/errors.ts";
import type { EventHub } from "../core/event_stream.ts";
import { LIMITS } from "../core/limits.ts";
import type { IdSource } from "../core/random.ts";
import type { DeadLetter, DeadLetterReason } from "../dlq/dead_letter.ts";
import type { LetterQueue, StoredLetter } from "../dlq/dead_letter_queue.ts";
import type { Keeper } from "./durable/keeper.ts";
import { type Envelope, forDisplay, WholeEnvelope } from "./envelope.ts";
import type { Mailbox } from "./mailbox.ts";
import type { MessageRecord } from "./message_record.ts";

/** Where a dead letter came from. */
export interface LetterOrigin {
  /** The message, or what is left of it. */
  readonly envelope: Envelope;
  /** The mailbox it was in; without one, it never got that far. */
  readonly mailbox?: Mailbox;
  /** What is known of the message; without it, it was never accepted. */
  record?: MessageRecord;
  /** Whether the payload was cut, so that the letter cannot be sent again. */
  readonly cut?: boolean;
  /** The letter's record in the store; without one, it is in memory alone. */
  kept?: number;
}

/** A letter on its way to the dead letters. */
export type Letter = StoredLetter<LetterOrigin>;

/** What a letter says beyond its origin. */
export interface LetterInit extends LetterOrigin {
  /** Why the message could not be handled. */
  readonly reason: DeadLetterReason;
  /** What a person needs to know beyond the reason. */
  readonly detail?: string;
  /** How often it was handed to a handler. */
  readonly attempts?: number;
  /** The agent that was to handle it. */
  readonly agent?: string;
}

/** Writes dead letters, and tells whoever watches. */
export class DeadLetterOffice {
  readonly #queue: LetterQueue<LetterOrigin>;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #events: EventHub;
  readonly #keeper: Keeper | undefined;
  /** Ids of letters that are composed, and not in the queue yet. */
  readonly #composed = new Set<string>();

  /** Letters go to the given queue. */
  constructor(
    queue: LetterQueue<LetterOrigin>,
    { clock, ids, events, keeper }: {
      clock: Clock;
      ids: IdSource;
      events: EventHub;
      keeper?: Keeper;
    },
  ) {
    this.#queue = queue;
    this.#clock = clock;
    this.#ids = ids;
    this.#events = events;
    this.#keeper = keeper;
  }

  /** Keeps a message that could not be handled. */
  file(init: LetterInit): void {
    this.add(this.compose(init));
  }

  /** Writes a letter, which is to be added once, or discarded. The one that is to go when it comes, `was`, does not take its id. */
  compose(init: LetterInit, was?: string): Letter {
    const { envelope, mailbox, record, cut } = init;
    const { reason, detail, attempts = 0, agent } = init;
    const { id } = envelope.head;
    const isTaken = this.#composed.has(id) ||
      (id !== was && this.#queue.get(id) !== undefined);
    const letter: DeadLetter = {
      id: isTaken ? this.#ids.next() : id,
      message: forDisplay(envelope, Math.max(1, attempts)),
      reason,
      attempts,
      failedAt: this.#clock.now(),
      ...(detail === undefined ? {} : { detail }),
      ...(agent === undefined ? {} : { agent }),
    };
    this.#composed.add(letter.id);
    if (record) record.isShared = true;
    const origin = { envelope, mailbox, record, cut };
    return { letter, bytes: envelope.bytes, origin };
  }

  /** Forgets a letter that is not to be added after all. */
  discard({ letter }: Letter): void {
    this.#composed.delete(letter.id);
  }

  /** Puts a letter back that an earlier process has left. */
  restore(kept: Letter): void {
    const { letter, origin: { mailbox } } = kept;
    this.#queue.add(kept);
    this.#events.emit({
      type: "dead_letter_restored",
      id: letter.id,
      messageId: letter.message.id,
      ...(mailbox ? { mailbox: mailbox.name } : {}),
      reason: letter.reason,
      agent: letter.agent,
    });
  }

  /** Adds a letter to the queue, and to the store unless that has it with its message. */
  add(composed: Letter): void {
    const { letter, origin: { mailbox, kept } } = composed;
    if (kept === undefined) this.#keeper?.keepLetter(composed);
    this.#composed.delete(letter.id);
    this.#queue.add(composed);
    this.#events.emit({
      type: "dead_letter_added",
      id: letter.id,
      messageId: letter.message.id,
      ...(mailbox ? { mailbox: mailbox.name } : {}),
      reason: letter.reason,
      agent: letter.agent,
    });
  }

  /** Keeps the head of a message that is too large, and the first 4 KiB of its payload. */
  fileTooLarge(envelope: Envelope, detail: string): void {
    const { head } = envelope;
    const { binary, bytes } = envelope.encoded();
    const kept = bytes.slice(0, LIMITS.maxKeptBytes);
    const payload = binary
      ? kept
      : new TextDecoder().decode(kept, { stream: true });
    this.file({
      envelope: WholeEnvelope.ofValue(head, payload, kept.byteLength),
      cut: true,
      reason: "too_large",
      detail,
      agent: head.recipient,
    });
  }
}

/** What the history says of a copy that was given up for this reason. */
export function outcomeOf(
  reason: DeadLetterReason,
): "expired" | "dropped" | "dead" {
  if (reason === "expired") return "expired";
  return reason === "overflow" ? "dropped" : "dead";
}

const REQUEST_CODES: Partial<Record<DeadLetterReason, BusErrorCode>> = {
  expired: "expired",
  rejected: "rejected",
  overflow: "overflow",
  handler_failed: "remote",
};

/** What the requester is told whose request was given up for this reason. */
export function requestError(
  reason: DeadLetterReason,
  detail = "no detail",
): BusError {
  const code = REQUEST_CODES[reason] ?? "unreachable";
  return new BusError(
    code,
    `Request was not answered as it ended as "${reason}": ${detail}`,
  );
}
