import { LIMITS } from "../core/limits.ts";
import type { BackpressureStats } from "./records.ts";
import { WaitLine } from "./wait_line.ts";

/** How full the bus is, for whoever looks. */
export interface BackpressureController {
  /** Accepted, unfinished copies. */
  readonly pending: number;
  /** Senders that wait in line, here or at a full mailbox. */
  readonly waiting: number;
  /** The limit of `pending`. */
  readonly maxPending: number;
  /** Whether a sender would have to wait. */
  readonly saturated: boolean;
  /** The figures at this moment. */
  snapshot(): BackpressureStats;
}

/** Options of {@linkcode Backpressure}. */
export interface BackpressureOptions {
  /** Accepted, unfinished copies. */
  maxPending: number;
  /** Their payloads together, in bytes. */
  maxPendingBytes: number;
  /** Told when room has come free while somebody waits for it. */
  onRoom: () => void;
}

/**
 * Counts every accepted, unfinished copy against the limits of the bus. What
 * is acquired at accept is released once, however the copy ends.
 */
export class Backpressure implements BackpressureController {
  /** The limit of `pending`. */
  readonly maxPending: number;
  /** Senders that wait for room in the bus as a whole. */
  readonly line: WaitLine = new WaitLine();
  /** Whether watchers were told that senders wait. Kept by the bus. */
  announced = false;
  /** Whether somebody waits for everything to finish. Kept by the bus. */
  draining = false;
  /** Told when so much is finished that nobody need be slowed down. Kept by the bus. */
  onRelief: (() => void) | undefined = undefined;
  /** Of `pending`, copies of messages whose rules' handlers still run. Kept by the bus. */
  reserved = 0;
  readonly #maxPendingBytes: number;
  readonly #onRoom: () => void;
  #pending = 0;
  #pendingBytes = 0;
  #peakPending = 0;
  #waiting = 0;
  #totalWaits = 0;
  #totalTimeouts = 0;

  /** Nothing is pending yet. */
  constructor(options: BackpressureOptions) {
    this.maxPending = options.maxPending;
    this.#maxPendingBytes = options.maxPendingBytes;
    this.#onRoom = options.onRoom;
  }

  /** Accepted, unfinished copies. */
  get pending(): number {
    return this.#pending;
  }

  /** Senders that wait in line, here or at a full mailbox. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether a sender would have to wait. */
  get saturated(): boolean {
    return this.#waiting > 0 || !this.fits(1, 0);
  }

  /** Whether so much is unfinished that whoever sends faster than others take should be slowed down. */
  get crowded(): boolean {
    return this.#pending > LIMITS.pacedPending;
  }

  /** The figures at this moment. */
  snapshot(): BackpressureStats {
    return {
      pending: this.#pending,
      pendingBytes: this.#pendingBytes,
      reserved: this.reserved,
      waiting: this.#waiting,
      maxPending: this.maxPending,
      maxPendingBytes: this.#maxPendingBytes,
      saturated: this.saturated,
      totalWaits: this.#totalWaits,
      totalTimeouts: this.#totalTimeouts,
      peakPending: this.#peakPending,
    };
  }

  /**
   * Whether so many copies and bytes have room. A message larger than the
   * limit of bytes has room when nothing else is pending.
   */
  fits(copies: number, bytes: number): boolean {
    return this.#pending + copies <= this.maxPending &&
      (this.#pendingBytes + bytes <= this.#maxPendingBytes ||
        this.#pendingBytes === 0);
  }

  /** Takes room that {@linkcode fits} has found. Called by the bus. */
  acquire(copies: number, bytes: number): void {
    this.#pending += copies;
    this.#pendingBytes += bytes;
    if (this.#pending > this.#peakPending) this.#peakPending = this.#pending;
  }

  /** Gives room back. Called by the bus, once for each copy. */
  release(copies: number, bytes: number): void {
    this.#pending -= copies;
    this.#pendingBytes -= bytes;
    const isWatched = this.#waiting > 0 || this.announced || this.draining;
    if (isWatched) this.#onRoom();
    if (this.onRelief !== undefined && !this.crowded) this.onRelief();
  }

  /** A sender begins to wait. Called by the bus. */
  waitBegan(): void {
    this.#waiting++;
    this.#totalWaits++;
  }

  /** A sender's wait is over, one way or the other. Called by the bus. */
  waitEnded(isTimeout: boolean): void {
    this.#waiting--;
    if (isTimeout) this.#totalTimeouts++;
  }
}
