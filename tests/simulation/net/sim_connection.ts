import type { Clock } from "../../../core/clock.ts";
import type { Connection } from "../../../transports/transport.ts";
import type { Dice } from "../../support/dice.ts";
import { never, type SimProcess } from "./sim_process.ts";
import { SimStream } from "./sim_stream.ts";
import type { StreamEnd } from "./transit.ts";
import type { FaultCounts } from "./weather.ts";

/** What a connection is made of. */
export interface SimConnectionParts {
  /** Tells it apart from every other of its network. */
  readonly name: string;
  readonly dialer: SimProcess;
  readonly host: SimProcess;
  readonly clock: Clock;
  readonly counts: FaultCounts;
  /** Chance under a name of its own. */
  readonly dice: (name: string) => Dice;
  /** Most bytes that are on the way or unread, in each direction. */
  readonly capacity: number;
  /** Called when nobody has any more use of the connection. */
  readonly onOver: () => void;
}

/** A connection of a simulated network, as who makes its weather sees it. */
export class SimConnection {
  readonly name: string;
  readonly dialer: SimProcess;
  readonly host: SimProcess;
  /** From who dialed to who listens. */
  readonly up: SimStream;
  /** From who listens to who dialed. */
  readonly down: SimStream;
  /** The end of who dialed. */
  readonly dialed: Connection;
  /** The end of who listens. */
  readonly accepted: Connection;
  readonly #parts: SimConnectionParts;

  /** A connection that nothing has gone over. */
  constructor(parts: SimConnectionParts) {
    const { name, dialer, host } = parts;
    this.name = name;
    this.dialer = dialer;
    this.host = host;
    this.#parts = parts;
    this.up = this.#stream("up", () => this.down.breakWriter());
    this.down = this.#stream("down", () => this.up.breakWriter());
    this.dialed = this.#end(dialer, this.down, this.up);
    this.accepted = this.#end(host, this.up, this.down);
  }

  /** Breaks both directions at once; what is on its way is cut at a drawn place. */
  reset(): void {
    this.#parts.counts.reset++;
    this.up.reset();
    this.down.reset();
    // Nobody changes its weather any more, and a reader has to learn of the end.
    this.up.weather = undefined;
    this.down.weather = undefined;
    this.#parts.onOver();
  }

  /** The ends of a dead process fall silent; its peer sees the end after a wait. */
  lose(process: SimProcess, end: StreamEnd, waitMs: number): void {
    this.#parts.counts.killed++;
    const isCut = this.#parts.dice(`${this.name} death`).chance(0.5);
    if (process === this.dialer) {
      this.down.dieReading();
      this.up.dieWriting(end, waitMs, isCut);
    }
    if (process === this.host) {
      this.up.dieReading();
      this.down.dieWriting(end, waitMs, isCut);
    }
    this.#settle();
  }

  #stream(way: "up" | "down", onEnd: () => void): SimStream {
    const { name, dialer, host, clock, counts, dice, capacity } = this.#parts;
    let own: Dice | undefined;
    return new SimStream({
      name: `${name} ${way}`,
      from: way === "up" ? dialer : host,
      to: way === "up" ? host : dialer,
      clock,
      counts,
      dice: () => own ??= dice(`${name} ${way}`),
      capacity,
      onEnd,
    });
  }

  #end(
    process: SimProcess,
    incoming: SimStream,
    outgoing: SimStream,
  ): Connection {
    const close = () => {
      if (!process.alive) return never<void>();
      incoming.closeReader();
      outgoing.closeWriter();
      this.#settle();
      return Promise.resolve();
    };
    return {
      remote: this.name,
      read: (buffer) => incoming.read(buffer),
      write: (bytes) => outgoing.write(bytes),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  #settle(): void {
    if (this.up.isOver && this.down.isOver) this.#parts.onOver();
  }
}
