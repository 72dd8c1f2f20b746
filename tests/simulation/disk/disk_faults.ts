import type { EndOfFault } from "../net/faults.ts";
import type { MsRange } from "../net/weather.ts";

/** What writes and syncs of a disk meet. */
export interface DiskWeather {
  /** How long a sync takes, or a read. */
  readonly sync?: MsRange;
  /** Share of the writes, syncs and reads that fail. */
  readonly errorChance?: number;
  /** Nothing can grow. */
  readonly isFull?: boolean;
  /** A sync says that it is done, and has done nothing. */
  readonly lies?: boolean;
}

/** How often each fault has acted on a write, a sync or a crash; 0 for one that never met any. */
export interface DiskFaultCounts {
  /** Syncs and reads that took longer than they should. */
  slowed: number;
  /** Writes that failed for no reason that is told. */
  failedWrites: number;
  /** Writes for which there was no space. */
  fullWrites: number;
  /** Of these two: writes of which a part was written. */
  partWrites: number;
  /** Syncs that failed, and lost what they should have kept. */
  failedSyncs: number;
  /** Reads that failed. */
  failedReads: number;
  /** Urgent writes that took of the space held back. */
  reservedWrites: number;
  /** Syncs that did nothing, and did not say so. */
  lies: number;
  /** Crashes after which something was there that was not synced. */
  kept: number;
  /** Crashes in which something was lost. */
  lost: number;
  /** Crashes that cut a write. */
  torn: number;
  /** Crashes in which something was lost that was written before what was kept. */
  reordered: number;
}

/** Counts that all stand at 0. */
export function noDiskFaults(): DiskFaultCounts {
  return {
    slowed: 0,
    failedWrites: 0,
    fullWrites: 0,
    partWrites: 0,
    failedSyncs: 0,
    failedReads: 0,
    reservedWrites: 0,
    lies: 0,
    kept: 0,
    lost: 0,
    torn: 0,
    reordered: 0,
  };
}

/**
 * What can go wrong with a disk. Each fault holds from its call on until what
 * the call returned is called, or everything is healed. Of two faults of a kind
 * the later one counts.
 */
export class DiskFaults {
  readonly #active = new Set<DiskWeather>();
  #weather: DiskWeather = {};

  /** What holds now. */
  get weather(): DiskWeather {
    return this.#weather;
  }

  /** Each sync takes a drawn time, and each read. */
  slow(sync: MsRange): EndOfFault {
    return this.#begin({ sync });
  }

  /** So large a share of what is asked fails: at once, or after a part was done. */
  fail(errorChance: number): EndOfFault {
    return this.#begin({ errorChance });
  }

  /** There is no space but what was held back for urgent writes. */
  fill(): EndOfFault {
    return this.#begin({ isFull: true });
  }

  /** Syncs say that they are done, and do nothing: a disk that no bus can keep a promise on. */
  lie(): EndOfFault {
    return this.#begin({ lies: true });
  }

  /** Ends every fault. What was lost stays so. */
  heal(): void {
    this.#active.clear();
    this.#weather = {};
  }

  #begin(weather: DiskWeather): EndOfFault {
    this.#active.add(weather);
    this.#merge();
    return () => {
      if (this.#active.delete(weather)) this.#merge();
    };
  }

  #merge(): void {
    this.#weather = Object.assign({}, ...this.#active);
  }
}
