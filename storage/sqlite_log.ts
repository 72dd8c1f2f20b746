/** Where numbers stand in a write-ahead log, as SQLite's file format has it. */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const AT_PAGE_BYTES = 8;
const AT_SALTS = 16;
const AT_HEADER_SUMS = 24;
/** In a frame: pages of the file after it, if it ends a commit; else 0. */
const AT_COMMIT = 4;
const AT_FRAME_SALTS = 8;
const AT_FRAME_SUMS = 16;
/** What the log begins with where its checksums take words with the low byte first; with the high byte first, one more. */
const MAGIC = 0x377f0682;

type Sums = readonly [number, number];

/**
 * What SQLite passes over in silence: it reads a log up to the first frame
 * that is not what was written, as there the writing may have been cut off.
 * What was cut off is the end of the log, though: where whole commits follow,
 * the log is damaged, and they are lost.
 *
 * @returns What is wrong, in words; `undefined` for a log that may have been
 * cut off, but nothing else.
 */
export function findLogDamage(bytes: Uint8Array): string | undefined {
  if (bytes.length <= HEADER_BYTES) return;
  const log = new SqliteLog(bytes);
  if (!log.hasHeader) {
    // Before the first commit, the header may not be on the disk.
    if (bytes.subarray(0, HEADER_BYTES).every((byte) => byte === 0)) return;
    return "its header is damaged, and the commits in it are lost";
  }
  const broken = log.firstBroken();
  const ends = log.commitsAfter(broken);
  // The next commit begins when the one before is on the disk. What merely
  // stands behind an end may be left of a commit that was cut off earlier.
  if (!ends.some((end) => log.goesOn(end))) return;
  return `frame ${
    broken + 1
  } of ${log.frames} is damaged, and it and the commits after it are lost: ${ends.length} at least`;
}

class SqliteLog {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #lowFirst: boolean;
  readonly #pageBytes: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#lowFirst = this.#view.getUint32(0) === MAGIC;
    this.#pageBytes = this.#view.getUint32(AT_PAGE_BYTES);
  }

  get frames(): number {
    return Math.floor((this.#bytes.length - HEADER_BYTES) / this.#frameBytes);
  }

  get hasHeader(): boolean {
    const magic = this.#view.getUint32(0);
    if (magic !== MAGIC && magic !== MAGIC + 1) return false;
    return this.#hasSums(AT_HEADER_SUMS, this.#headerSums());
  }

  /** The first frame that does not follow from those before. */
  firstBroken(): number {
    let sums = this.#headerSums();
    for (let frame = 0; frame < this.frames; frame++) {
      if (!this.isOfThisRound(frame)) return frame;
      sums = this.#sumsOf(frame, sums);
      if (!this.#hasSums(this.#at(frame) + AT_FRAME_SUMS, sums)) return frame;
    }
    return this.frames;
  }

  /** The frames from one on that end a commit. */
  commitsAfter(broken: number): number[] {
    const ends: number[] = [];
    for (let frame = broken; frame < this.frames; frame++) {
      const isEnd = this.#view.getUint32(this.#at(frame) + AT_COMMIT) > 0;
      if (isEnd && this.isOfThisRound(frame)) ends.push(frame);
    }
    return ends;
  }

  /** Whether the frame behind one was written after it: its checksums go on from there. */
  goesOn(frame: number): boolean {
    if (!this.isOfThisRound(frame + 1)) return false;
    return this.#follows(frame + 1, this.#sumsIn(frame)) ||
      this.#follows(frame + 1, this.#sumsOf(frame, this.#sumsIn(frame - 1)));
  }

  /** Whether a frame was written since the log began anew; those from before are still behind it. */
  isOfThisRound(frame: number): boolean {
    if (frame >= this.frames) return false;
    const at = this.#at(frame) + AT_FRAME_SALTS;
    return this.#view.getUint32(at) === this.#view.getUint32(AT_SALTS) &&
      this.#view.getUint32(at + 4) === this.#view.getUint32(AT_SALTS + 4);
  }

  get #frameBytes(): number {
    return FRAME_HEADER_BYTES + this.#pageBytes;
  }

  #at(frame: number): number {
    return HEADER_BYTES + frame * this.#frameBytes;
  }

  #follows(frame: number, before: Sums): boolean {
    const sums = this.#sumsOf(frame, before);
    return this.#hasSums(this.#at(frame) + AT_FRAME_SUMS, sums);
  }

  /** What a frame's checksums must be behind those of the frame before. */
  #sumsOf(frame: number, before: Sums): Sums {
    const at = this.#at(frame);
    const page = at + FRAME_HEADER_BYTES;
    const ofHeader = this.#sum(at, at + AT_FRAME_SALTS, before);
    return this.#sum(page, page + this.#pageBytes, ofHeader);
  }

  /** The checksums that stand in a frame; in the log's header, in front of the first. */
  #sumsIn(frame: number): Sums {
    const at = frame < 0 ? AT_HEADER_SUMS : this.#at(frame) + AT_FRAME_SUMS;
    return [this.#view.getUint32(at), this.#view.getUint32(at + 4)];
  }

  #headerSums(): Sums {
    return this.#sum(0, AT_HEADER_SUMS, [0, 0]);
  }

  #hasSums(at: number, [one, two]: Sums): boolean {
    return this.#view.getUint32(at) === one &&
      this.#view.getUint32(at + 4) === two;
  }

  #sum(from: number, to: number, [first, second]: Sums): Sums {
    const [view, lowFirst] = [this.#view, this.#lowFirst];
    let one = first;
    let two = second;
    for (let at = from; at < to; at += 8) {
      one = (one + view.getUint32(at, lowFirst) + two) >>> 0;
      two = (two + view.getUint32(at + 4, lowFirst) + one) >>> 0;
    }
    return [one, two];
  }
}
