import { DatabaseSync } from "node:sqlite";
import { encodeBatch } from "../../storage/change_batch.ts";
import { recordsOf } from "../../storage/record_group.ts";
import { SqliteFile } from "../../storage/sqlite_file.ts";
import {
  type Change,
  RECORD_KINDS,
  type RecordKind,
  type StoredRecord,
} from "../../storage/store.ts";
import { seededRandom } from "../../testing/seeded_random.ts";

/** As small as they may be, so that a test meets them. */
export const OPTIONS = { reserveBytes: 0, checkpointBytes: 1 << 20 };

/** A record's content by its kind and key. */
export type Contents = ReadonlyMap<string, string>;

/** A store's file in a directory of its own, and what must be in it. */
export class WrittenStore implements Disposable {
  /** The directory. */
  readonly directory = Deno.makeTempDirSync({ prefix: "busbar-store-" });
  /** The file. */
  readonly path = `${this.directory}/bus.db`;
  /** What was in it after each commit. */
  readonly history: Contents[] = [new Map()];

  /** What must be in it now. */
  get contents(): Contents {
    return this.history.at(-1) ?? new Map();
  }

  /** Makes changes, and takes note of what they come to. */
  commit(file: SqliteFile, changes: readonly Change[]): void {
    file.commit(encodeBatch(changes));
    const contents = new Map(this.contents);
    for (const change of changes) {
      const name = nameOf(change);
      const before = contents.get(name);
      if (change.type === "put") {
        contents.set(name, textOf(change.body, change.state));
      } else if (change.type === "remove") contents.delete(name);
      else if (before !== undefined) {
        const [body = ""] = before.split("/");
        contents.set(name, `${body}/${change.state.toHex()}`);
      }
    }
    this.history.push(contents);
  }

  /** Takes the directory away. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

/** Opens a file and reads it to its end. */
export function readFile(
  path: string,
  options = OPTIONS,
): { file: SqliteFile; records: StoredRecord[] } {
  const file = SqliteFile.open(path, options);
  try {
    return { file, records: [...file.read()].flatMap(recordsOf) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The file as a process leaves it that is killed now, but for its log, which is brought into it. */
export function killedNow(written: WrittenStore): string {
  const path = `${Deno.makeTempDirSync({ dir: written.directory })}/killed.db`;
  Deno.copyFileSync(written.path, path);
  Deno.copyFileSync(`${written.path}-wal`, `${path}-wal`);
  const database = new DatabaseSync(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  return path;
}

/** The contents of records that are whole. */
export function contentsOf(records: readonly StoredRecord[]): Contents {
  return new Map(
    records.filter(({ damage }) => damage === undefined)
      .map((record) => [nameOf(record), textOf(record.body, record.state)]),
  );
}

/** A name of a record, for a map. */
export function nameOf(
  { kind, key }: { kind: RecordKind; key: number },
): string {
  return `${kind} ${key}`;
}

/** Changes as a bus makes them, in batches: records of every kind come, change and go. */
export function* busyBatches(
  seed: number,
  batches: number,
): Generator<Change[]> {
  const random = seededRandom(seed);
  const below = (count: number) => Math.floor(random.next() * count);
  const bytes = (length: number) => {
    const made = new Uint8Array(length);
    random.fill(made);
    return made;
  };
  let next = 0;
  for (let batch = 0; batch < batches; batch++) {
    const changes: Change[] = [];
    for (let index = 0; index < 20; index++) {
      const kind = RECORD_KINDS[Math.min(RECORD_KINDS.length - 1, below(16))] ??
        "copy";
      // One in fifty does not fit into a page.
      const body = bytes(below(50) === 0 ? 9_000 : below(500));
      changes.push({ type: "put", kind, key: next++, body, state: bytes(40) });
    }
    for (let index = 0; index < 8; index++) {
      const kind = RECORD_KINDS[below(RECORD_KINDS.length)] ?? "copy";
      const key = below(next);
      changes.push({ type: "update", kind, key, state: bytes(40) });
      changes.push({ type: "remove", kind, key: below(next) });
    }
    yield changes;
  }
}

function textOf(body: Uint8Array, state: Uint8Array): string {
  return `${body.toHex()}/${state.toHex()}`;
}
