import { crc32 } from "node:zlib";
import { isWhole, KIND_NUMBERS, sealPart, SUM_BYTES } from "./record_sums.ts";
import type { SqliteDatabase } from "./sqlite_database.ts";
import { RECORD_KINDS, type RecordKind } from "./store.ts";

const NUMBER_BYTES = 8;
/** What its checksum begins with. */
const NAME_SUM = crc32("tally");
/** Where the blocks of the nursery are counted: no kind has that number. */
const BLOCKS = 9;
/** The commits, the records by their kind's number, the blocks. */
const NUMBERS = 1 + Math.max(BLOCKS, ...Object.values(KIND_NUMBERS));

/**
 * How many records of each kind a file must have, how many blocks its nursery
 * must, and how many commits it has seen. Written with every commit: rows that
 * vanish are missed.
 */
export class SqliteTally {
  readonly #numbers: Float64Array;

  private constructor(numbers: Float64Array) {
    this.#numbers = numbers;
  }

  /** That of a file without records. */
  static empty(commits = 0): SqliteTally {
    const numbers = new Float64Array(NUMBERS);
    numbers[0] = commits;
    return new SqliteTally(numbers);
  }

  /** What a file says of itself; `undefined` where that is not what was written. */
  static read(database: SqliteDatabase): SqliteTally | undefined {
    const rows = database.rows("SELECT counts FROM tally");
    if (rows.length === 0) return SqliteTally.empty();
    const sealed = rows[0]?.[0];
    if (!(sealed instanceof Uint8Array) || !isWhole(NAME_SUM, sealed)) return;
    const view = new DataView(sealed.buffer, sealed.byteOffset, sealed.length);
    const tally = SqliteTally.empty();
    const known = Math.floor((sealed.length - SUM_BYTES) / NUMBER_BYTES);
    for (let index = 0; index < Math.min(known, NUMBERS); index++) {
      tally.#numbers[index] = view.getFloat64(index * NUMBER_BYTES, true);
    }
    return tally;
  }

  /** Commits that the file has seen. */
  get commits(): number {
    return this.#numbers[0] ?? 0;
  }

  /** Records of all kinds. */
  get records(): number {
    let records = 0;
    for (const kind of RECORD_KINDS) records += this.of(kind);
    return records;
  }

  /** Records of a kind. */
  of(kind: RecordKind): number {
    return this.#numbers[KIND_NUMBERS[kind]] ?? 0;
  }

  /** Takes note of records that came, or with a number below zero went. */
  add(kind: RecordKind, records: number): void {
    this.#numbers[KIND_NUMBERS[kind]] = this.of(kind) + records;
  }

  /** Blocks of the nursery. */
  get blocks(): number {
    return this.#numbers[BLOCKS] ?? 0;
  }

  /** Takes note of blocks that came, or with a number below zero went. */
  addBlocks(blocks: number): void {
    this.#numbers[BLOCKS] = this.blocks + blocks;
  }

  /** A copy, to be given up with the commit that it is for. */
  next(): SqliteTally {
    const numbers = this.#numbers.slice();
    numbers[0] = this.commits + 1;
    return new SqliteTally(numbers);
  }

  /** Writes it. */
  write(database: SqliteDatabase): void {
    const sealed = new Uint8Array(NUMBERS * NUMBER_BYTES + SUM_BYTES);
    const view = new DataView(sealed.buffer);
    for (const [index, number] of this.#numbers.entries()) {
      view.setFloat64(index * NUMBER_BYTES, number, true);
    }
    sealPart(NAME_SUM, sealed);
    database.run("INSERT OR REPLACE INTO tally VALUES (0, ?)", sealed);
  }
}
