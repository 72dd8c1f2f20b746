import { BusError } from "../core/errors.ts";
import type { DeadLetter, DeadLetterQuery } from "./dead_letter.ts";

/** A dead letter with what the bus needs to send it again. */
export interface StoredLetter<Origin> {
  /** What users see. */
  readonly letter: DeadLetter;
  /** Payload bytes it keeps alive. */
  readonly bytes: number;
  /** Where it came from. */
  readonly origin: Origin;
}

/** A letter's way back. */
export interface Replay {
  /** The letter's id. */
  readonly id: string;
  /** Aborts when the letter is gone before its message is taken in. */
  readonly signal: AbortSignal;
  /**
   * Called at the moment the message is taken in, and not when the signal has
   * aborted: the letter leaves then and there. Were it later, somebody could
   * discard what is sent, or find it twice.
   */
  readonly onTaken: () => void;
}

/** Why a letter is there no more: `evicted` was pushed out by a newer one, `expired` was kept as long as it may be. */
export type LetterEnd = "replayed" | "discarded" | "evicted" | "expired";

/** What a {@linkcode LetterQueue} asks of its owner. */
export interface LetterQueueOptions<Origin> {
  /** Letters kept. */
  maxEntries: number;
  /** Their payloads together, in bytes. */
  maxBytes: number;
  /** Whether a new letter pushes out the oldest; else letters pile up, and the owner must stop what makes them. */
  evictOldest: boolean;
  /** Sends a letter's message again. */
  redeliver: (
    stored: StoredLetter<Origin>,
    replay: Replay,
  ) => Promise<string>;
  /** Told of each letter that leaves. */
  onRemoved?: (
    stored: StoredLetter<Origin>,
    cause: LetterEnd,
  ) => void;
  /** Told of each that comes. */
  onAdded?: (stored: StoredLetter<Origin>) => void;
}

/** Messages that could not be handled, oldest first, until a person or a program decides about them. */
export interface DeadLetterQueue extends Iterable<DeadLetter> {
  /** Letters kept now. */
  readonly size: number;
  /** Letters pushed out by newer ones. */
  readonly evicted: number;
  /** Whether a new letter is one too many. */
  readonly full: boolean;
  /** The letter with this id. */
  get(id: string): DeadLetter | undefined;
  /** The letters that match, newest first. */
  entries(query?: DeadLetterQuery): DeadLetter[];
  /**
   * Sends a letter's message again, to where it failed: attempts start anew,
   * the message keeps its id, and the letter is gone once the bus has taken
   * the message.
   *
   * @returns The message's id.
   * @throws {RangeError} If there is no such letter.
   * @throws {BusError} If the bus does not take the message; the letter stays.
   */
  replay(id: string): Promise<string>;
  /**
   * Replays the letters that match, oldest first. One that the bus does not
   * take stays, and does not stop the others.
   *
   * @returns How many the bus has taken.
   */
  replayAll(query?: DeadLetterQuery): Promise<number>;
  /** Forgets a letter. @returns Whether there was one. */
  discard(id: string): boolean;
  /** Forgets every letter. @returns How many there were. */
  clear(): number;
}

/** The letters of one bus, each with what is needed to send it again. */
export class LetterQueue<Origin> implements DeadLetterQueue {
  readonly #options: LetterQueueOptions<Origin>;
  readonly #letters = new Map<string, StoredLetter<Origin>>();
  /** Letters under way, each with what stops it when it is discarded. */
  readonly #replaying = new Map<string, AbortController>();
  /** Ids from the oldest on: kept, as a new one would begin with all that have gone. */
  readonly #order: Iterator<string, unknown> = this.#letters.keys();
  #bytes = 0;
  #evicted = 0;

  /** A queue without letters. */
  constructor(options: LetterQueueOptions<Origin>) {
    this.#options = options;
  }

  /** Letters kept now. */
  get size(): number {
    return this.#letters.size;
  }

  /** Letters pushed out by newer ones. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Whether a new letter is one too many. */
  get full(): boolean {
    return this.#letters.size >= this.#options.maxEntries ||
      this.#bytes >= this.#options.maxBytes;
  }

  /** The letter with this id. */
  get(id: string): DeadLetter | undefined {
    return this.#letters.get(id)?.letter;
  }

  /** The letters that match, newest first. */
  entries(query: DeadLetterQuery = {}): DeadLetter[] {
    const { limit = Infinity } = query;
    const found: DeadLetter[] = [];
    for (const letter of [...this].reverse()) {
      if (found.length >= limit) break;
      if (matches(letter, query)) found.push(letter);
    }
    return found;
  }

  /** Every letter, oldest first. */
  *[Symbol.iterator](): Iterator<DeadLetter> {
    for (const { letter } of this.#letters.values()) yield letter;
  }

  /**
   * Sends a letter's message again, to where it failed: attempts start anew,
   * the message keeps its id, and the letter is gone once the bus has taken
   * the message.
   *
   * @returns The message's id.
   * @throws {RangeError} If there is no such letter.
   * @throws {BusError} If the bus does not take the message; the letter stays.
   */
  async replay(id: string): Promise<string> {
    const stored = this.#letters.get(id);
    if (!stored) throw unknown(id);
    const { replay, end } = this.#beginReplay(stored.letter);
    try {
      return await this.#options.redeliver(stored, replay);
    } finally {
      end();
    }
  }

  /**
   * Replays the letters that match, oldest first. One that the bus does not
   * take stays, and does not stop the others.
   *
   * @returns How many the bus has taken.
   */
  async replayAll(query: DeadLetterQuery = {}): Promise<number> {
    let replayed = 0;
    for (const { id } of this.entries(query).reverse()) {
      try {
        await this.replay(id);
        replayed++;
      } catch {
        // The letter stays, with its reason: that is the record of the failure.
      }
    }
    return replayed;
  }

  /** Forgets a letter. @returns Whether there was one. */
  discard(id: string): boolean {
    return this.#remove(id, "discarded");
  }

  /** Forgets every letter. @returns How many there were. */
  clear(): number {
    const ids = [...this.#letters.keys()];
    for (const id of ids) this.#remove(id, "discarded");
    return ids.length;
  }

  /** Keeps a letter. Called by the bus. */
  add(stored: StoredLetter<Origin>): void {
    if (this.#options.evictOldest) {
      while (this.#letters.size > 0 && !this.#hasRoom(stored)) this.#evict();
    }
    this.#letters.set(stored.letter.id, stored);
    this.#bytes += stored.bytes;
    this.#options.onAdded?.(stored);
  }

  /** Forgets a letter that was kept as long as it may be. Called by the bus. */
  expire(id: string): void {
    this.#remove(id, "expired");
  }

  #beginReplay(letter: DeadLetter) {
    const { id } = letter;
    if (this.#replaying.has(id)) throw underWay(letter);
    const discarding = new AbortController();
    this.#replaying.set(id, discarding);
    const end = () => {
      // A message that failed anew may have a letter, and a replay, of the same id.
      if (this.#replaying.get(id) === discarding) this.#replaying.delete(id);
    };
    const onTaken = () => {
      end();
      this.#remove(id, "replayed");
    };
    return { replay: { id, signal: discarding.signal, onTaken }, end };
  }

  #hasRoom({ bytes }: StoredLetter<Origin>): boolean {
    const { maxEntries, maxBytes } = this.#options;
    return this.#letters.size < maxEntries && this.#bytes + bytes <= maxBytes;
  }

  /** Called while there are letters. */
  #evict(): void {
    // Whatever the iterator has passed is gone: it never ends before the letters do.
    const oldest = this.#order.next().value as string;
    this.#evicted++;
    this.#remove(oldest, "evicted");
  }

  #remove(id: string, cause: LetterEnd): boolean {
    const stored = this.#letters.get(id);
    if (!stored) return false;
    this.#letters.delete(id);
    this.#replaying.get(id)?.abort(gone(id));
    this.#bytes -= stored.bytes;
    this.#options.onRemoved?.(stored, cause);
    return true;
  }
}

function unknown(id: string): RangeError {
  return new RangeError(
    `Cannot replay dead letter as there is none with this id: "${id}"`,
  );
}

function underWay({ id, message }: DeadLetter): BusError {
  return new BusError(
    "rejected",
    `Cannot replay dead letter as its replay is under way: "${id}"`,
    { messageId: message.id },
  );
}

function gone(id: string): BusError {
  return new BusError(
    "cancelled",
    `Cannot replay dead letter as it was discarded meanwhile: "${id}"`,
  );
}

function matches(letter: DeadLetter, query: DeadLetterQuery): boolean {
  const { reason, agent, topic } = query;
  return (reason === undefined || letter.reason === reason) &&
    (agent === undefined || letter.agent === agent) &&
    (topic === undefined || letter.message.topic === topic);
}
