import type { LastChanges, RoomyUpdate } from "./change_batch.ts";
import { type NurseryBlock, NurseryWriter } from "./nursery_block.ts";
import type { NurseryContents } from "./nursery_reader.ts";
import type { RecordKind } from "./store.ts";
import { type Litter, Young, YOUNG_KINDS } from "./young.ts";

/** After so many bytes of what is newer, records that are left leave for their tables. */
const MAX_NEWER_BYTES = 4 * 1024 * 1024;
/** While most records stay, one commit in so many brings its records here, to see whether they still do. */
const SAMPLE = 16;

/** What one commit does to the nursery. Nothing is done before {@linkcode Nursery.take}. */
export interface NurseryStep {
  /** The oldest of what was written here, which goes; what is left of it leaves for its tables, before anything else is done there. */
  readonly leaving: readonly Litter[];
  /** New blocks. */
  readonly blocks: readonly NurseryBlock[];
  /** The changes that are made here. */
  readonly own: ReadonlyMap<RecordKind, OwnChanges>;
  /** Those that are to be made in the tables. */
  readonly others: ReadonlyMap<RecordKind, LastChanges>;
  /** Bytes of the blocks, and of new records that are not in them. */
  readonly bytes: number;
}

/** Changes of young records. */
export interface OwnChanges {
  /** Records that came, some in the place of others. */
  readonly came: readonly number[];
  /** Records that went, also those in whose place others came. */
  readonly went: readonly number[];
  readonly updates: readonly RoomyUpdate[];
}

/**
 * Where new records are until it is clear that they stay. Most messages have
 * ended a few commits after they came: what is written of them goes into
 * blocks, one after the other, which are removed from the front when nothing in
 * them is needed any more. A record that stays leaves for its table; and where
 * most do, they go there at once, as that is less work.
 *
 * This knows what in the blocks still counts. The blocks are in the file, where
 * {@linkcode readNursery} finds out the same.
 */
export class Nursery {
  readonly #young: ReadonlyMap<RecordKind, Young>;
  readonly #writer = new NurseryWriter();
  /** The oldest first. */
  readonly #litters: Litter[] = [];
  #last = 0;
  /** Bytes that were written so far, here and of new records elsewhere. */
  #bytes = 0;
  #steps = 0;
  #mostStay = false;

  /** Has nothing in it; `highest` says what is the highest key in a kind's table. */
  constructor(highest: (kind: RecordKind) => number) {
    this.#young = new Map(
      YOUNG_KINDS.map((kind) => [kind, new Young(highest(kind))]),
    );
  }

  /** Takes in what was found in its blocks, of which none is damaged. */
  restore({ blocks, whole }: NurseryContents): void {
    const records = [...whole].flatMap(([kind, young]) =>
      young.map((one) => ({ kind, ...one }))
    );
    const byBlock = Map.groupBy(records, ({ block }) => block);
    for (const { number, size } of blocks) {
      const own = byBlock.get(number) ?? [];
      const keys = new Map(
        YOUNG_KINDS.map((kind) => [
          kind,
          own.flatMap((one) => one.kind === kind ? one.put.key : []),
        ]),
      );
      this.#settle(number, number, keys);
      this.#bytes += size;
    }
    for (const { kind, put, isUpdated } of records) {
      if (isUpdated) this.#young.get(kind)?.update(put);
    }
  }

  /** What changes come to; `mayGrow` says whether records may leave for their tables, which takes room. */
  step(
    changes: ReadonlyMap<RecordKind, LastChanges>,
    mayGrow: boolean,
  ): NurseryStep {
    const leaving = this.#leaving(mayGrow);
    const from = (leaving.at(-1)?.last ?? 0) + 1;
    const own = new Map<RecordKind, OwnChanges>();
    const others = new Map<RecordKind, LastChanges>();
    let bytes = 0;
    this.#writer.begin(this.#last + 1);
    for (const [kind, those] of changes) {
      const young = this.#young.get(kind);
      if (!young) others.set(kind, those);
      else {
        const split = this.#split(kind, young, those, from);
        own.set(kind, split.own);
        others.set(kind, split.others);
        bytes += bytesOf(split.others);
      }
    }
    const blocks = this.#writer.finish();
    for (const block of blocks) bytes += block.bytes.length;
    return { leaving, blocks, own, others, bytes };
  }

  /** What it comes to that every record leaves for its table. */
  emptying(): NurseryStep {
    const none = new Map<RecordKind, never>();
    const leaving = this.#litters.slice();
    return { leaving, blocks: [], own: none, others: none, bytes: 0 };
  }

  /** Whether a record that is found in a litter is here; and its state, where that is another than it came with. */
  find(
    litter: Litter,
    kind: RecordKind,
    key: number,
  ): { readonly state: Uint8Array | undefined } | undefined {
    const young = this.#young.get(kind);
    if (young?.litterOf(key) !== litter) return undefined;
    return { state: young.stateOf(key) };
  }

  /** A step is done, and on the disk. */
  take({ leaving, own, others, blocks, bytes }: NurseryStep): void {
    this.#steps++;
    for (const litter of leaving) this.#leave(litter);
    this.#litters.splice(0, leaving.length);
    const keys = new Map<RecordKind, readonly number[]>();
    for (const [kind, { came, went, updates }] of own) {
      const young = this.#young.get(kind);
      for (const key of went) young?.end(key);
      for (const update of updates) young?.update(update);
      for (const { key } of others.get(kind)?.puts ?? []) young?.passed(key);
      keys.set(kind, came);
    }
    const [first, last] = [blocks[0]?.number, blocks.at(-1)?.number];
    if (first !== undefined && last !== undefined) {
      this.#settle(first, last, keys);
    }
    this.#bytes += bytes;
  }

  #leave(litter: Litter): void {
    const { keys, count, left } = litter;
    if (count > 0) this.#mostStay = left > count / 2;
    for (const [kind, those] of keys) {
      this.#young.get(kind)?.leave(litter, those);
    }
  }

  /** The oldest litters, as far as nothing is left of them, or they have been here for long. */
  #leaving(mayGrow: boolean): readonly Litter[] {
    let count = 0;
    for (const { left, at } of this.#litters) {
      const isOld = this.#bytes - at > MAX_NEWER_BYTES;
      if (left > 0 && !(isOld && mayGrow)) break;
      count++;
    }
    return this.#litters.slice(0, count);
  }

  /** Tells the changes of records that are in blocks from one on, and of new ones, from others; and writes them. */
  #split(
    kind: RecordKind,
    young: Young,
    { puts, updates, removes }: LastChanges,
    from: number,
  ) {
    const own = {
      came: [] as number[],
      went: [] as number[],
      updates: [] as RoomyUpdate[],
    };
    const others: LastChanges = { puts: [], updates: [], removes: [] };
    const isHere = (key: number) => (young.litterOf(key)?.first ?? 0) >= from;
    const isOpen = !this.#mostStay || this.#steps % SAMPLE === 0;
    for (const put of puts) {
      const isKnown = isHere(put.key);
      if (!isKnown && (!isOpen || put.key <= young.highest)) {
        others.puts.push(put);
        continue;
      }
      if (isKnown) own.went.push(put.key);
      own.came.push(put.key);
      this.#writer.put(put);
    }
    for (const update of updates) {
      if (!isHere(update.key)) others.updates.push(update);
      else {
        own.updates.push(update);
        this.#writer.update(update);
      }
    }
    const ended: number[] = [];
    for (const key of removes) (isHere(key) ? ended : others.removes).push(key);
    this.#writer.remove(kind, ended);
    for (const key of ended) own.went.push(key);
    return { own, others };
  }

  #settle(
    first: number,
    last: number,
    keys: ReadonlyMap<RecordKind, readonly number[]>,
  ): void {
    let count = 0;
    for (const those of keys.values()) count += those.length;
    const at = this.#bytes;
    const litter: Litter = { first, last, at, keys, count, left: count };
    for (const [kind, those] of keys) {
      this.#young.get(kind)?.come(litter, those);
    }
    this.#last = last;
    this.#litters.push(litter);
  }
}

function bytesOf({ puts }: LastChanges): number {
  let bytes = 0;
  for (const { body, state } of puts) bytes += body.length + state.length;
  return bytes;
}
