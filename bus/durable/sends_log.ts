import type { Clock } from "../../core/clock.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Change, StoredRecord } from "../../storage/store.ts";
import type { Deduplication } from "../deduplication.ts";
import { ID_WORDS } from "../id_words.ts";
import type { JournalCompanion, JournalEntry, Together } from "./journal.ts";
import { decodeSends, SendsEncoder } from "./sends_bytes.ts";

/** Sends that were committed together. */
interface Batch {
  readonly key: number;
  readonly count: number;
  /** When they are forgotten, by the monotonic clock. */
  readonly untilMs: number;
}

const NONE: readonly Batch[] = [];

/**
 * Which sends were made before, as far as that outlives the process: one record
 * for all that one commit accepts. As many as are remembered in memory, as long.
 */
export class SendsLog implements JournalCompanion {
  readonly #clock: Clock;
  readonly #nextKey: () => number;
  /** The oldest first. */
  #batches: Batch[] = [];
  #count = 0;
  /** Those of entries that wait for a commit, unless they are more than one holds. */
  readonly #gathered = new SendsEncoder();
  #areTooMany = false;

  /** Nothing is remembered yet. */
  constructor(clock: Clock, nextKey: () => number) {
    this.#clock = clock;
    this.#nextKey = nextKey;
  }

  /** Remembers the send of an entry until it is committed. */
  gather({ send }: JournalEntry): void {
    if (send && !this.#areTooMany) this.#gathered.add(send);
  }

  /** What is to be changed when these entries are committed, of which only `waiting` were gathered beside them. */
  take(
    entries: readonly JournalEntry[],
    waiting: readonly JournalEntry[],
  ): Together {
    const areThey = !this.#areTooMany && waiting.length === 0;
    this.#areTooMany = waiting.length > 0;
    if (areThey) return this.#changesFor(this.#gathered);
    this.#gathered.clear();
    return this.again(entries);
  }

  /** The same of entries that were taken before. */
  again(entries: readonly JournalEntry[]): Together {
    const sends = new SendsEncoder();
    for (const { send } of entries) if (send) sends.add(send);
    return this.#changesFor(sends);
  }

  #changesFor(sends: SendsEncoder): Together {
    const { size } = sends;
    const over = this.#over(size);
    const changes: Change[] = over.map(({ key }) => ({
      type: "remove",
      kind: "sends",
      key,
    }));
    let added: Batch | undefined;
    if (size > 0) {
      const key = this.#nextKey();
      const body = sends.finish();
      const state = stateOf(this.#clock.now());
      changes.push({ type: "put", kind: "sends", key, body, state });
      const untilMs = this.#clock.monotonic() + LIMITS.deduplicationWindowMs;
      added = { key, count: size, untilMs };
    }
    return { changes, committed: () => this.#committed(over, added) };
  }

  /** Remembers what an earlier process has written. */
  restore({ key, body, state }: StoredRecord, to: Deduplication): void {
    const { groups, others } = decodeSends(body);
    const sentAt = new DataView(state.buffer, state.byteOffset).getFloat64(0);
    const elapsedMs = Math.max(0, this.#clock.now() - sentAt);
    const windowMs = LIMITS.deduplicationWindowMs;
    const untilMs = this.#clock.monotonic() + windowMs;
    let count = others.length;
    // A client that makes its send again means no other, however the wall clock jumped meanwhile.
    for (const { sender, words } of groups) {
      to.restoreIds(sender, words, windowMs);
      count += words.length / ID_WORDS;
    }
    this.#add({ key, count, untilMs });
    for (const [id = "", ...keys] of others) {
      for (const key of keys) {
        const isOwn = key.endsWith(` ${id}`);
        const leftMs = isOwn ? windowMs : windowMs - elapsedMs;
        if (leftMs > 0) to.restore(key, id, leftMs);
      }
    }
  }

  #add(batch: Batch): void {
    this.#batches.push(batch);
    this.#count += batch.count;
  }

  #committed(over: readonly Batch[], added: Batch | undefined): void {
    for (const { count } of over) this.#count -= count;
    if (over.length > 0) this.#batches = this.#batches.slice(over.length);
    if (added) this.#add(added);
  }

  /** Those of the oldest that are too old, or too many with `more` that are to come. */
  #over(more: number): readonly Batch[] {
    const nowMs = this.#clock.monotonic();
    let count = this.#count + more;
    let end = 0;
    for (const { untilMs, count: own } of this.#batches) {
      if (untilMs > nowMs && count <= LIMITS.maxDeduplicationIds) break;
      count -= own;
      end++;
    }
    return end === 0 ? NONE : this.#batches.slice(0, end);
  }
}

function stateOf(sentAt: number): Uint8Array {
  const state = new Uint8Array(8);
  new DataView(state.buffer).setFloat64(0, sentAt);
  return state;
}
