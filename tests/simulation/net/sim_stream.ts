import type { Clock } from "../../../core/clock.ts";
import { BusError } from "../../../core/errors.ts";
import type { Dice } from "../../support/dice.ts";
import { ByteRing } from "./byte_ring.ts";
import { never, type SimProcess } from "./sim_process.ts";
import { type StreamEnd, Transit } from "./transit.ts";
import type { FaultCounts, Weather } from "./weather.ts";

/** What a stream is made of. */
export interface SimStreamParts {
  /** For errors, and for whoever reads a trace. */
  readonly name: string;
  readonly from: SimProcess;
  readonly to: SimProcess;
  readonly clock: Clock;
  readonly counts: FaultCounts;
  /** Chance of its own; asked for when the first thing has to be drawn. */
  readonly dice: () => Dice;
  /** Most bytes that are on the way or unread. */
  readonly capacity: number;
  /** Called once, when the end has arrived at the reader's side. */
  readonly onEnd: () => void;
}

/** One direction of a connection: bytes from one process to another, in order. */
export class SimStream {
  readonly name: string;
  readonly from: SimProcess;
  readonly to: SimProcess;
  readonly #parts: SimStreamParts;
  readonly #ring: ByteRing;
  readonly #transit: Transit;
  #writerState: "open" | "closed" | "broken" | "dead" = "open";
  #readerState: "open" | "closed" | "dead" = "open";
  #reader:
    | { buffer: Uint8Array; outcome: PromiseWithResolvers<number | null> }
    | undefined;
  #writer:
    | { rest: Uint8Array; outcome: PromiseWithResolvers<void> }
    | undefined;
  #ambush: (() => void) | undefined;
  #taken = 0;
  #isEndTold = false;

  /** A stream that nothing was written to. */
  constructor(parts: SimStreamParts) {
    const { name, from, to, clock, counts, dice, capacity } = parts;
    this.name = name;
    this.from = from;
    this.to = to;
    this.#parts = parts;
    this.#ring = new ByteRing(capacity);
    this.#transit = new Transit({
      clock,
      counts,
      dice,
      onArrival: () => this.#onArrival(),
    });
  }

  /** Bytes that are on the way or unread. */
  get heldBytes(): number {
    return this.#ring.length;
  }

  /** Bytes that have arrived since the beginning, whether read or not. */
  get arrivedBytes(): number {
    return this.#transit.arrived;
  }

  /** What meets the bytes; none of it when it is calm. */
  set weather(weather: Weather | undefined) {
    this.#transit.weather = weather;
    this.#serveReader();
  }

  /** Called, once, in the middle of the next write. */
  set ambush(ambush: (() => void) | undefined) {
    this.#ambush = ambush;
  }

  /** Whether neither side has any more use of it. */
  get isOver(): boolean {
    return this.#readerState !== "open" && this.#writerState !== "open";
  }

  /** As `Connection.read()`. */
  read(buffer: Uint8Array): Promise<number | null> {
    if (!this.to.alive) return never();
    if (this.#readerState !== "open") return Promise.resolve(null);
    const outcome = Promise.withResolvers<number | null>();
    this.#reader = { buffer, outcome };
    this.#serveReader();
    return outcome.promise;
  }

  /** As `Connection.write()`. */
  write(bytes: Uint8Array): Promise<void> {
    const refusal = this.#refusal();
    if (refusal) return refusal;
    const ambush = this.#takeAmbush();
    if (ambush) return this.#writeInto(ambush, bytes);
    const rest = bytes.subarray(this.#take(bytes));
    if (rest.length === 0) return Promise.resolve();
    return this.#waitForRoom(rest);
  }

  /** The writer's side closes: what was taken still arrives, and the end behind it. */
  closeWriter(): void {
    if (this.#writerState === "closed") return;
    const wasOpen = this.#writerState === "open";
    this.#writerState = "closed";
    this.#writer?.outcome.reject(closedHere(this.name));
    this.#writer = undefined;
    if (wasOpen) this.#transit.sendEnd("end");
  }

  /** The reader's side closes: what is unread is dropped. */
  closeReader(): void {
    if (this.#readerState !== "open") return;
    this.#readerState = "closed";
    this.#transit.abandon();
    this.#ring.truncate(0);
    this.#reader?.outcome.resolve(null);
    this.#reader = undefined;
  }

  /** The writer's side has heard that nobody reads any more. */
  breakWriter(): void {
    if (this.#writerState !== "open") return;
    this.#writerState = "broken";
    this.#writer?.outcome.reject(broken("write to", this.name));
    this.#writer = undefined;
  }

  /** The writing process dies: what it wrote arrives, or is cut, and after a wait an end. */
  dieWriting(end: StreamEnd, waitMs: number, isCut: boolean): void {
    const wasOpen = this.#writerState === "open";
    this.#writerState = "dead";
    this.#writer = undefined;
    if (!wasOpen) return;
    if (isCut) this.#cut();
    this.#transit.sendEnd(end, waitMs);
  }

  /** The reading process dies: nobody reads any more. */
  dieReading(): void {
    this.#reader = undefined;
    this.#readerState = "dead";
    this.#transit.abandon();
  }

  /** Breaks at once, for both sides. What is on the way is cut at a drawn place. */
  reset(): void {
    this.#cut();
    this.#transit.reset();
    this.breakWriter();
  }

  /** From now on nothing arrives, and neither side is told. */
  lose(): void {
    this.#transit.lose();
  }

  #cut(): void {
    if (this.#readerState !== "open") return;
    this.#transit.cut();
    this.#ring.truncate(this.#transit.sent - this.#taken);
  }

  #takeAmbush(): (() => void) | undefined {
    const own = this.#ambush;
    this.#ambush = undefined;
    return own ?? this.from.takeAmbush();
  }

  /** A beginning of the bytes is taken before the ambush strikes. */
  #writeInto(ambush: () => void, bytes: Uint8Array): Promise<void> {
    const { dice, counts } = this.#parts;
    const kept = dice().int(0, Math.max(0, bytes.length - 1));
    this.#take(bytes.subarray(0, kept));
    counts.cut++;
    ambush();
    return this.#refusal() ?? Promise.resolve();
  }

  #refusal(): Promise<void> | undefined {
    if (!this.from.alive) return never();
    switch (this.#writerState) {
      case "open":
        return undefined;
      case "closed":
        return Promise.reject(closedHere(this.name));
      default:
        return Promise.reject(broken("write to", this.name));
    }
  }

  /** Takes what there is room for; returns how many bytes that was. */
  #take(bytes: Uint8Array): number {
    const count = this.#ring.put(bytes);
    const { corruptChance = 0 } = this.#transit.weather;
    if (corruptChance > 0 && count > 0) this.#corrupt(count, corruptChance);
    this.#transit.send(count);
    return count;
  }

  #corrupt(count: number, chance: number): void {
    const dice = this.#parts.dice();
    if (!dice.chance(chance)) return;
    this.#ring.flip(this.#ring.length - dice.int(1, count), dice.int(0, 7));
    this.#parts.counts.corrupted++;
  }

  #waitForRoom(rest: Uint8Array): Promise<void> {
    const outcome = Promise.withResolvers<void>();
    this.#writer = { rest, outcome };
    // A reader that waited has been served meanwhile, and left room.
    this.#fill();
    return outcome.promise;
  }

  #fill(): void {
    const writer = this.#writer;
    // As a kernel does: room for a byte or two wakes nobody.
    if (!writer || this.#ring.room < this.#leastRoom(writer.rest)) return;
    writer.rest = writer.rest.subarray(this.#take(writer.rest));
    if (writer.rest.length > 0) return;
    this.#writer = undefined;
    writer.outcome.resolve();
  }

  #leastRoom(rest: Uint8Array): number {
    return Math.min(rest.length, this.#parts.capacity / 4);
  }

  #onArrival(): void {
    this.#serveReader();
    if (this.#isEndTold || this.#transit.end === undefined) return;
    this.#isEndTold = true;
    this.#parts.onEnd();
  }

  #serveReader(): void {
    const { arrived, end, weather } = this.#transit;
    const reader = this.#reader;
    const isThere = arrived > this.#taken || end !== undefined;
    if (!reader || !isThere) return;
    if (weather.isStalled) {
      this.#parts.counts.stalled++;
      return;
    }
    this.#reader = undefined;
    if (arrived > this.#taken) {
      reader.outcome.resolve(this.#giveTo(reader.buffer));
    } else if (end === "end") reader.outcome.resolve(null);
    else reader.outcome.reject(broken("read from", this.name));
  }

  #giveTo(buffer: Uint8Array): number {
    const there = this.#transit.reach(this.#taken) - this.#taken;
    const count = Math.min(buffer.length, there);
    this.#ring.takeInto(buffer, count);
    this.#taken += count;
    this.#fill();
    return count;
  }
}

function closedHere(name: string): BusError {
  return new BusError(
    "closed",
    `Cannot write to ${name} as the connection must be open: this side closed it`,
  );
}

function broken(verb: string, name: string): BusError {
  return new BusError(
    "unreachable",
    `Cannot ${verb} ${name} as the connection must hold: it broke`,
  );
}
