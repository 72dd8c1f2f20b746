import assert from "node:assert/strict";
import type { BusEvent, DeadLetterReason, Message } from "../../mod.ts";
import type { Clock } from "../../core/clock.ts";

/** Reasons of letters that a copy ends with; the others were never one. */
const COPY_REASONS: ReadonlySet<string> = new Set<DeadLetterReason>([
  "handler_failed",
  "rejected",
  "overflow",
  "undeliverable",
]);
/** The same of drops. */
const COPY_DROPS: ReadonlySet<string> = new Set([
  "undeliverable",
  "deadline",
  "cancelled",
]);

interface Entry {
  readonly message: Message;
  readonly seq: number;
  /** By the monotonic clock. */
  readonly acceptedMs: number;
  returns: number;
}

/** A letter, as far as its return depends on it. */
interface Letter {
  readonly messageId: string;
  /** The message had been accepted before the letter was written. */
  readonly wasAccepted: boolean;
  readonly wasCopy: boolean;
}

/** What a bus tells of itself, event by event, added up independently of what it counts. */
export class Books {
  /** Copies that were made, as far as can be told from who was there. */
  entered = 0;
  /** Copies that ended. */
  ended = 0;
  /** Copies in the hands of consumers. */
  inHand = 0;
  /** Deliveries started. */
  starts = 0;
  readonly #counts = {
    totalMessages: 0,
    totalAcked: 0,
    totalFailed: 0,
    totalExpired: 0,
    totalDropped: 0,
    deadLetters: 0,
  };
  readonly #entries = new Map<string, Entry>();
  readonly #letters = new Map<string, Letter>();
  readonly #replays = new Map<string, number>();
  #unread: { event: BusEvent; atMs: number }[] = [];
  #checks: (() => void)[] = [];
  #done: Promise<void> | undefined;

  /** Notes every event from now on, with its time. */
  read(events: AsyncIterable<BusEvent>, clock: Clock): void {
    this.#done = (async () => {
      for await (const event of events) {
        this.#unread.push({ event, atMs: clock.monotonic() });
      }
    })();
  }

  /** Settles once there are no more events. */
  get done(): Promise<void> | undefined {
    return this.#done;
  }

  /** Looked at once the events of this step are in the books. */
  later(check: () => void): void {
    this.#checks.push(check);
  }

  /** The place of a message in the order of accept. */
  entryOf(messageId: string): Entry {
    const entry = this.#entries.get(messageId);
    assert.ok(entry, `S2 ${messageId} was never accepted`);
    return entry;
  }

  /** How often a message was sent again from the dead letters. */
  replaysOf(messageId: string): number {
    return this.#replays.get(messageId) ?? 0;
  }

  /** What the bus should have counted. */
  counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }

  /** Books the events of a step; `copiesOf` tells how many copies a message makes. */
  close(copiesOf: (message: Message) => number): void {
    for (const { event, atMs } of this.#unread.splice(0)) {
      this.#book(event, atMs, copiesOf);
    }
    for (const check of this.#checks.splice(0)) check();
  }

  #book(
    event: BusEvent,
    atMs: number,
    copiesOf: (message: Message) => number,
  ): void {
    switch (event.type) {
      case "message_accepted":
        return this.#accepted(event.message, atMs, copiesOf);
      case "delivery_started":
        this.starts++;
        this.inHand++;
        return;
      case "delivery_ended":
        return this.#deliveryEnded(event);
      case "message_dropped":
        this.#counts.totalDropped++;
        if (COPY_DROPS.has(event.reason)) this.ended++;
        return;
      case "dead_letter_added":
        return this.#letterAdded(event);
      case "dead_letter_removed":
        this.#counts.deadLetters--;
        if (event.cause === "replayed") this.#replayed(event.id, copiesOf);
    }
  }

  #accepted(
    message: Message,
    acceptedMs: number,
    copiesOf: (message: Message) => number,
  ): void {
    const seq = this.#counts.totalMessages++;
    assert.ok(!this.#entries.has(message.id), `${message.id} accepted twice`);
    this.#entries.set(message.id, { message, seq, acceptedMs, returns: 0 });
    const isReply = message.type === "response" || message.type === "error";
    if (!isReply) this.entered += copiesOf(message);
  }

  #deliveryEnded(
    { messageId, outcome, error }: BusEvent & { type: "delivery_ended" },
  ): void {
    this.inHand--;
    const entry = this.entryOf(messageId);
    if (outcome === "returned") entry.returns++;
    const { type, requiresAck } = entry.message;
    // A responder that throws has answered: the requester got its error.
    const isAnswer = type === "request" && outcome === "nacked" &&
      error === "thrown";
    if (outcome !== "acked" && !isAnswer) return;
    this.ended++;
    if (requiresAck) this.#counts.totalAcked++;
  }

  #letterAdded(
    { id, messageId, reason }: BusEvent & { type: "dead_letter_added" },
  ): void {
    const counts = this.#counts;
    counts.deadLetters++;
    if (reason === "expired") counts.totalExpired++;
    else if (reason === "overflow") counts.totalDropped++;
    else counts.totalFailed++;
    const wasAccepted = this.#entries.has(messageId);
    // What was late on arrival was never accepted.
    const wasCopy = COPY_REASONS.has(reason) ||
      (reason === "expired" && wasAccepted);
    if (wasCopy) this.ended++;
    this.#letters.set(id, { messageId, wasAccepted, wasCopy });
  }

  #replayed(id: string, copiesOf: (message: Message) => number): void {
    const letter = this.#letters.get(id);
    assert.ok(letter, `${id} is no letter`);
    const { messageId, wasAccepted, wasCopy } = letter;
    this.#replays.set(messageId, this.replaysOf(messageId) + 1);
    // One that was not accepted before is now, with an event of its own.
    if (wasCopy) this.entered++;
    else if (wasAccepted) {
      this.entered += copiesOf(this.entryOf(messageId).message);
    }
  }
}
