import type { RoomyPut, RoomyUpdate } from "./change_batch.ts";
import {
  type NurseryBlock,
  type NurseryEntry,
  readBlock,
} from "./nursery_block.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import type { RecordKind } from "./store.ts";
import { YOUNG_KINDS } from "./young.ts";

/** A record of a nursery. */
export interface YoungPut {
  readonly put: RoomyPut;
  /** The number of the block in which it is. */
  readonly block: number;
  /** Whether its state is another than there. */
  readonly isUpdated: boolean;
}

/** What is in a nursery. */
export interface NurseryContents {
  /** The blocks, in their order. */
  readonly blocks: readonly {
    readonly number: number;
    readonly size: number;
  }[];
  /** Records that count, by kind; those of a kind by key. */
  readonly whole: ReadonlyMap<RecordKind, readonly YoungPut[]>;
  /** Those that are not what was written, as they are. */
  readonly damaged: ReadonlyMap<RecordKind, readonly YoungPut[]>;
  /** Blocks that are not what was written. */
  readonly torn: readonly number[];
  /** What is wrong with the blocks, for a person to know. */
  readonly problems: readonly string[];
}

interface Found extends YoungPut {
  isWhole: boolean;
}

/** Reads the blocks of a file in their order, and finds out what in them counts. */
export function readNursery(database: SqliteDatabase): NurseryContents {
  const reading = new NurseryReading();
  for (const block of blocksOf(database)) reading.add(block);
  return reading.contents();
}

/** The entries of some blocks, from the first to the last. */
export function* readEntries(
  database: SqliteDatabase,
  first: number,
  last: number,
): Generator<NurseryEntry> {
  for (const block of blocksOf(database, first, last)) yield* readBlock(block);
}

function* blocksOf(
  database: SqliteDatabase,
  first = 0,
  last: number = Number.MAX_SAFE_INTEGER,
): Generator<NurseryBlock> {
  const keys = database.rows(
    "SELECT key FROM nursery WHERE key BETWEEN ? AND ? ORDER BY key",
    first,
    last,
  );
  for (const [key = null] of keys) {
    // One at a time: together they may be large.
    const bytes = database.value(
      "SELECT CAST(body AS BLOB) FROM nursery WHERE key = ?",
      key,
    );
    const isThere = bytes instanceof Uint8Array;
    yield { number: Number(key), bytes: isThere ? bytes : NOTHING };
  }
}

const NOTHING = new Uint8Array();

class NurseryReading {
  readonly #found: ReadonlyMap<RecordKind, Map<number, Found>> = new Map(
    YOUNG_KINDS.map((kind) => [kind, new Map()]),
  );
  readonly #blocks: { number: number; size: number }[] = [];
  readonly #torn: number[] = [];
  readonly #problems: string[] = [];

  add(block: NurseryBlock): void {
    const { number, bytes } = block;
    this.#blocks.push({ number, size: bytes.length });
    const entries = readBlock(block);
    let isLost = bytes.length === 0;
    let areBack = false;
    let isTorn = false;
    let next = entries.next();
    for (; !next.done; next = entries.next()) {
      const { change, isWhole } = next.value;
      isTorn ||= !isWhole;
      if (isWhole) this.#take(next.value, number);
      else if (change.type === "removes") areBack = true;
      else if (!this.#takeDamaged(change, number)) isLost = true;
    }
    isLost ||= !next.value;
    if (isLost || isTorn) this.#torn.push(number);
    if (isLost) {
      this.#problems.push(
        `Cannot read all of block ${number} of the nursery as each entry must have its checksum: it does not match`,
      );
    }
    if (areBack) {
      this.#problems.push(
        `Cannot trust what block ${number} of the nursery removes as it must have its checksum: it does not match; the records are back`,
      );
    }
  }

  contents(): NurseryContents {
    return {
      blocks: this.#blocks,
      whole: this.#those(true),
      damaged: this.#those(false),
      torn: this.#torn,
      problems: this.#problems,
    };
  }

  #those(isWhole: boolean): Map<RecordKind, YoungPut[]> {
    const those = new Map<RecordKind, YoungPut[]>();
    for (const [kind, found] of this.#found) {
      const records = [...found.values()]
        .filter((one) => one.isWhole === isWhole)
        .sort((one, other) => one.put.key - other.put.key);
      if (records.length > 0) those.set(kind, records);
    }
    return those;
  }

  #take({ change }: NurseryEntry, block: number): void {
    const found = this.#found.get(change.kind);
    if (change.type === "removes") {
      for (const key of change.keys) found?.delete(key);
      return;
    }
    const { key } = change;
    if (change.type === "put") {
      const fresh = { put: change, block, isUpdated: false };
      found?.set(key, { ...fresh, isWhole: true });
      return;
    }
    const known = found?.get(key);
    // One that has left for its table since has this state there.
    if (!known) return;
    const put = { ...known.put, state: change.state };
    found?.set(key, { ...known, put, isUpdated: true });
  }

  /** It may not even be of this record. @returns Whether there is a record that is set aside for it. */
  #takeDamaged(change: RoomyPut | RoomyUpdate, block: number): boolean {
    const { kind, key } = change;
    const found = this.#found.get(kind);
    const known = found?.get(key);
    if (known) known.isWhole = false;
    else if (!found || change.type === "update") return false;
    else {
      const fresh = { put: change, block, isUpdated: false };
      found.set(key, { ...fresh, isWhole: false });
    }
    return true;
  }
}
