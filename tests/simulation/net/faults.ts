import type { Clock } from "../../../core/clock.ts";
import type { SimConnection } from "./sim_connection.ts";
import type { SimProcess } from "./sim_process.ts";
import type { SimStream } from "./sim_stream.ts";
import type { MsRange, Weather } from "./weather.ts";

/**
 * What a fault covers: everything; all that one process has to do with; all
 * between two; one connection; one direction. Processes are known by name, so
 * that who is started in a dead one's place meets the same.
 */
export type Where =
  | "everywhere"
  | SimProcess
  | readonly [SimProcess, SimProcess]
  | SimConnection
  | SimStream;

/** Ends a fault. Harmless when it has ended. */
export type EndOfFault = () => void;

interface Fault {
  readonly where: Where;
  readonly weather: Weather;
}

/** What the faults need of their network. */
export interface FaultsParts {
  readonly clock: Clock;
  readonly connections: () => Iterable<SimConnection>;
  /** Called when a fault has begun or ended. */
  readonly onChange: () => void;
}

/**
 * What can go wrong in a simulated network. Each fault holds from its call on,
 * also for connections that are made later, until what the call returned is
 * called or everything is healed. Of two faults of a kind the later one counts.
 */
export class Faults {
  readonly #parts: FaultsParts;
  readonly #active = new Set<Fault>();
  readonly #armed = new Set<EndOfFault>();

  /** No faults at all. */
  constructor(parts: FaultsParts) {
    this.#parts = parts;
  }

  /** Each chunk takes a drawn time. Order is kept. */
  delay(where: Where, delay: MsRange): EndOfFault {
    return this.#begin(where, { delay });
  }

  /** What is written arrives in pieces of 1 to so many bytes, and no read joins two. */
  split(where: Where, maxPieceBytes = 65_536): EndOfFault {
    return this.#begin(where, { maxPieceBytes });
  }

  /** What is written within so many milliseconds arrives together, at their end. */
  coalesce(where: Where, coalesceMs: number): EndOfFault {
    return this.#begin(where, { coalesceMs });
  }

  /** One bit is turned over, in so large a share of the chunks. */
  corrupt(where: Where, corruptChance: number): EndOfFault {
    return this.#begin(where, { corruptChance });
  }

  /** Nothing arrives; writers wait once the capacity is full. For so many milliseconds, or until it is ended. */
  clog(where: Where, forMs?: number): EndOfFault {
    return this.#begin(where, { hold: "clogged" }, forMs);
  }

  /** Readers read nothing of what arrives, and do not see the end. For so many milliseconds, or until it is ended. */
  stall(where: Where, forMs?: number): EndOfFault {
    return this.#begin(where, { isStalled: true }, forMs);
  }

  /** Connections freeze; dials fail or hang, by draw. Those that hang go on when it ends. */
  partition(where: Where, forMs?: number): EndOfFault {
    return this.#begin(where, { hold: "partitioned" }, forMs);
  }

  /** So large a share of the dials finds nobody. */
  refuseDials(where: Where, refuseChance = 1): EndOfFault {
    return this.#begin(where, { refuseChance });
  }

  /** Each dial takes a drawn time. */
  delayDials(where: Where, dialDelay: MsRange): EndOfFault {
    return this.#begin(where, { dialDelay });
  }

  /**
   * What there is of streams now loses all that is on its way or written from
   * now on, their end among it, and neither side is told: writers wait once the
   * capacity is full. There is no end to it, and it cannot be healed.
   */
  halfOpen(where: Where): void {
    for (const stream of this.#streams(where)) stream.lose();
  }

  /** The connections there are now break for both sides; what is on its way is cut at a drawn place. */
  reset(where: Where): void {
    for (const connection of [...this.#parts.connections()]) {
      if (coversAny(where, connection)) connection.reset();
    }
  }

  /** Each stream there is now resets its connection in the middle of its next write. */
  resetInWrite(where: Where): EndOfFault {
    const streams: SimStream[] = [];
    for (const connection of this.#parts.connections()) {
      for (const stream of [connection.up, connection.down]) {
        if (!covers(where, stream, connection)) continue;
        stream.ambush = () => connection.reset();
        streams.push(stream);
      }
    }
    return this.arm(() => {
      for (const stream of streams) stream.ambush = undefined;
    });
  }

  /** Something that is laid for later, and taken back when all is healed. */
  arm(disarm: () => void): EndOfFault {
    const end = () => {
      if (this.#armed.delete(end)) disarm();
    };
    this.#armed.add(end);
    return end;
  }

  /** Ends every fault. What was lost, cut, reset or killed stays so; what is on its way keeps its time. */
  heal(): void {
    for (const end of [...this.#armed]) end();
    this.#active.clear();
    this.#parts.onChange();
  }

  /** What one stream meets. */
  weatherOf(
    stream: SimStream,
    connection: SimConnection,
  ): Weather | undefined {
    return this.#merge((where) => covers(where, stream, connection));
  }

  /** What a dial meets. Nobody may ever have listened where it goes. */
  weatherOfDial(from: SimProcess, to?: SimProcess): Weather | undefined {
    return this.#merge((where) => coversWay(where, from.name, to?.name));
  }

  #merge(isMet: (where: Where) => boolean): Weather | undefined {
    let merged: Weather | undefined;
    for (const { where, weather } of this.#active) {
      if (isMet(where)) merged = { ...merged, ...weather };
    }
    return merged;
  }

  #begin(where: Where, weather: Weather, forMs?: number): EndOfFault {
    const fault = { where, weather };
    this.#active.add(fault);
    this.#parts.onChange();
    const end = () => {
      if (this.#active.delete(fault)) this.#parts.onChange();
    };
    if (forMs === undefined) return end;
    const cancel = this.#parts.clock.schedule(forMs, () => timed());
    const timed = this.arm(() => {
      cancel();
      end();
    });
    return timed;
  }

  *#streams(where: Where): Iterable<SimStream> {
    for (const connection of this.#parts.connections()) {
      const { up, down } = connection;
      if (covers(where, up, connection)) yield up;
      if (covers(where, down, connection)) yield down;
    }
  }
}

function coversAny(where: Where, connection: SimConnection): boolean {
  const { up, down } = connection;
  return covers(where, up, connection) || covers(where, down, connection);
}

function covers(
  where: Where,
  stream: SimStream,
  connection: SimConnection,
): boolean {
  return where === stream || where === connection ||
    coversWay(where, stream.from.name, stream.to.name);
}

function coversWay(where: Where, from: string, to?: string): boolean {
  if (where === "everywhere") return true;
  if ("alive" in where) return where.name === from || where.name === to;
  if (!("length" in where)) return false;
  const [one, other] = where;
  return (one.name === from && other.name === to) ||
    (one.name === to && other.name === from);
}
