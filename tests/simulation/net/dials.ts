import { sleep } from "../../../core/clock.ts";
import { BusError } from "../../../core/errors.ts";
import type { Dice } from "../../support/dice.ts";
import type { Faults } from "./faults.ts";
import type { SimProcess } from "./sim_process.ts";
import type { FaultCounts, Weather } from "./weather.ts";

/** A dial on its way. */
export interface SimDial {
  readonly address: string;
  /** Who dials. */
  readonly process: SimProcess;
  /** Who listens there, or did last. */
  readonly host: () => SimProcess | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The way of dials through the weather. */
export class Dials {
  readonly #faults: Faults;
  readonly #counts: FaultCounts;
  readonly #dice: Dice;
  readonly #hung = new Set<() => void>();

  /** Dials that meet the given faults. */
  constructor(faults: Faults, counts: FaultCounts, dice: Dice) {
    this.#faults = faults;
    this.#counts = counts;
    this.#dice = dice;
  }

  /**
   * Resolves once a dial has come through; at once in calm weather.
   *
   * @throws {BusError} With code `"unreachable"` if it does not come through;
   * the `reason` of its signal.
   */
  async pass(dial: SimDial): Promise<void> {
    const weather = this.#weatherOf(dial);
    if (!weather) return;
    await this.#takeTime(dial, weather);
    if (this.#isParted(dial)) await this.#meetPartition(dial);
  }

  /**
   * Lets a dial that has come through find nobody, by draw.
   *
   * @throws {BusError} With code `"unreachable"`.
   */
  mayRefuse(dial: SimDial): void {
    const { refuseChance = 0 } = this.#weatherOf(dial) ?? {};
    if (refuseChance === 0 || !this.#dice.chance(refuseChance)) return;
    this.#counts.dialsRefused++;
    throw unreachable(dial, "nobody does");
  }

  /** Lets those that hang look at the weather again. */
  tryAgain(): void {
    for (const release of this.#hung) release();
    this.#hung.clear();
  }

  async #takeTime(dial: SimDial, { dialDelay }: Weather): Promise<void> {
    if (!dialDelay) return;
    const delayMs = this.#dice.int(dialDelay.minMs, dialDelay.maxMs);
    if (delayMs === 0) return;
    this.#counts.dialsDelayed++;
    await sleep(dial.process.clock, delayMs, { signal: dial.signal });
  }

  async #meetPartition(dial: SimDial): Promise<void> {
    if (this.#dice.chance(0.5)) {
      this.#counts.dialsCutOff++;
      throw unreachable(dial, "the network is parted");
    }
    this.#counts.dialsHung++;
    while (this.#isParted(dial)) await this.#hang(dial.signal);
  }

  #isParted(dial: SimDial): boolean {
    return this.#weatherOf(dial)?.hold === "partitioned";
  }

  #weatherOf({ process, host }: SimDial): Weather | undefined {
    return this.#faults.weatherOfDial(process, host());
  }

  async #hang(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#hung.add(resolve);
    try {
      await promise;
    } finally {
      this.#hung.delete(resolve);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function unreachable({ address }: SimDial, state: string): BusError {
  return new BusError(
    "unreachable",
    `Cannot dial ${address} as somebody must listen there: ${state}`,
  );
}
