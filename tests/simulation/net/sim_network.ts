import type { Clock } from "../../../core/clock.ts";
import { BusError } from "../../../core/errors.ts";
import { LIMITS } from "../../../core/limits.ts";
import type { Random } from "../../../core/random.ts";
import type {
  Connection,
  Transport,
  TransportListener,
} from "../../../transports/transport.ts";
import { Dice } from "../../support/dice.ts";
import { Dials } from "./dials.ts";
import { type EndOfFault, Faults } from "./faults.ts";
import { SimConnection } from "./sim_connection.ts";
import { SimListener } from "./sim_listener.ts";
import { never, SimProcess } from "./sim_process.ts";
import { type FaultCounts, type MsRange, noFaults } from "./weather.ts";

/** Options of {@linkcode SimNetwork}. */
export interface SimNetworkOptions {
  /** The only source of time. */
  clock: Clock;
  /** The only source of chance; one number of it seeds everything. */
  random: Random;
  /** Most bytes that are on the way or unread, in each direction of a connection. @default {65_536} */
  capacity?: number;
}

/** Options of {@linkcode SimNetwork.kill}. */
export interface KillOptions {
  /** How long it takes until a peer sees the end. @default {0 to 10 ms} */
  endDelay?: MsRange;
}

/**
 * A network of processes in one program: streams of bytes whose every fault is
 * made on purpose, by time and chance that are handed in. The same calls at the
 * same times, from the same seed, move the same bytes at the same times. While
 * nothing is wrong, bytes arrive within the call that writes them, and there is
 * no timer.
 */
export class SimNetwork {
  /** What can go wrong, to be called. */
  readonly faults: Faults;
  /** How often each fault has acted. */
  readonly counts: Readonly<FaultCounts>;
  readonly #counts: FaultCounts = noFaults();
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #dice: Dice;
  readonly #processes = new Map<string, SimProcess>();
  readonly #listeners = new Map<string, SimListener>();
  /** Who listened last, by address: where a dial leads, also while nobody listens. */
  readonly #hosts = new Map<string, SimProcess>();
  readonly #connections = new Set<SimConnection>();
  readonly #deaths: Dice;
  readonly #dials: Dials;
  #dialed = 0;

  /** A network without a process. */
  constructor(options: SimNetworkOptions) {
    const { clock, random, capacity = LIMITS.pipeBytes } = options;
    this.#clock = clock;
    this.#capacity = capacity;
    this.#dice = new Dice(Math.floor(random.next() * 2 ** 32));
    this.#deaths = this.#dice.fork("deaths");
    this.counts = this.#counts;
    this.faults = new Faults({
      clock,
      connections: () => this.#connections,
      onChange: () => this.#onChange(),
    });
    this.#dials = new Dials(
      this.faults,
      this.#counts,
      this.#dice.fork("dials"),
    );
  }

  /** The connections that somebody has a use for, in the order they were made. */
  get connections(): readonly SimConnection[] {
    return [...this.#connections];
  }

  /**
   * Starts a process.
   *
   * @throws {RangeError} If one of that name is alive.
   */
  process(name: string): SimProcess {
    if (this.#processes.get(name)?.alive) {
      throw new RangeError(
        `Cannot start process as its name must be free: "${name}" is alive`,
      );
    }
    const process = new SimProcess(name, this.#clock);
    this.#processes.set(name, process);
    return process;
  }

  /** An address as one process listens on it or dials it. */
  transport(address: string, process: SimProcess): Transport {
    return {
      name: "sim",
      listen: () => this.#listen(address, process),
      dial: (options) => this.#dial(address, process, options?.signal),
    };
  }

  /**
   * Kills a process at once: nothing it waits for settles any more, its
   * listeners vanish, and after a drawn wait its peers see an end or a reset.
   * What it wrote and has not arrived is, by draw, cut. Safe to call twice.
   */
  kill(process: SimProcess, options: KillOptions = {}): void {
    const { endDelay = { minMs: 0, maxMs: 10 } } = options;
    if (!process.alive) return;
    process.die();
    for (const [address, listener] of this.#listeners) {
      if (listener.process === process) this.#listeners.delete(address);
    }
    for (const connection of this.connections) {
      const { dialer, host } = connection;
      if (dialer !== process && host !== process) continue;
      const end = this.#deaths.pick(["end", "reset"] as const);
      const waitMs = this.#deaths.int(endDelay.minMs, endDelay.maxMs);
      connection.lose(process, end, waitMs);
    }
  }

  /** Kills a process in the middle of its next write: a drawn part of that is written. */
  killInWrite(process: SimProcess, options: KillOptions = {}): EndOfFault {
    process.ambush = () => this.kill(process, options);
    return this.faults.arm(() => process.ambush = undefined);
  }

  #listen(address: string, process: SimProcess): Promise<TransportListener> {
    if (!process.alive) return never();
    if (this.#listeners.has(address)) {
      return Promise.reject(
        new BusError(
          "unreachable",
          `Cannot listen on ${address} as it takes one listener: another one listens`,
        ),
      );
    }
    const listener = new SimListener(
      address,
      process,
      () => this.#listeners.delete(address),
    );
    this.#listeners.set(address, listener);
    this.#hosts.set(address, process);
    return Promise.resolve(listener);
  }

  async #dial(
    address: string,
    process: SimProcess,
    signal: AbortSignal | undefined,
  ): Promise<Connection> {
    if (!process.alive) return await never();
    signal?.throwIfAborted();
    const host = () => this.#hosts.get(address);
    const dial = { address, process, host, signal };
    await this.#dials.pass(dial);
    // A dial that hung is let go also when who dialed has died meanwhile.
    if (!process.alive) return await never();
    signal?.throwIfAborted();
    this.#dials.mayRefuse(dial);
    const listener = this.#listeners.get(address);
    if (!listener) throw nobodyAt(address);
    listener.checkRoom();
    const connection = this.#connect(address, process, listener.process);
    listener.offer(connection.accepted);
    return connection.dialed;
  }

  #connect(
    address: string,
    dialer: SimProcess,
    host: SimProcess,
  ): SimConnection {
    const connection: SimConnection = new SimConnection({
      name: `${address}#${++this.#dialed}`,
      dialer,
      host,
      clock: this.#clock,
      counts: this.#counts,
      dice: (name) => this.#dice.fork(name),
      capacity: this.#capacity,
      onOver: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    this.#refresh(connection);
    return connection;
  }

  #onChange(): void {
    for (const connection of this.connections) this.#refresh(connection);
    this.#dials.tryAgain();
  }

  #refresh(connection: SimConnection): void {
    const { up, down } = connection;
    up.weather = this.faults.weatherOf(up, connection);
    down.weather = this.faults.weatherOf(down, connection);
  }
}

function nobodyAt(address: string): BusError {
  return new BusError(
    "unreachable",
    `Cannot dial ${address} as somebody must listen there: nobody does`,
  );
}
