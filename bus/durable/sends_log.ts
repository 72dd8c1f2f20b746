import type { Clock } from "../../core/clock.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Change, StoredRecord } from "../../storage/store.ts";
import type { Deduplication } from "../deduplication.ts";
import type { JournalEntry, Together } from "./journal.ts";

/** Sends that were committed together. */
interface Batch {
  readonly key: number;
  readonly count: number;
  readonly sentAt: number;
}

const NONE: readonly Batch[] = [];
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/**
 * Which sends were made before, as far as that outlives the process: one record
 * for all that one commit accepts. As many as are remembered in memory, as long.
 */
export class SendsLog {
  readonly #clock: Clock;
  readonly #nextKey: () => number;
  /** The oldest first. */
  #batches: Batch[] = [];
  #count = 0;

  /** Nothing is remembered yet. */
  constructor(clock: Clock, nextKey: () => number) {
    this.#clock = clock;
    this.#nextKey = nextKey;
  }

  /** What is to be changed when these entries are committed: each `send` is an id, and the keys that resolve to it. */
  changesFor(entries: readonly JournalEntry[]): Together {
    const sends = entries.flatMap(({ send }) => send ? [send] : []);
    const sentAt = this.#clock.now();
    const over = this.#over(sentAt, sends.length);
    const changes: Change[] = over.map(({ key }) => ({
      type: "remove",
      kind: "sends",
      key,
    }));
    let added: Batch | undefined;
    if (sends.length > 0) {
      const key = this.#nextKey();
      const body = ENCODER.encode(JSON.stringify(sends));
      const state = stateOf(sentAt);
      changes.push({ type: "put", kind: "sends", key, body, state });
      added = { key, count: sends.length, sentAt };
    }
    return { changes, committed: () => this.#committed(over, added) };
  }

  /** Remembers what an earlier process has written. */
  restore({ key, body, state }: StoredRecord, to: Deduplication): void {
    const sends = JSON.parse(DECODER.decode(body)) as string[][];
    const sentAt = new DataView(state.buffer, state.byteOffset).getFloat64(0);
    this.#add({ key, count: sends.length, sentAt });
    const elapsedMs = Math.max(0, this.#clock.now() - sentAt);
    const leftMs = LIMITS.deduplicationWindowMs - elapsedMs;
    if (leftMs <= 0) return;
    for (const [id = "", ...keys] of sends) {
      for (const key of keys) to.restore(key, id, leftMs);
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
  #over(now: number, more: number): readonly Batch[] {
    let count = this.#count + more;
    let end = 0;
    for (const { sentAt, count: own } of this.#batches) {
      const isOld = now - sentAt >= LIMITS.deduplicationWindowMs;
      if (!isOld && count <= LIMITS.maxDeduplicationIds) break;
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
