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
  agent: string;
  /** Which attempt it is. */
  attempt: number;
  /** When it was handed over. */
  startedMs: number;
  /** When it ended. */
  endedMs: number | undefined;
  /** How it ended. */
  outcome: DeliveryOutcome | undefined;
  /** What it failed with. */
  error: string | undefined;
}

/**
 * What becomes of one accepted message, as it happens. The record of one that is
 * forgotten becomes that of the next: the collector copies what is remembered,
 * and would copy as many records as there are messages.
 */
export class MessageRecord {
  /** The message. */
  envelope!: Envelope;
  /** The rules that matched it. */
  rules!: readonly string[];
  /** When it was accepted, in whole milliseconds of the monotonic clock. */
  acceptedMs = 0;
  /** Its place in the history; it has left it when another one is there. */
  place = -1;
  /** Whether somebody refers to it who may look at it when it is forgotten, as a dead letter does. */
  isShared = false;
  /** Copies that are not finished. */
  #open = 0;
  /** How those that have ended did, as long as all did alike: most messages have one. */
  #end: FinalOutcome | undefined;
  /** How many these are. */
  #ended = 0;
  /** How many copies ended how, once they have not done so alike. */
  #ends: Partial<Record<FinalOutcome, number>> | undefined;
  /** How often it was handed out. */
  #handedOut = 0;
  /** The first delivery: most messages have one. Made once, and written anew. */
  #first: DeliveryNote | undefined;
  /** Those that followed, likewise. */
  #others: DeliveryNote[] | undefined;

  /** The record of a message nobody has handled yet. */
  constructor(
    envelope: Envelope,
    rules: readonly string[],
    acceptedMs: number,
  ) {
    // What is written once the engine takes for constant, and would compile
    // all anew when the first record is used again.
    this.becomes(envelope, rules, acceptedMs);
  }

  /**
   * Whether it can be used again once it is forgotten: nobody will write to it
   * or look at it any more, and all went well, so that no note has an error.
   */
  get isFree(): boolean {
    return this.#open === 0 && !this.isShared && !this.#ends &&
      this.#handedOut <= this.#ended;
  }

  /** Becomes the record of another message. */
  becomes(
    envelope: Envelope,
    rules: readonly string[],
    acceptedMs: number,
  ): this {
    this.envelope = envelope;
    this.rules = rules;
    this.acceptedMs = Math.round(acceptedMs);
    this.place = -1;
    this.#end = undefined;
    // More notes than the last one needed are given back.
    if (this.#handedOut <= 1) this.#others = undefined;
    this.#handedOut = 0;
    return this;
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
    if (this.#end === outcome) {
      this.#ended--;
      if (this.#ended === 0) this.#end = undefined;
    } else if (this.#ends) {
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
    if (this.#ends) {
      this.#ends[outcome] = (this.#ends[outcome] ?? 0) + 1;
    } else if (this.#end === undefined) {
      this.#end = outcome;
      this.#ended = 1;
    } else if (this.#end === outcome) this.#ended++;
    else {
      this.#ends = { [this.#end]: this.#ended, [outcome]: 1 };
      this.#end = undefined;
    }
  }

  /** A handler has the message. @returns The note to end it with. */
  started(agent: string, attempt: number, startedMs: number): DeliveryNote {
    const note = this.#nextNote();
    note.agent = agent;
    note.attempt = attempt;
    note.startedMs = Math.round(startedMs);
    note.endedMs = undefined;
    note.outcome = undefined;
    note.error = undefined;
    return note;
  }

  /** The note of one delivery more; beyond the limit, one that is not remembered. */
  #nextNote(): DeliveryNote {
    const index = this.#handedOut;
    if (index === LIMITS.maxHistoryDeliveries) return emptyNote();
    this.#handedOut++;
    if (index === 0) return this.#first ??= emptyNote();
    this.#others ??= [];
    return this.#others[index - 1] ??= emptyNote();
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
    const notes = this.#first ? [this.#first, ...this.#others ?? []] : [];
    return notes.slice(0, this.#handedOut);
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

function emptyNote(): DeliveryNote {
  return {
    agent: "",
    attempt: 0,
    startedMs: 0,
    endedMs: undefined,
    outcome: undefined,
    error: undefined,
  };
}
