import type { Clock } from "../../core/clock.ts";
import type { Deadline, Deadlines } from "../../core/deadlines.ts";
import type { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Change, StoredRecord } from "../../storage/store.ts";
import { logOf } from "../../telemetry/telemetry.ts";
import type { MessageRecord } from "../message_record.ts";
import { decodeHistory, encodeHistory } from "./history_bytes.ts";
import type { Journal } from "./journal.ts";
import type { MessageBytes } from "./message_bytes.ts";

/** What a {@linkcode KeptHistory} works with. */
export interface KeptHistoryOptions {
  /** Where time comes from. */
  clock: Clock;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** Where it is written. */
  journal: Journal;
  /** A key for a record. */
  nextKey: () => number;
  /** Encodes messages. */
  messages: MessageBytes;
  /** Messages that are kept; a few more, as they are forgotten together with those of their record. */
  maxEntries: number;
  /** How long they are kept, in milliseconds. */
  maxAgeMs: number;
}

/** Messages that were written together. */
interface Batch {
  readonly key: number;
  readonly count: number;
  /** When the last of them ended, by the wall clock. */
  readonly endedAt: number;
}

const log = logOf("storage");

/**
 * The history, as far as it outlives the process: of messages that have ended,
 * some at a time and a moment later, so that it costs those under way little.
 * A kill loses what ended in the last half second.
 */
export class KeptHistory {
  readonly #options: KeptHistoryOptions;
  /** The oldest first. */
  readonly #batches: Batch[] = [];
  #count = 0;
  /** Ended, and not written yet. */
  readonly #gathered: MessageRecord[] = [];
  /** Payloads of those. */
  #bytes = 0;
  #lost = 0;
  #timer: Deadline | undefined;
  #isWriting = false;
  #isOpen = false;

  /** Nothing is kept yet. */
  constructor(options: KeptHistoryOptions) {
    this.#options = options;
  }

  /** Messages that were not kept, as the store failed or was too slow. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Messages that an earlier process has written.
   *
   * @throws {BusError} With code `"storage"` if they cannot be read.
   */
  restore({ key, body, state }: StoredRecord): MessageRecord[] {
    const { clock, messages } = this.#options;
    const { count, endedAt } = decodeState(state);
    this.#batches.push({ key, count, endedAt });
    this.#count += count;
    const offsetMs = clock.monotonic() - clock.now();
    const toMonotonic = (atMs: number) =>
      Math.min(atMs, clock.now()) + offsetMs;
    return decodeHistory(body, messages, toMonotonic);
  }

  /** What was left is back. */
  open(): void {
    this.#isOpen = true;
    const over = this.#over(0);
    if (over.length === 0) return;
    this.#forget(over);
    const { journal } = this.#options;
    journal.write({ changes: over.map(removal), grows: false });
  }

  /** Keeps a message that has ended, soon. */
  add(record: MessageRecord): void {
    if (!this.#isOpen) return;
    this.#gathered.push(record);
    this.#bytes += record.envelope.bytes;
    while (this.#isTooMuch()) {
      this.#bytes -= this.#gathered.shift()?.envelope.bytes ?? 0;
      this.#lost++;
    }
    const isFull = this.#gathered.length >= LIMITS.maxHistoryBatch ||
      this.#bytes >= LIMITS.maxHistoryBatchBytes;
    if (isFull && !this.#isWriting) this.#flush();
    else this.#flushLater();
  }

  /** Writes all that has gathered. */
  close(): void {
    while (this.#gathered.length > 0) this.#flush();
    this.#stopTimer();
    this.#isOpen = false;
  }

  #isTooMuch(): boolean {
    const { length } = this.#gathered;
    const isTooLarge = this.#bytes > LIMITS.maxHistoryBytes && length > 1;
    return isTooLarge || length > LIMITS.maxHistoryBacklog;
  }

  #flush(): void {
    this.#stopTimer();
    const { clock, journal, messages, nextKey } = this.#options;
    const records = this.#take();
    const batch = {
      key: nextKey(),
      count: records.length,
      endedAt: clock.now(),
    };
    const over = this.#over(batch.count);
    const put: Change = {
      type: "put",
      kind: "history",
      key: batch.key,
      body: encodeHistory(records, messages),
      state: encodeState(batch),
    };
    this.#isWriting = true;
    journal.write({
      changes: [...over.map(removal), put],
      grows: true,
      done: (error) => {
        this.#isWriting = false;
        if (error) this.#lose(batch.count, error);
        else {
          this.#forget(over);
          this.#batches.push(batch);
          this.#count += batch.count;
        }
        if (this.#gathered.length > 0) this.#flushLater();
      },
    });
  }

  /** The next that are written together. */
  #take(): MessageRecord[] {
    let bytes = 0;
    let count = 0;
    for (const { envelope } of this.#gathered) {
      const isFull = count === LIMITS.maxHistoryBatch ||
        (count > 0 && bytes + envelope.bytes > LIMITS.maxHistoryBatchBytes);
      if (isFull) break;
      bytes += envelope.bytes;
      count++;
    }
    this.#bytes -= bytes;
    return this.#gathered.splice(0, count);
  }

  #lose(count: number, error: BusError): void {
    this.#lost += count;
    log.warn("{count} messages are missing from the kept history: {error}", {
      count,
      error: error.message,
    });
  }

  #flushLater(): void {
    if (this.#timer || this.#isWriting) return;
    const { clock, deadlines } = this.#options;
    const atMs = clock.monotonic() + LIMITS.historyFlushMs;
    this.#timer = deadlines.add(atMs, () => {
      this.#timer = undefined;
      this.#flush();
    });
  }

  #stopTimer(): void {
    if (this.#timer) this.#options.deadlines.remove(this.#timer);
    this.#timer = undefined;
  }

  #forget(batches: readonly Batch[]): void {
    for (const { count } of batches) this.#count -= count;
    this.#batches.splice(0, batches.length);
  }

  /** Those of the oldest that are too old, or too many with `more` that are to come. */
  #over(more: number): readonly Batch[] {
    const { clock, maxEntries, maxAgeMs } = this.#options;
    const oldestAt = clock.now() - maxAgeMs;
    let count = this.#count + more;
    let end = 0;
    for (const { count: own, endedAt } of this.#batches) {
      const isOver = count - own >= maxEntries || endedAt < oldestAt;
      if (!isOver) break;
      count -= own;
      end++;
    }
    return this.#batches.slice(0, end);
  }
}

function removal({ key }: Batch): Change {
  return { type: "remove", kind: "history", key };
}

function encodeState({ count, endedAt }: Omit<Batch, "key">): Uint8Array {
  const state = new Uint8Array(12);
  const view = new DataView(state.buffer);
  view.setUint32(0, count);
  view.setFloat64(4, endedAt);
  return state;
}

function decodeState(state: Uint8Array): Omit<Batch, "key"> {
  const view = new DataView(state.buffer, state.byteOffset, state.length);
  return { count: view.getUint32(0), endedAt: view.getFloat64(4) };
}
