import { BusError } from "../core/errors.ts";
import { encodeBatch } from "./change_batch.ts";
import { checkChanges } from "./change_check.ts";
import { type RecordGroup, recordsOf } from "./record_group.ts";
import type { SqliteCall, SqliteResults } from "./sqlite_calls.ts";
import type { SqliteFileOptions } from "./sqlite_file.ts";
import { SqliteLink } from "./sqlite_link.ts";
import type { DamagedRecord, StoreReport } from "./sqlite_report.ts";
import type {
  Change,
  RecordKind,
  Store,
  StoredRecord,
  StoreSize,
} from "./store.ts";

export type {
  Change,
  DamagedRecord,
  RecordKind,
  Store,
  StoredRecord,
  StoreReport,
  StoreSize,
};

/** Groups of records that are read before they are asked for. */
const READ_AHEAD = 4;

/** Options of {@linkcode sqliteStore}. */
export interface SqliteStoreOptions {
  /**
   * Room on the disk that is held back for changes that lead to less being
   * kept, in bytes, in a file beside the store's: with the disk full, messages
   * that wait can then still be handled and removed. 0 for none.
   *
   * @default {1_048_576}
   */
  reserveBytes?: number;
  /**
   * Bytes of the write-ahead log from which on it is brought into the file.
   *
   * @default {4_194_304}
   */
  checkpointBytes?: number;
}

/** A store in a SQLite file. */
export interface SqliteStore extends Store {
  /**
   * Writes a copy of the store, as of the last commit, to a file that does not
   * exist. Commits wait until it is done.
   *
   * @throws {BusError} With code `"storage"` if it could not be written.
   */
  backup(path: string): Promise<void>;
  /** Checks the whole file and every record of it. Commits wait until it is done. */
  verify(): Promise<StoreReport>;
}

/**
 * A store in a file of SQLite's, which is made where there is none. Every
 * commit is on the disk when it resolves. One bus of one process can have it
 * open; the end of the process, however it comes, lets go of it.
 *
 * The records that `open` reads share buffers of up to 1 MiB: who keeps a few
 * of many copies what it keeps.
 *
 * @throws {RangeError} If an option is out of its range.
 */
export function sqliteStore(
  path: string,
  options: SqliteStoreOptions = {},
): SqliteStore {
  const { reserveBytes = 1024 * 1024, checkpointBytes = 4 * 1024 * 1024 } =
    options;
  if (typeof path !== "string" || path === "" || path.startsWith(":")) {
    throw new TypeError(
      `Cannot create store as path must be the path of a file: current value is "${path}"`,
    );
  }
  checkBytes("reserveBytes", reserveBytes, 0);
  checkBytes("checkpointBytes", checkpointBytes, 4096);
  return new FileStore(path, { reserveBytes, checkpointBytes });
}

class FileStore implements SqliteStore {
  readonly name = "sqlite";
  readonly #path: string;
  readonly #options: SqliteFileOptions;
  #link: SqliteLink | undefined;
  #closing: Promise<void> = Promise.resolve();
  #size: StoreSize = { bytes: 0, records: 0 };

  constructor(path: string, options: SqliteFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  get size(): StoreSize {
    return this.#size;
  }

  async *open(): AsyncGenerator<readonly StoredRecord[]> {
    if (this.#link) {
      throw new BusError(
        "storage",
        `Cannot open "${this.#path}" as it belongs to one bus at a time: it is open`,
      );
    }
    const link = new SqliteLink();
    this.#link = link;
    let complete = false;
    try {
      await this.#closing;
      const [path, options] = [this.#path, this.#options];
      await this.#ask(link, { type: "open", path, options });
      yield* this.#read(link);
      complete = true;
    } finally {
      // Who leaves the loop early has not opened it.
      if (!complete && this.#link === link) await this.close();
    }
  }

  async commit(
    changes: readonly Change[],
    { urgent = false }: { readonly urgent?: boolean } = {},
  ): Promise<void> {
    checkChanges(changes);
    const batch = encodeBatch(changes);
    await this.#call({ type: "commit", batch, urgent }, [batch]);
  }

  async backup(path: string): Promise<void> {
    await this.#call({ type: "backup", path });
  }

  async verify(): Promise<StoreReport> {
    return await this.#call({ type: "verify" });
  }

  close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (link) this.#closing = letGo(link);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#read(link: SqliteLink): AsyncGenerator<readonly StoredRecord[]> {
    const reading: Promise<RecordGroup | null>[] = [];
    while (true) {
      while (reading.length < READ_AHEAD) {
        const group = this.#ask(link, { type: "read" });
        // It is awaited in its turn, or when nobody reads any more not at all.
        group.catch(() => {});
        reading.push(group);
      }
      const group = await reading.shift();
      if (!group) return;
      yield recordsOf(group);
    }
  }

  async #call<Type extends SqliteCall["type"]>(
    call: SqliteCall & { readonly type: Type },
    transfer: ArrayBuffer[] = [],
  ): Promise<SqliteResults[Type]> {
    if (!this.#link) {
      throw new BusError(
        "storage",
        `Cannot ${call.type} as "${this.#path}" must be open: it is not`,
        { retryable: false },
      );
    }
    return await this.#ask<Type>(this.#link, call, transfer);
  }

  async #ask<Type extends SqliteCall["type"]>(
    link: SqliteLink,
    call: SqliteCall & { readonly type: Type },
    transfer: ArrayBuffer[] = [],
  ): Promise<SqliteResults[Type]> {
    const { size, result } = await link.call<Type>(call, transfer);
    this.#size = size;
    return result;
  }
}

/** Closes the file after the calls before, then ends its thread. */
async function letGo(link: SqliteLink): Promise<void> {
  try {
    await link.call({ type: "close" });
  } catch {
    // The thread ended before: its file is closed.
  } finally {
    link.end();
  }
}

function checkBytes(option: string, bytes: number, least: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= least) return;
  throw new RangeError(
    `Cannot create store as ${option} must be a whole number from ${least}: current value is ${bytes}`,
  );
}
