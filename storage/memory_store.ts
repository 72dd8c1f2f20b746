import { BusError } from "../core/errors.ts";
import { checkChanges } from "./change_check.ts";
import {
  type Change,
  RECORD_KINDS,
  type RecordKind,
  type Store,
  type StoredRecord,
  type StoreSize,
} from "./store.ts";

export type { Change, RecordKind, Store, StoredRecord, StoreSize };

/** Records that are read back at once. */
const READ_RECORDS = 256;

/**
 * A store that lives as long as the object does: a bus that opens it after
 * another one closed it finds what that one kept. For tests, and to try what a
 * durable bus is like; the end of the process is the end of what is kept. Not
 * bounded: the bus bounds what it keeps.
 */
export function memoryStore(): Store {
  return new MemoryStore();
}

interface Kept {
  readonly body: Uint8Array;
  readonly state: Uint8Array;
}

class MemoryStore implements Store {
  readonly name = "memory";
  readonly #kept: Readonly<Record<RecordKind, Map<number, Kept>>> = {
    rule: new Map(),
    agent: new Map(),
    subscription: new Map(),
    sends: new Map(),
    message: new Map(),
    copy: new Map(),
    letter: new Map(),
    history: new Map(),
  };
  #bytes = 0;
  #open = false;

  get size(): StoreSize {
    let records = 0;
    for (const kept of Object.values(this.#kept)) records += kept.size;
    return { bytes: this.#bytes, records };
  }

  async *open(): AsyncGenerator<readonly StoredRecord[]> {
    if (this.#open) {
      throw new BusError(
        "storage",
        "Cannot open memory store as it belongs to one bus at a time: it is open",
      );
    }
    this.#open = true;
    let complete = false;
    try {
      for (const kind of RECORD_KINDS) yield* this.#read(kind);
      complete = true;
    } finally {
      // Who leaves the loop early has not opened it.
      if (!complete) this.#open = false;
    }
  }

  // deno-lint-ignore require-await -- so that whatever throws becomes a rejection.
  async commit(changes: readonly Change[]): Promise<void> {
    if (!this.#open) {
      throw new BusError(
        "storage",
        "Cannot commit to memory store as it must be open: it is not",
        { retryable: false },
      );
    }
    checkChanges(changes);
    for (const change of changes) this.#make(change);
  }

  close(): Promise<void> {
    this.#open = false;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  *#read(kind: RecordKind): Generator<readonly StoredRecord[]> {
    const kept = this.#kept[kind];
    const keys = [...kept.keys()].sort((one, other) => one - other);
    let records: StoredRecord[] = [];
    for (const key of keys) {
      const found = kept.get(key);
      if (!found) continue;
      const { body, state } = found;
      // Copies, as a file would give: what is done to them is not done to what is kept.
      records.push({ kind, key, body: body.slice(), state: state.slice() });
      if (records.length < READ_RECORDS) continue;
      yield records;
      records = [];
    }
    if (records.length > 0) yield records;
  }

  #make(change: Change): void {
    const { kind, key } = change;
    const kept = this.#kept[kind];
    const before = kept.get(key);
    if (change.type === "put") {
      const { body, state } = change;
      this.#replace(kept, key, { body: body.slice(), state: state.slice() });
    } else if (change.type === "remove") {
      this.#replace(kept, key, undefined);
    } else if (before) {
      const { body } = before;
      this.#replace(kept, key, { body, state: change.state.slice() });
    }
  }

  #replace(
    kept: Map<number, Kept>,
    key: number,
    record: Kept | undefined,
  ): void {
    this.#bytes += bytesOf(record) - bytesOf(kept.get(key));
    if (record) kept.set(key, record);
    else kept.delete(key);
  }
}

function bytesOf(record: Kept | undefined): number {
  return record ? record.body.length + record.state.length : 0;
}
