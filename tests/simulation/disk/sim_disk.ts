import type { Clock } from "../../../core/clock.ts";
import type { Dice } from "../../support/dice.ts";
import {
  type DiskFaultCounts,
  DiskFaults,
  noDiskFaults,
} from "./disk_faults.ts";
import { GrowingBytes } from "./growing_bytes.ts";

/** What becomes, when everything stops, of what was written and not synced. */
export type Fate =
  | "kept" // It is as it was: the process died, and not the machine.
  | "lost" // None of it is.
  | "torn" // What was written first is there, up to some byte.
  | "reordered"; // Of each sector it is a matter of chance.

/** Why a disk did not do what it was asked. */
export class DiskError extends Error {
  override readonly name = "DiskError";
  /** As the platform names it. */
  readonly code: "ENOSPC" | "EIO";

  constructor(code: "ENOSPC" | "EIO", text: string) {
    super(`${code}: ${text}`);
    this.code = code;
  }
}

/** A part of the file that is written, and not synced. */
interface Sector {
  readonly at: number;
  readonly length: number;
}

/** Options of {@linkcode SimDisk}. */
export interface SimDiskOptions {
  /** The only source of chance. */
  dice: Dice;
  /** Most bytes; a write that needs more fails as one on a full disk does. @default {67_108_864} */
  capacityBytes?: number;
}

/**
 * A disk with one file, which outlives the processes that write to it: a log of
 * writes, and marks up to where they were synced. What is written can be read
 * at once, and survives the process; what is synced survives everything. The
 * same calls, from the same seed, fail and lose the same bytes.
 */
export class SimDisk {
  /** What can go wrong, to be called. */
  readonly faults: DiskFaults = new DiskFaults();
  /** How often each fault has acted. */
  readonly counts: DiskFaultCounts = noDiskFaults();
  /** Whoever has the file to itself. */
  holder: { readonly alive: boolean } | undefined;
  readonly #dice: Dice;
  readonly #capacityBytes: number;
  /** What a process sees. */
  readonly #seen = new GrowingBytes();
  /** What survives. */
  readonly #synced = new GrowingBytes();
  #unsynced: Sector[] = [];
  /** Left of what is held back, until there is space again. */
  #reserveBytes = RESERVE_BYTES;

  /** An empty disk. */
  constructor({ dice, capacityBytes = 67_108_864 }: SimDiskOptions) {
    this.#dice = dice;
    this.#capacityBytes = capacityBytes;
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#seen.length;
  }

  /** Bytes that are written, and not synced. */
  get unsyncedBytes(): number {
    return this.#unsynced.reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * Reads the file.
   *
   * @throws {DiskError} If it cannot be read at the moment.
   */
  async read(clock: Clock): Promise<Uint8Array> {
    await this.pause(clock);
    if (this.#fails()) {
      this.counts.failedReads++;
      throw new DiskError("EIO", "the file cannot be read");
    }
    return this.#seen.bytes;
  }

  /** Waits as long as the disk takes for anything. A process that dies meanwhile waits for ever. */
  async pause(clock: Clock): Promise<void> {
    const { sync } = this.faults.weather;
    const { minMs, maxMs } = sync ?? CALM;
    const tookMs = this.#dice.int(minMs, maxMs);
    if (tookMs <= 0) return;
    if (sync) this.counts.slowed++;
    await new Promise<void>((resolve) => clock.schedule(tookMs, resolve));
  }

  /**
   * Writes bytes. Urgent ones may take of the space that is held back.
   *
   * @throws {DiskError} If they could not be written; a part of them may be.
   */
  write(at: number, bytes: Uint8Array, isUrgent = false): void {
    const problem = this.#hasSpace(at + bytes.length, isUrgent)
      ? this.#fails() && new DiskError("EIO", "the write has failed")
      : new DiskError("ENOSPC", "there is no space left");
    if (!problem) return this.#put(at, bytes);
    if (problem.code === "ENOSPC") this.counts.fullWrites++;
    else this.counts.failedWrites++;
    if (this.#dice.chance(0.5)) {
      this.counts.partWrites++;
      this.#put(at, bytes.subarray(0, this.#dice.int(1, bytes.length - 1)));
    }
    throw problem;
  }

  /**
   * Syncs what is written. While a process waits for this it may die; then it
   * is not synced.
   *
   * @throws {DiskError} If that fails: what was not synced is lost.
   */
  async sync(clock: Clock): Promise<void> {
    await this.pause(clock);
    if (this.faults.weather.lies) {
      this.counts.lies++;
      return;
    }
    if (this.#fails()) {
      this.counts.failedSyncs++;
      this.#forget();
      throw new DiskError("EIO", "the sync has failed");
    }
    for (const sector of this.#unsynced) this.#keep(sector, sector.length);
    this.#unsynced = [];
  }

  /** Everything stops. Of what was not synced there is, from now on, what its fate leaves. */
  crash(fate: Fate): void {
    const unsynced = this.#unsynced;
    this.holder = undefined;
    if (unsynced.length === 0) return;
    if (fate === "kept") {
      this.counts.kept++;
      return;
    }
    const left = unsynced.map((sector) => this.#leftOf(sector, fate));
    const cutAt = fate === "torn" ? this.#dice.int(0, left.length - 1) : NaN;
    for (const [index, sector] of unsynced.entries()) {
      if (index === cutAt) left[index] = this.#dice.int(0, sector.length - 1);
      else if (index > cutAt) left[index] = 0;
      this.#keep(sector, left[index] ?? 0);
    }
    this.#countCrash(unsynced, left);
    this.#unsynced = [];
    this.#seen.become(this.#synced);
  }

  #leftOf({ length }: Sector, fate: Fate): number {
    if (fate === "lost") return 0;
    if (fate === "reordered") return this.#dice.chance(0.5) ? length : 0;
    return length;
  }

  #countCrash(unsynced: readonly Sector[], left: readonly number[]): void {
    const { counts } = this;
    const isWhole = unsynced.map(({ length }, index) => left[index] === length);
    if (left.some((bytes) => bytes > 0)) counts.kept++;
    if (isWhole.includes(false)) counts.lost++;
    const isCut = left.some((bytes, index) => bytes > 0 && !isWhole[index]);
    if (isCut) counts.torn++;
    const firstLost = isWhole.indexOf(false);
    if (firstLost >= 0 && isWhole.lastIndexOf(true) > firstLost) {
      counts.reordered++;
    }
  }

  #hasSpace(end: number, isUrgent: boolean): boolean {
    const grownBytes = Math.max(0, end - this.#seen.length);
    const { isFull } = this.faults.weather;
    if (!isFull && end <= this.#capacityBytes) {
      this.#reserveBytes = RESERVE_BYTES;
      return true;
    }
    if (grownBytes === 0) return true;
    if (!isUrgent || grownBytes > this.#reserveBytes) return false;
    this.#reserveBytes -= grownBytes;
    this.counts.reservedWrites++;
    return true;
  }

  #put(at: number, bytes: Uint8Array): void {
    this.#seen.set(at, bytes);
    for (let done = 0; done < bytes.length;) {
      const start = at + done;
      const toBoundary = SECTOR_BYTES - start % SECTOR_BYTES;
      const length = Math.min(toBoundary, bytes.length - done);
      this.#unsynced.push({ at: start, length });
      done += length;
    }
  }

  #keep({ at }: Sector, length: number): void {
    this.#synced.set(at, this.#seen.bytes.subarray(at, at + length));
  }

  #forget(): void {
    this.#unsynced = [];
    this.#seen.become(this.#synced);
  }

  #fails(): boolean {
    const { errorChance = 0 } = this.faults.weather;
    return errorChance > 0 && this.#dice.chance(errorChance);
  }
}

/** Written together or not at all, by what is known of disks. */
const SECTOR_BYTES = 512;
/** Held back for urgent writes while there is no other space. */
const RESERVE_BYTES = 16_384;
/** How long the disk takes for anything while nothing is wrong: every other time no time at all. */
const CALM = { minMs: -1, maxMs: 2 };
