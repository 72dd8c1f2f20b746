import type { DeliveryOutcome } from "../core/events.ts";
import { LIMITS } from "../core/limits.ts";
import { type Envelope, forDisplay } from "./envelope.ts";
import type {
  DeliveryRecord,
  HistoryEntry,
  HistoryQuery,
  MessageOutcome,
} from "./records.ts";

/** How a copy can end. */
export type FinalOutcome = Exclude<MessageOutcome, "pending">;

/** Of a message that no rule matched. */
export const NO_RULES: readonly string[] = [];

const WORST_FIRST: readonly FinalOutcome[] = [
  "dead",
  "expired",
  "dropped",
  "acked",
  "delivered",
];

/**
 * One delivery of a message, as it happens. Times are whole milliseconds of the
 * monotonic clock, which take no memory beside the note.
 */
export interface DeliveryNote {
  /** Who has it. */
  readonly agent: string;
  /** Which attempt it is. */
  readonly attempt: number;
  /** When it was handed over. */
  readonly startedMs: number;
  /** When it ended. */
  endedMs: number | undefined;
  /** How it ended. */
  outcome: DeliveryOutcome | undefined;
  /** What it failed with. */
  error: string | undefined;
}

/** What becomes of one accepted message, as it happens. */
export class MessageRecord {
  /** The message. */
  readonly envelope: Envelope;
  /** The rules that matched it. */
  readonly rules: readonly string[];
  /** When it was accepted, in whole milliseconds of the monotonic clock. */
  readonly acceptedMs: number;
  /** Its place in the history; it has left it when another one is there. */
  place = -1;
  /** Copies that are not finished. */
  #open = 0;
  /** How the first copy ended, while it is the only one that has: most messages have one. */
  #end: FinalOutcome | undefined;
  /** How many copies ended how, once several have. */
  #ends: Partial<Record<FinalOutcome, number>> | undefined;
  /** The first delivery: most messages have one. */
  #delivery: DeliveryNote | undefined;
  /** Those that followed. */
  #redeliveries: DeliveryNote[] | undefined;

  /** The record of a message nobody has handled yet. */
  constructor(
    envelope: Envelope,
    rules: readonly string[],
    acceptedMs: number,
  ) {
    this.envelope = envelope;
    this.rules = rules;
    this.acceptedMs = Math.round(acceptedMs);
  }

  /** The record of a message that ended before a restart. */
  static ended(
    envelope: Envelope,
    acceptedMs: number,
    { outcome, deliveries, rules }: {
      outcome: FinalOutcome;
      deliveries: readonly DeliveryRecord[];
      rules: readonly string[];
    },
  ): MessageRecord {
    const record = new MessageRecord(envelope, rules, acceptedMs);
    const offsetMs = record.acceptedMs - envelope.head.timestamp;
    for (const { startedAt, endedAt, ...note } of deliveries) {
      const { agent, attempt, outcome, error } = note;
      const made = record.started(agent, attempt, startedAt + offsetMs);
      made.endedMs = endedAt === undefined ? undefined : endedAt + offsetMs;
      made.outcome = outcome;
      made.error = error;
    }
    record.endedAtOnce(outcome);
    return record;
  }

  /** A copy that ended so is sent again: its end does not count any more. */
  restarted(outcome: FinalOutcome): void {
    if (this.#end === outcome) this.#end = undefined;
    else if (this.#ends) {
      this.#ends[outcome] = Math.max(0, (this.#ends[outcome] ?? 0) - 1);
    }
  }

  /** One more copy is to be handled. */
  opened(): void {
    this.#open++;
  }

  /** A copy is finished. */
  finished(outcome: FinalOutcome): void {
    this.#open--;
    if (!this.#ends && this.#end === undefined) {
      this.#end = outcome;
      return;
    }
    this.#ends ??= this.#end === undefined ? {} : { [this.#end]: 1 };
    this.#end = undefined;
    this.#ends[outcome] = (this.#ends[outcome] ?? 0) + 1;
  }

  /** A handler has the message. @returns The note to end it with. */
  started(agent: string, attempt: number, startedMs: number): DeliveryNote {
    const note: DeliveryNote = {
      agent,
      attempt,
      startedMs: Math.round(startedMs),
      endedMs: undefined,
      outcome: undefined,
      error: undefined,
    };
    if (!this.#delivery) this.#delivery = note;
    else {
      this.#redeliveries ??= [];
      if (this.#redeliveries.length + 1 < LIMITS.maxHistoryDeliveries) {
        this.#redeliveries.push(note);
      }
    }
    return note;
  }

  /** A copy, or the message as a whole, ends without ever being handed out. */
  endedAtOnce(outcome: FinalOutcome): void {
    this.opened();
    this.finished(outcome);
  }

  /** Worst of what became of the copies, or `"pending"`. */
  get outcome(): MessageOutcome {
    if (this.#open > 0) return "pending";
    return this.#end ?? WORST_FIRST.find((end) => this.#ends?.[end]) ??
      "pending";
  }

  /** The record as users see it. */
  toEntry(): HistoryEntry {
    return {
      message: forDisplay(this.envelope),
      outcome: this.outcome,
      deliveries: this.#deliveries.map((note) => this.#toRecord(note)),
      rules: this.rules,
    };
  }

  /** Whether the record is one that the query asks for. */
  matches(
    { topic, agent, type, correlationId, outcome }: HistoryQuery,
  ): boolean {
    const { head } = this.envelope;
    return (topic === undefined || head.topic === topic) &&
      (type === undefined || head.type === type) &&
      (correlationId === undefined || head.correlationId === correlationId) &&
      (outcome === undefined || this.outcome === outcome) &&
      (agent === undefined || this.#concerns(agent));
  }

  #concerns(agent: string): boolean {
    const { sender, recipient } = this.envelope.head;
    return sender === agent || recipient === agent ||
      this.#deliveries.some((note) => note.agent === agent);
  }

  get #deliveries(): readonly DeliveryNote[] {
    if (!this.#delivery) return [];
    return [this.#delivery, ...this.#redeliveries ?? []];
  }

  /** Times are told from that of accept, so that a wall clock that was set does not tear them apart. */
  #toRecord(note: DeliveryNote): DeliveryRecord {
    const { agent, attempt, startedMs, endedMs, outcome, error } = note;
    const acceptedAt = this.envelope.head.timestamp;
    const toWall = (atMs: number) => acceptedAt + atMs - this.acceptedMs;
    return {
      agent,
      attempt,
      startedAt: toWall(startedMs),
      ...(endedMs === undefined ? {} : { endedAt: toWall(endedMs) }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(error === undefined ? {} : { error }),
    };
  }
}

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

  /** What is known of a copy's message. */
  recordOf(copy: WaitingCopy): MessageRecord {
    if (copy.record) return copy.record;
    const { envelope, acceptedAt, place } = copy;
    const record = new MessageRecord(envelope, NO_RULES, acceptedAt);
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
    if (this.onEnded && record.outcome !== "pending") this.onEnded(record);
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
