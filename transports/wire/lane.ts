import { BufferSize } from "./buffer_size.ts";
import { frameBytes, type OutgoingFrame, writeFrame } from "./frame.ts";
import { mergeInto } from "./merge.ts";

/** Size of the first block, in bytes: what a connection without traffic costs. */
const FIRST_BLOCK_BYTES = 256;
/** Size that blocks grow to, in bytes. */
const BLOCK_BYTES = 64 * 1024;

/** Encoded frames, to be written in one go. Never ends inside a frame. */
export interface Block {
  /** The buffer, of which the first `length` bytes are frames. */
  readonly bytes: Uint8Array;
  /** How many bytes of it are used. */
  length: number;
  /** Where the last frame in it begins; 0 where there is none. */
  lastAt: number;
  /** Where it goes back to once it has been written. */
  readonly home: Lane;
}

/**
 * Encoded frames in their order, in blocks of up to 64 KiB. A frame is never
 * cut, so that another lane may go first between any two blocks; one that is
 * larger than a block has a block of its own. Bounded by whoever appends.
 */
export class Lane {
  #blocks: Block[] = [];
  #spare: Block | undefined;
  readonly #size = new BufferSize(FIRST_BLOCK_BYTES, BLOCK_BYTES);

  /** Whether nothing is left to take. */
  get empty(): boolean {
    return this.#blocks.length === 0;
  }

  /**
   * Encodes a frame behind all others, with checksums or without; it may be
   * changed afterwards, and so may what it refers to.
   *
   * @returns How many bytes it takes.
   */
  append(frame: OutgoingFrame, checksums = false): number {
    const bytes = frameBytes(frame, checksums);
    let block = this.#blocks.at(-1);
    if (block === undefined || block.bytes.length - block.length < bytes) {
      block = this.#open(bytes, block !== undefined);
      this.#blocks.push(block);
    }
    block.lastAt = block.length;
    block.length = writeFrame(frame, block.bytes, block.length, checksums);
    return bytes;
  }

  /**
   * Has the last frame, written without checksums, say what `frame` would say
   * behind it. @returns Whether it does; if not, it is still to be appended.
   */
  merge(frame: OutgoingFrame): boolean {
    const block = this.#blocks.at(-1);
    return block !== undefined && mergeInto(block.bytes, block.lastAt, frame);
  }

  /** Removes and returns the oldest block. Give it back with {@linkcode Lane.reuse}. */
  take(): Block | undefined {
    return this.#blocks.shift();
  }

  /** Puts the frames of `first` in front of the oldest block's, if they fit into it. */
  prepend(first: Block): boolean {
    const block = this.#blocks[0];
    if (block === undefined) return false;
    if (block.bytes.length - block.length < first.length) return false;
    block.bytes.copyWithin(first.length, 0, block.length);
    block.bytes.set(first.bytes.subarray(0, first.length));
    block.lastAt += first.length;
    block.length += first.length;
    return true;
  }

  /** Takes back a block that has been written, to save making the next one. */
  reuse(block: Block): void {
    // One of a large frame says nothing of the others.
    if (block.bytes.length !== this.#size.bytes) return;
    this.#size.used(block.length);
    if (block.bytes.length !== this.#size.bytes) return;
    block.length = block.lastAt = 0;
    this.#spare = block;
  }

  /** Forgets all that is left. */
  clear(): void {
    this.#blocks = [];
    this.#spare = undefined;
  }

  #open(bytes: number, lastIsFull: boolean): Block {
    // Blocks grow with the traffic: one that filled before it was taken was too small.
    if (lastIsFull || bytes > this.#size.bytes) this.#size.grow();
    const spare = this.#spare;
    if (spare !== undefined && bytes <= spare.bytes.length) {
      this.#spare = undefined;
      if (spare.bytes.length === this.#size.bytes) return spare;
    }
    const size = Math.max(bytes, this.#size.bytes);
    return { bytes: new Uint8Array(size), length: 0, lastAt: 0, home: this };
  }
}
