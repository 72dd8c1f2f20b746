import type { Change, StoredRecord } from "../../../storage/store.ts";
import { VirtualClock } from "../../../testing/virtual_clock.ts";
import { Dice } from "../../support/dice.ts";
import { SimProcess } from "../net/sim_process.ts";
import { type Fate, SimDisk } from "./sim_disk.ts";
import { SimStore, type SimStoreOptions } from "./sim_store.ts";

/** A disk with stores on it, one process after the other. */
export class DiskStage {
  readonly clock: VirtualClock = new VirtualClock();
  readonly disk: SimDisk;
  /** The process that has the newest store. */
  process: SimProcess;
  #processes = 0;

  /** An empty disk. */
  constructor(seed = 1, capacityBytes?: number) {
    this.disk = new SimDisk({ dice: new Dice(seed), capacityBytes });
    this.process = this.#start();
  }

  /** A store of the process, not open yet. */
  store(options: Partial<SimStoreOptions> = {}): SimStore {
    return new SimStore({ disk: this.disk, process: this.process, ...options });
  }

  /** Opens a store. @returns It, and what it has read. */
  async open(
    options: Partial<SimStoreOptions> = {},
  ): Promise<{ store: SimStore; records: StoredRecord[] }> {
    const store = this.store(options);
    const records = await this.finish(readAll(store));
    return { store, records };
  }

  /** Moves time on until it is done. */
  async finish<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const watch = () => void (isDone = true);
    work.then(watch, watch);
    for (let ms = 0; ms < PATIENCE_MS && !isDone; ms++) {
      await this.clock.advance(1);
    }
    return await work;
  }

  /** The process dies, and the disk with it or not. Another is started. */
  crash(fate: Fate): void {
    this.process.die();
    this.disk.crash(fate);
    this.process = this.#start();
  }

  /** What another process would read. */
  async reopened(): Promise<StoredRecord[]> {
    const { store, records } = await this.open();
    await store.close();
    return records;
  }

  #start(): SimProcess {
    return new SimProcess(`host ${++this.#processes}`, this.clock);
  }
}

/** Longest that anything takes here, in virtual milliseconds. */
const PATIENCE_MS = 2_000;

/** A new record, which can be told by its key. */
export function put(key: number, size = 10): Change {
  const body = new Uint8Array(size).fill(key);
  return { type: "put", kind: "copy", key, body, state: Uint8Array.of(key) };
}

/** The keys of records, in the order in which they were read. */
export function keysOf(records: readonly StoredRecord[]): number[] {
  return records.map(({ key }) => key);
}

async function readAll(store: SimStore): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const chunk of store.open()) records.push(...chunk);
  return records;
}
