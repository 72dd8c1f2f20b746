import type { Clock } from "../../../core/clock.ts";
import type { Dice } from "../../support/dice.ts";
import type { FaultCounts, MsRange, Weather } from "./weather.ts";

/** How a stream ended: in order, or broken. */
export type StreamEnd = "end" | "reset";

/** Something on its way; `offset` is the place in the stream where it ends. */
interface Segment {
  readonly offset: number;
  /** Earliest time; what is in front of it comes first all the same. */
  readonly dueMs: number;
  readonly isPiece: boolean;
  readonly end?: StreamEnd;
}

/** What a transit is made of. */
export interface TransitParts {
  readonly clock: Clock;
  readonly counts: FaultCounts;
  /** Chance of its own; asked for when the first thing has to be drawn. */
  readonly dice: () => Dice;
  /** Called when bytes, or the end, have arrived. */
  readonly onArrival: () => void;
}

const CALM: Weather = {};

/**
 * The way of one stream's bytes from writer to reader, as places in the stream:
 * how far it was sent, how far it has arrived, and when what is between is due.
 * In calm weather everything arrives within the call, and there is no timer.
 */
export class Transit {
  readonly #parts: TransitParts;
  readonly #inFlight: Segment[] = [];
  readonly #stops: number[] = [];
  #weather = CALM;
  #sent = 0;
  #arrived = 0;
  #end: StreamEnd | undefined;
  #isLost = false;
  #isAbandoned = false;
  #cancelTimer: (() => void) | undefined;

  /** A way that nothing is on. */
  constructor(parts: TransitParts) {
    this.#parts = parts;
  }

  /** What meets the bytes. Those that are on their way keep the time they were given. */
  get weather(): Weather {
    return this.#weather;
  }
  set weather(weather: Weather | undefined) {
    const { hold } = this.#weather;
    this.#weather = weather ?? CALM;
    if (this.#inFlight.length === 0) return;
    if (this.#weather.hold !== hold) this.#noteHold();
    this.#deliver();
  }

  /** Bytes sent since the beginning. */
  get sent(): number {
    return this.#sent;
  }

  /** Bytes arrived since the beginning. */
  get arrived(): number {
    return this.#arrived;
  }

  /** How the stream ended, once that has arrived. */
  get end(): StreamEnd | undefined {
    return this.#end;
  }

  /** How far a read that begins at `offset` may go: not from one piece into the next. */
  reach(offset: number): number {
    while ((this.#stops[0] ?? Infinity) <= offset) this.#stops.shift();
    return this.#stops[0] ?? this.#arrived;
  }

  /** Sends so many bytes. */
  send(count: number): void {
    if (count === 0 || this.#isAbandoned) return;
    if (this.#isLost) return this.#lose(count);
    if (this.#weather !== CALM || this.#inFlight.length > 0) {
      return this.#launch(count);
    }
    this.#sent += count;
    this.#arrived = this.#sent;
    this.#parts.onArrival();
  }

  /** Sends the end behind everything else, after a wait. */
  sendEnd(end: StreamEnd, waitMs = 0): void {
    if (this.#isAbandoned || this.#isLost) return;
    const dueMs = Math.max(this.#dueMs(), this.#nowMs() + waitMs);
    this.#inFlight.push({ offset: this.#sent, dueMs, isPiece: false, end });
    if (this.#weather.hold) this.#noteHold();
    this.#deliver();
  }

  /** Breaks off, at a drawn place, what is on its way. */
  cut(): void {
    const flying = this.#sent - this.#arrived;
    if (flying === 0 || this.#isAbandoned) return;
    const kept = this.#isLost ? 0 : this.#parts.dice().int(0, flying);
    if (kept < flying) this.#parts.counts.cut++;
    this.#sent = this.#arrived + kept;
    const at = this.#inFlight.findIndex(({ offset }) => offset > this.#sent);
    const [first] = at < 0 ? [] : this.#inFlight.splice(at);
    if (first) this.#inFlight.push({ ...first, offset: this.#sent });
  }

  /** What is on its way arrives at once, and a reset behind it. */
  reset(): void {
    if (this.#isAbandoned || this.#end) return;
    this.#drop();
    this.#arrived = this.#sent;
    this.#end = "reset";
    this.#parts.onArrival();
  }

  /** From now on nothing arrives, not even the end, and neither side is told. */
  lose(): void {
    if (this.#inFlight.length > 0) this.#parts.counts.lost++;
    this.#isLost = true;
    this.#drop();
  }

  /** Nobody waits at the other end: nothing has to arrive any more. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#drop();
  }

  #launch(count: number): void {
    const { maxPieceBytes, hold } = this.#weather;
    if (hold) this.#parts.counts[hold]++;
    let left = count;
    while (left > 0) {
      const bytes = maxPieceBytes ? this.#drawPiece(left, maxPieceBytes) : left;
      this.#sent += bytes;
      this.#push(maxPieceBytes !== undefined);
      if (bytes < left && left === count) this.#parts.counts.split++;
      left -= bytes;
    }
    this.#deliver();
  }

  #push(isPiece: boolean): void {
    const dueMs = this.#dueMs();
    if (this.#weather.coalesceMs && this.#inFlight.at(-1)?.dueMs === dueMs) {
      this.#parts.counts.coalesced++;
    }
    this.#inFlight.push({ offset: this.#sent, dueMs, isPiece });
  }

  /** Most pieces are small whatever the limit, so that a large chunk takes some dozens of them. */
  #drawPiece(left: number, maxPieceBytes: number): number {
    const most = Math.min(left, maxPieceBytes);
    const dice = this.#parts.dice();
    const least = 2 ** dice.int(0, Math.floor(Math.log2(most)));
    return dice.int(least, Math.min(most, 2 * least - 1));
  }

  #dueMs(): number {
    const { delay, coalesceMs } = this.#weather;
    const waitMs = delay ? this.#drawMs(delay) : 0;
    if (waitMs > 0) this.#parts.counts.delayed++;
    const ownMs = this.#nowMs() + waitMs;
    if (!coalesceMs) return ownMs;
    return (Math.floor(ownMs / coalesceMs) + 1) * coalesceMs;
  }

  #drawMs({ minMs, maxMs }: MsRange): number {
    return this.#parts.dice().int(minMs, maxMs);
  }

  #deliver(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#weather.hold) return;
    const nowMs = this.#nowMs();
    let due = 0;
    let head = this.#inFlight[0];
    while (head && head.dueMs <= nowMs) {
      this.#arrive(head);
      head = this.#inFlight[++due];
    }
    // Taken out together: one by one, a long row would be moved up each time.
    if (due > 0) this.#inFlight.splice(0, due);
    if (head) this.#wakeIn(head.dueMs - nowMs);
    if (due > 0) this.#parts.onArrival();
  }

  #arrive({ offset, isPiece, end }: Segment): void {
    this.#arrived = offset;
    if (isPiece) this.#stops.push(offset);
    this.#end ??= end;
  }

  #wakeIn(delayMs: number): void {
    this.#cancelTimer = this.#parts.clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#deliver();
    });
  }

  #lose(count: number): void {
    this.#sent += count;
    this.#parts.counts.lost++;
  }

  #noteHold(): void {
    const { hold } = this.#weather;
    if (hold) this.#parts.counts[hold]++;
  }

  #drop(): void {
    this.#inFlight.length = 0;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #nowMs(): number {
    return this.#parts.clock.monotonic();
  }
}
