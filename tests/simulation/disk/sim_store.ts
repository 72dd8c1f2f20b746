import { BusError } from "../../../core/errors.ts";
import {
  type Change,
  RECORD_KINDS,
  type Store,
  type StoredRecord,
  type StoreSize,
} from "../../../storage/store.ts";
import { never, type SimProcess } from "../net/sim_process.ts";
import { decodeFrame, encodeFrame } from "./log_frame.ts";
import { DiskError, type SimDisk } from "./sim_disk.ts";

/** A moment of a commit in which its process may stop. */
export type CommitMoment =
  | "before" // Nothing is written.
  | "written" // All is written, nothing synced.
  | "synced"; // All is kept, and nobody told.

/** Options of {@linkcode SimStore}. */
export interface SimStoreOptions {
  /** Where it is kept. */
  disk: SimDisk;
  /** Who keeps it: whatever that waits for here never settles once it is dead. */
  process: SimProcess;
  /** Records that are read at once. @default {20} */
  chunkRecords?: number;
  /** Asked at each moment of a commit whether it stops there, for ever: its process is to be killed. */
  stopsAt?: (moment: CommitMoment) => boolean;
}

/**
 * A store whose commits are frames in the file of a {@linkcode SimDisk}, each
 * synced before it counts. What is read back is what the file says up to the
 * first frame that is not whole.
 */
export class SimStore implements Store {
  readonly name = "sim";
  readonly #options: SimStoreOptions;
  /** Of the records that there are: kind and key. What they say, only the disk knows. */
  readonly #there = new Set<string>();
  #state: "new" | "open" | "closed" = "new";
  /** Where the next frame goes. */
  #end = 0;
  #checksum = 0;
  #isCommitting = false;

  /** Not open yet. */
  constructor(options: SimStoreOptions) {
    this.#options = options;
  }

  get size(): StoreSize {
    return { bytes: this.#end, records: this.#there.size };
  }

  async *open(): AsyncGenerator<readonly StoredRecord[]> {
    const { disk, process, chunkRecords = 20 } = this.#options;
    if (this.#state !== "new" || disk.holder?.alive) {
      throw failed("open store", "one at a time may use it: it is in use");
    }
    disk.holder = process;
    this.#state = "open";
    const records = await this.#read();
    for (let from = 0; from < records.length; from += chunkRecords) {
      await disk.pause(process.clock);
      if (!process.alive) return await never();
      yield records.slice(from, from + chunkRecords);
    }
  }

  async commit(
    changes: readonly Change[],
    { urgent = false }: { readonly urgent?: boolean } = {},
  ): Promise<void> {
    const { process } = this.#options;
    if (!process.alive) return await never();
    if (this.#state !== "open") throw failed("commit", "it must be open");
    if (this.#isCommitting) {
      throw failed("commit", "one comes after the other: one is under way");
    }
    if (changes.length === 0) return;
    this.#isCommitting = true;
    try {
      await this.#write(changes, urgent);
    } catch (error) {
      throw failed("commit", "its disk must take it", error);
    } finally {
      this.#isCommitting = false;
    }
  }

  close(): Promise<void> {
    const { disk, process } = this.#options;
    if (this.#state === "open" && disk.holder === process) {
      disk.holder = undefined;
    }
    this.#state = "closed";
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Every record, in the order in which they are read back. */
  async #read(): Promise<StoredRecord[]> {
    const { disk, process } = this.#options;
    try {
      const records = this.#replay(await disk.read(process.clock));
      // What only its process has written may be lost still, and is built on from here.
      await disk.sync(process.clock);
      return records.sort(byKindAndKey);
    } catch (error) {
      await this.close();
      throw failed("open store", "its disk must work", error);
    }
  }

  /** What the file says up to the first frame that is not whole. */
  #replay(bytes: Uint8Array): StoredRecord[] {
    const records = new Map<string, StoredRecord>();
    for (;;) {
      const frame = decodeFrame(bytes, this.#end, this.#checksum);
      if (!frame) return [...records.values()];
      for (const change of frame.changes) {
        const name = this.#note(change);
        const { kind, key } = change;
        const known = records.get(name);
        if (change.type === "remove") records.delete(name);
        else if (change.type === "put") {
          const { body, state } = change;
          records.set(name, { kind, key, body, state });
        } else if (known) {
          records.set(name, { ...known, state: change.state });
        }
      }
      this.#end += frame.length;
      this.#checksum = frame.checksum;
    }
  }

  async #write(changes: readonly Change[], urgent: boolean): Promise<void> {
    const { disk, process, stopsAt = () => false } = this.#options;
    const { bytes, checksum } = encodeFrame(changes, this.#checksum);
    if (stopsAt("before")) return await never();
    disk.write(this.#end, bytes, urgent);
    if (stopsAt("written")) return await never();
    await disk.sync(process.clock);
    if (!process.alive || stopsAt("synced")) return await never();
    this.#end += bytes.length;
    this.#checksum = checksum;
    for (const change of changes) this.#note(change);
  }

  /** Notes whether there is a record after a change. @returns What names it. */
  #note({ type, kind, key }: Change): string {
    const name = `${kind} ${key}`;
    if (type === "put") this.#there.add(name);
    else if (type === "remove") this.#there.delete(name);
    return name;
  }
}

function byKindAndKey(one: StoredRecord, other: StoredRecord): number {
  return RECORD_KINDS.indexOf(one.kind) - RECORD_KINDS.indexOf(other.kind) ||
    one.key - other.key;
}

function failed(verb: string, rule: string, cause?: unknown): BusError {
  const problem = cause instanceof DiskError ? `: ${cause.message}` : "";
  return new BusError("storage", `Cannot ${verb} as ${rule}${problem}`, {
    cause,
  });
}
