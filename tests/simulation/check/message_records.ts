import type { MessageOutcome } from "../../../mod.ts";
import type { Snapshot } from "../history.ts";
import type { Copy, End } from "./copy.ts";

/** Deliveries remembered with one message. */
const MOST_DELIVERIES = 32;
/** Of several ends, the one that is shown. */
const WORST_FIRST = [
  "dead",
  "expired",
  "dropped",
  "acked",
  "delivered",
] as const;
type Ended = typeof WORST_FIRST[number];

/** What became of a message. */
interface MessageRecord {
  readonly messageId: string;
  open: number;
  readonly ends: Map<Ended, number>;
  deliveries: number;
  isRemembered: boolean;
}

/** The last messages of one life of a bus, oldest first, with what became of them. */
export class MessageRecords {
  readonly #maxEntries: number;
  /** Of all that are remembered, or may be again. */
  readonly #records = new Map<string, MessageRecord>();
  #remembered: MessageRecord[] = [];
  #first = 0;
  /** Messages of which there may be several records, as their parts came out of a store one by one. */
  readonly #vague = new Set<string>();
  /** By letter: how the copy ended of which it tells. */
  readonly #letters = new Map<string, Ended>();

  /** Remembers so many. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** A message is accepted, with so many copies; a reply is handed over by that. */
  accept(messageId: string, copies: number, isReply: boolean): void {
    if (this.#records.has(messageId)) this.#vague.add(messageId);
    const record: MessageRecord = {
      messageId,
      open: copies,
      ends: new Map(),
      deliveries: 0,
      isRemembered: false,
    };
    if (isReply) record.ends.set("delivered", 1);
    this.#records.set(messageId, record);
    this.#remember(record);
  }

  /** A copy of a message is back that an earlier life has left. */
  restore(messageId: string): void {
    this.accept(messageId, 1, false);
  }

  /** A message is sent again. */
  replay(messageId: string, copies: number): void {
    const record = this.#records.get(messageId);
    if (!record) return;
    record.open += copies;
    // It may have its place still, as parts that were counted apart may have been one.
    const mayHavePlace = this.#vague.size > 0 && !record.isRemembered;
    if (mayHavePlace) this.#vague.add(messageId);
    this.#remember(record);
  }

  /** A copy is handed out. */
  start(messageId: string): void {
    const record = this.#records.get(messageId);
    if (record && record.deliveries < MOST_DELIVERIES) record.deliveries++;
  }

  /** A copy is finished; where it has left a letter, that says how. */
  finish({ messageId, message }: Copy, end: End, reason?: string): void {
    const record = this.#records.get(messageId);
    if (!record) return;
    record.open--;
    const isHandled = end === "acked" || end === "answered";
    const ended = isHandled
      ? message.requiresAck ? "acked" : "delivered"
      : end === "dead"
      ? endOf(reason)
      : "dropped";
    addTo(record, ended, 1);
    this.#forget(record);
  }

  /** A message, or a part of it, ends without a copy. */
  endAtOnce(messageId: string, ended: Ended): void {
    const record = this.#records.get(messageId);
    if (record) addTo(record, ended, 1);
  }

  /** A letter comes, of a message that was accepted before or not. */
  file(letter: string, messageId: string, reason: string): void {
    if (this.#records.has(messageId)) this.#letters.set(letter, endOf(reason));
  }

  /** A letter goes. Sent again, its end does not count any more. */
  removeLetter(letter: string, messageId: string, isReplay: boolean): void {
    const ended = this.#letters.get(letter);
    this.#letters.delete(letter);
    const record = this.#records.get(messageId);
    if (!record || ended === undefined) return;
    if (isReplay) addTo(record, ended, -1);
  }

  /** Whether it is not known how often the history has a message. */
  isVague(messageId: string): boolean {
    return this.#vague.has(messageId);
  }

  /** Whether it is known how many messages the history has. */
  get isCounted(): boolean {
    return this.#vague.size === 0 ||
      this.#remembered.length - this.#first < this.#maxEntries;
  }

  /** What the history should show, newest first. */
  shown(): Snapshot["history"] {
    return this.#remembered.slice(this.#first).reverse().map((record) => ({
      messageId: record.messageId,
      outcome: outcomeOf(record),
      deliveries: record.deliveries,
    }));
  }

  #remember(record: MessageRecord): void {
    if (record.isRemembered || this.#maxEntries === 0) return;
    record.isRemembered = true;
    this.#remembered.push(record);
    if (this.#remembered.length - this.#first <= this.#maxEntries) return;
    const oldest = this.#remembered[this.#first++];
    if (oldest) {
      oldest.isRemembered = false;
      this.#forget(oldest);
    }
    if (this.#first < this.#maxEntries) return;
    this.#remembered = this.#remembered.slice(this.#first);
    this.#first = 0;
  }

  /** One that has left the history, and has ended well, does not come again. */
  #forget(record: MessageRecord): void {
    const mayReturn = record.isRemembered || record.open > 0 ||
      record.ends.has("dead") || record.ends.has("expired") ||
      record.ends.has("dropped");
    if (!mayReturn) this.#records.delete(record.messageId);
  }
}

/** How a copy has ended that left a letter for this reason. */
function endOf(reason: string | undefined): Ended {
  if (reason === "expired") return "expired";
  return reason === "overflow" ? "dropped" : "dead";
}

function addTo({ ends }: MessageRecord, ended: Ended, count: number): void {
  ends.set(ended, Math.max(0, (ends.get(ended) ?? 0) + count));
}

function outcomeOf({ open, ends }: MessageRecord): MessageOutcome {
  if (open > 0) return "pending";
  return WORST_FIRST.find((end) => ends.get(end)) ?? "pending";
}
