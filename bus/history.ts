import type { DeliveryOutcome } from "../core/events.ts";
import { LIMITS } from "../core/limits.ts";
import type { Envelope } from "./envelope.ts";
import type {
  DeliveryRecord,
  HistoryEntry,
  HistoryQuery,
  MessageOutcome,
} from "./records.ts";

type FinalOutcome = Exclude<MessageOutcome, "pending">;

const WORST_FIRST: readonly FinalOutcome[] = [
  "dead",
  "expired",
  "dropped",
  "acked",
  "delivered",
];

/** What becomes of one accepted message, as it happens. */
export class MessageRecord {
  /** The message. */
  readonly envelope: Envelope;
  /** The rules that matched it. */
  readonly rules: readonly string[];
  /** Its copies that are not finished. */
  #open = 0;
  #outcome: FinalOutcome | undefined;
  readonly #deliveries: {
    -readonly [K in keyof DeliveryRecord]: DeliveryRecord[K];
  }[] = [];

  /** The record of a message nobody has handled yet. */
  constructor(envelope: Envelope, rules: readonly string[]) {
    this.envelope = envelope;
    this.rules = rules;
  }

  /** One more copy is to be handled; a message that had ended is pending anew. */
  opened(): void {
    if (this.#open === 0) this.#outcome = undefined;
    this.#open++;
  }

  /** A copy is finished. */
  finished(outcome: FinalOutcome): void {
    if (this.#open > 0) this.#open--;
    const rank = WORST_FIRST.indexOf(outcome);
    const isWorse = this.#outcome === undefined ||
      rank < WORST_FIRST.indexOf(this.#outcome);
    if (isWorse) this.#outcome = outcome;
  }

  /** A handler has the message; what is returned is told how that ends. */
  started(agent: string, attempt: number, startedAt: number): number {
    if (this.#deliveries.length >= LIMITS.maxHistoryDeliveries) return -1;
    return this.#deliveries.push({ agent, attempt, startedAt }) - 1;
  }

  /** A handler is done with the message. `index` is what `started` returned. */
  ended(
    index: number,
    outcome: DeliveryOutcome,
    endedAt: number,
    error?: string,
  ): void {
    const delivery = this.#deliveries[index];
    if (!delivery) return;
    delivery.outcome = outcome;
    delivery.endedAt = endedAt;
    if (error !== undefined) delivery.error = error;
  }

  /** Worst of what became of the copies, or `"pending"`. */
  get outcome(): MessageOutcome {
    return this.#open > 0 ? "pending" : this.#outcome ?? "pending";
  }

  /** The record as users see it. */
  toEntry(): HistoryEntry {
    return {
      message: this.envelope.forDisplay(),
      outcome: this.outcome,
      deliveries: this.#deliveries.map((delivery) => ({ ...delivery })),
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
      (agent === undefined || head.sender === agent ||
        head.recipient === agent ||
        this.#deliveries.some((delivery) => delivery.agent === agent));
  }
}

/** The last messages that were accepted; when it is full, or its payloads are too large, the oldest go. */
export class History {
  readonly #maxEntries: number;
  /** By message id, oldest first: a Map keeps the order of insertion. */
  readonly #records = new Map<string, MessageRecord>();
  #bytes = 0;

  /** Remembers up to `maxEntries` messages; none with 0. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Messages remembered. */
  get size(): number {
    return this.#records.size;
  }

  /** Remembers a message from now on. */
  add(record: MessageRecord): void {
    if (this.#maxEntries === 0) return;
    this.#records.set(record.envelope.head.id, record);
    this.#bytes += record.envelope.bytes;
    while (
      this.#records.size > this.#maxEntries ||
      (this.#bytes > LIMITS.maxHistoryBytes && this.#records.size > 1)
    ) this.#forgetOldest();
  }

  /** The record of one message. */
  get(messageId: string): MessageRecord | undefined {
    return this.#records.get(messageId);
  }

  /** The messages that match, newest first. */
  entries(query: HistoryQuery = {}): HistoryEntry[] {
    const { limit = Infinity } = query;
    const found: HistoryEntry[] = [];
    for (const record of [...this.#records.values()].reverse()) {
      if (found.length >= limit) break;
      if (record.matches(query)) found.push(record.toEntry());
    }
    return found;
  }

  #forgetOldest(): void {
    for (const [id, { envelope }] of this.#records) {
      this.#records.delete(id);
      this.#bytes -= envelope.bytes;
      return;
    }
  }
}
