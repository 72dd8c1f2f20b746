import { LIMITS } from "../core/limits.ts";
import type { Envelope } from "./envelope.ts";
import {
  type FinalOutcome,
  MessageRecord,
  NO_RULES,
} from "./message_record.ts";
import type { HistoryEntry, HistoryQuery } from "./records.ts";

/**
 * A message's only copy, as long as nobody has had it: a record would say
 * nothing that it does not. So a message that waits longer than the history
 * remembers it needs none.
 */
export interface WaitingCopy {
  /** The message. */
  readonly envelope: Envelope;
  /** When it was accepted, by the monotonic clock. */
  readonly acceptedAt: number;
  /** What is known of the message, once there is more to know. */
  record: MessageRecord | undefined;
  /** Its place in the history, until its record takes it. */
  place: number;
}

type Remembered = MessageRecord | WaitingCopy;

/** The last messages that were accepted; when it is full, or its payloads are too large, the oldest go. */
export class History {
  /** Messages that it remembers at most. */
  readonly maxEntries: number;
  /** A ring: the oldest is at `#first`. */
  readonly #ring: (Remembered | undefined)[] = [];
  /** The bytes of each, so that one that goes need not be looked at: it would have to be fetched. */
  readonly #bytesOf: number[] = [];
  readonly #maxAgeMs: number;
  readonly #monotonic: () => number;
  #first = 0;
  #size = 0;
  #bytes = 0;
  /** That of the message that was forgotten last, if it can be used again. */
  #spare: MessageRecord | undefined;
  /** Told of each message when the last of its copies has ended. */
  onEnded: ((record: MessageRecord) => void) | undefined;

  /** Remembers up to `maxEntries` messages, none with 0; each for `maxAgeMs` of the given clock. */
  constructor(
    maxEntries: number,
    maxAgeMs = Infinity,
    monotonic: () => number = () => 0,
  ) {
    this.maxEntries = maxEntries;
    this.#maxAgeMs = maxAgeMs;
    this.#monotonic = monotonic;
  }

  /** Messages remembered. */
  get size(): number {
    return this.#size;
  }

  /** Whether a message is remembered. */
  has(record: MessageRecord): boolean {
    return this.#ring[record.place] === record;
  }

  /** The record of a message nobody has handled yet. */
  newRecord(
    envelope: Envelope,
    rules: readonly string[],
    acceptedMs: number,
  ): MessageRecord {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.becomes(envelope, rules, acceptedMs) ??
      new MessageRecord(envelope, rules, acceptedMs);
  }

  /** What is known of a copy's message. */
  recordOf(copy: WaitingCopy): MessageRecord {
    if (copy.record) return copy.record;
    const { envelope, acceptedAt, place } = copy;
    const record = this.newRecord(envelope, NO_RULES, acceptedAt);
    record.opened();
    copy.record = record;
    if (this.#ring[place] === copy) {
      this.#ring[place] = record;
      record.place = place;
    }
    return record;
  }

  /** Remembers a message from now on, by its record or by its only copy. */
  add(message: Remembered): void {
    if (this.maxEntries === 0) return;
    if (this.#size === this.maxEntries) this.#forgetOldest();
    if (this.#maxAgeMs !== Infinity) this.#forgetOld();
    let place = this.#first + this.#size;
    if (place >= this.maxEntries) place -= this.maxEntries;
    const { bytes } = message.envelope;
    this.#ring[place] = message;
    this.#bytesOf[place] = bytes;
    message.place = place;
    this.#size++;
    this.#bytes += bytes;
    while (this.#bytes > LIMITS.maxHistoryBytes && this.#size > 1) {
      this.#forgetOldest();
    }
  }

  /** A copy of a message has ended. */
  ended(record: MessageRecord, outcome: FinalOutcome): void {
    record.finished(outcome);
    if (!this.onEnded || record.outcome === "pending") return;
    record.isShared = true;
    this.onEnded(record);
  }

  /** A message, or a copy of it, has ended without ever being handed out. */
  endedAtOnce(record: MessageRecord, outcome: FinalOutcome): void {
    record.opened();
    this.ended(record, outcome);
  }

  /** The record of one message: looks at all of them. */
  get(messageId: string): MessageRecord | undefined {
    for (const message of this.#newestFirst()) {
      if (message.envelope.head.id === messageId) return this.#known(message);
    }
    return undefined;
  }

  /** The messages that match, newest first. */
  entries(query: HistoryQuery = {}): HistoryEntry[] {
    const { limit = Infinity } = query;
    const found: HistoryEntry[] = [];
    for (const message of this.#newestFirst()) {
      if (found.length >= limit) break;
      const record = this.#known(message);
      if (record.matches(query)) found.push(record.toEntry());
    }
    return found;
  }

  #forgetOld(): void {
    const sinceMs = this.#monotonic() - this.#maxAgeMs;
    while (this.#size > 0) {
      const oldest = this.#ring[this.#first];
      if (oldest && acceptedMsOf(oldest) >= sinceMs) return;
      this.#forgetOldest();
    }
  }

  #known(message: Remembered): MessageRecord {
    return message instanceof MessageRecord ? message : this.recordOf(message);
  }

  *#newestFirst(): Generator<Remembered> {
    this.#forgetOld();
    for (let back = this.#size - 1; back >= 0; back--) {
      const message = this.#ring[(this.#first + back) % this.maxEntries];
      if (message) yield message;
    }
  }

  #forgetOldest(): void {
    this.#bytes -= this.#bytesOf[this.#first] ?? 0;
    const oldest = this.#ring[this.#first];
    if (oldest instanceof MessageRecord && oldest.isFree) this.#spare = oldest;
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) % this.maxEntries;
    this.#size--;
  }
}

/** In whole milliseconds of the monotonic clock. */
function acceptedMsOf(message: Remembered): number {
  return message instanceof MessageRecord
    ? message.acceptedMs
    : Math.round(message.acceptedAt);
}
