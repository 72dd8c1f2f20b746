import type { Clock } from "../../core/clock.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Tasks } from "../../core/tasks.ts";
import type { Connection } from "../connection.ts";
import { isControlKind, type OutgoingFrame } from "./frame.ts";
import { type Block, Lane } from "./lane.ts";
import { isMergeable } from "./merge.ts";

/** Most that one write hands to the connection, in bytes. */
const SLICE_BYTES = 256 * 1024;

/** Options of {@linkcode FrameWriter}. */
export interface FrameWriterOptions {
  /** Measures how long a write takes. */
  clock: Clock;
  /** Says when a turn ends. */
  tasks: Tasks;
  /** Longest that the peer may leave one write untaken, in milliseconds. */
  writeTimeoutMs: number;
  /** Called once there is room again after {@linkcode FrameWriter.writable} was `false`. */
  onWritable: () => void;
  /** Called once, when the peer does not read or the connection broke. */
  onFailure: (failure: unknown) => void;
}

/**
 * Writes frames to a connection, many at a time: what is sent within a turn
 * leaves together, and while a write is under way the next one fills. Control
 * frames go in front of all others that are not on the way yet.
 */
export class FrameWriter {
  readonly #connection: Connection;
  readonly #options: FrameWriterOptions;
  readonly #control = new Lane();
  readonly #ordered = new Lane();
  #bufferedBytes = 0;
  /** So many ready, a write begins in the middle of a turn. */
  #eagerBytes: number = LIMITS.eagerWriteBytes;
  #saturated = false;
  #ended = false;
  #flushing = false;
  #flushDue = false;
  #writeStartedAt: number | undefined;
  #lastWriteAt: number;
  #cancelWatch: (() => void) | undefined;
  #whenIdle: PromiseWithResolvers<void> | undefined;

  /** A writer with nothing to write. */
  constructor(connection: Connection, options: FrameWriterOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#lastWriteAt = options.clock.monotonic();
  }

  /** Encoded bytes that the connection has not taken. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Whether there is room; `false` above 1 MiB until less than half of it is left. */
  get writable(): boolean {
    return !this.#saturated && !this.#ended;
  }

  /** When the last write began, by the monotonic clock. */
  get lastWriteAt(): number {
    return this.#lastWriteAt;
  }

  /**
   * Encodes a frame at once, with checksums or without; it leaves at the end of
   * the turn, or as soon as half of what left together last is ready, between 8
   * and 64 KiB: both ends then work at the same time, each on a half. Acks of
   * leases in a row that wait, and credit, become one frame where there are no
   * checksums. Does nothing once the writer has ended. A peer that leaves more
   * than 64 MiB unread is given up.
   */
  send(frame: OutgoingFrame, checksums = false): void {
    if (this.#ended) return;
    if (this.#bufferedBytes > LIMITS.maxBufferedBytes) {
      return this.#fail(
        new BusError(
          "unreachable",
          `Cannot send frame as at most ${LIMITS.maxBufferedBytes} bytes may wait for the peer to read: ${this.#bufferedBytes} wait`,
        ),
      );
    }
    const lane = isControlKind(frame.kind) ? this.#control : this.#ordered;
    // One frame of 20 bytes for a run of acks: the peer, too, has less to do.
    const mayMerge = !checksums && isMergeable(frame.kind);
    if (mayMerge && lane.merge(frame)) return;
    this.#bufferedBytes += lane.append(frame, checksums);
    if (this.#bufferedBytes > LIMITS.highWaterBytes) this.#saturated = true;
    if (this.#flushing) return;
    if (this.#bufferedBytes >= this.#eagerBytes) {
      this.#flush();
    } else if (!this.#flushDue) {
      this.#flushDue = true;
      this.#options.tasks.soon(this.#flushAtTurnEnd);
    }
  }

  /** Resolves once everything sent so far has been taken, or the writer has ended. */
  idle(): Promise<void> {
    if (this.#ended || this.#bufferedBytes === 0) return Promise.resolve();
    this.#whenIdle ??= Promise.withResolvers<void>();
    return this.#whenIdle.promise;
  }

  /** Drops what is left and sends no more. Safe to call twice. */
  end(): void {
    this.#ended = true;
    this.#bufferedBytes = 0;
    this.#control.clear();
    this.#ordered.clear();
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    this.#whenIdle?.resolve();
    this.#whenIdle = undefined;
  }

  readonly #flushAtTurnEnd = (): void => {
    this.#flushDue = false;
    if (!this.#flushing && !this.#ended) this.#flush();
  };

  #flush(): void {
    this.#flushing = true;
    this.#writeAll().catch((failure) => this.#fail(failure));
  }

  async #writeAll(): Promise<void> {
    let together = 0;
    for (let block = this.#next(); block; block = this.#next()) {
      const { length } = block;
      await this.#writeBlock(block);
      if (this.#ended) return;
      this.#bufferedBytes -= length;
      together += length;
      block.home.reuse(block);
      this.#announceRoom();
    }
    this.#eagerBytes = eagerBytes(together);
    // At once and not in a reaction: a send in between would find nobody to write it.
    this.#flushing = false;
    this.#whenIdle?.resolve();
    this.#whenIdle = undefined;
  }

  /** Control frames first; one write for both lanes where they fit together. */
  #next(): Block | undefined {
    const control = this.#control.take();
    if (control === undefined) return this.#ordered.take();
    if (!this.#control.empty || !this.#ordered.prepend(control)) return control;
    control.home.reuse(control);
    return this.#ordered.take();
  }

  async #writeBlock({ bytes, length }: Block): Promise<void> {
    // In slices, so that a large frame is timed by its progress.
    for (let at = 0; at < length && !this.#ended; at += SLICE_BYTES) {
      this.#lastWriteAt = this.#options.clock.monotonic();
      this.#writeStartedAt = this.#lastWriteAt;
      this.#cancelWatch ??= this.#watch(this.#options.writeTimeoutMs);
      const end = Math.min(length, at + SLICE_BYTES);
      await this.#connection.write(bytes.subarray(at, end));
      this.#writeStartedAt = undefined;
    }
  }

  #announceRoom(): void {
    if (!this.#saturated) return;
    if (this.#bufferedBytes * 2 >= LIMITS.highWaterBytes) return;
    this.#saturated = false;
    this.#options.onWritable();
  }

  /** One timer for many writes: it looks again as long as there are any. */
  #watch(delayMs: number): () => void {
    return this.#options.clock.schedule(Math.ceil(delayMs), () => {
      this.#cancelWatch = undefined;
      if (this.#writeStartedAt === undefined) return;
      const { clock, writeTimeoutMs } = this.#options;
      const tookMs = clock.monotonic() - this.#writeStartedAt;
      if (tookMs < writeTimeoutMs) {
        this.#cancelWatch = this.#watch(writeTimeoutMs - tookMs);
      } else {
        this.#fail(
          new BusError(
            "unreachable",
            `Cannot write to peer as it must take each write within ${writeTimeoutMs} ms: ${this.#bufferedBytes} bytes wait`,
          ),
        );
      }
    });
  }

  #fail(failure: unknown): void {
    if (this.#ended) return;
    this.end();
    this.#options.onFailure(failure);
  }
}

/** A turn in which much is sent takes its time: nothing leaves in it after its first write. */
function eagerBytes(together: number): number {
  const { eagerWriteBytes, maxEagerWriteBytes } = LIMITS;
  return Math.min(maxEagerWriteBytes, Math.max(eagerWriteBytes, together / 2));
}
