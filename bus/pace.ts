import type { Clock } from "../core/clock.ts";
import type { Deadline, Deadlines } from "../core/deadlines.ts";
import { LIMITS } from "../core/limits.ts";
import type { Backpressure } from "./backpressure.ts";
import type { Counters } from "./stats.ts";

/** What a {@linkcode Pace} works with. */
export interface PaceOptions {
  /** Where time comes from. */
  clock: Clock;
  /** What was handed out. */
  counters: Counters;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** How much is unfinished. */
  backpressure: Backpressure;
}

/**
 * Has who sends faster than others take pause for a moment, long before there
 * is no room: thousands of messages that wait are copied by the collector,
 * twice, and that costs more than all else that is done for them.
 */
export class Pace {
  /** Connections over which messages are taken. Kept by the sessions. */
  takers = 0;
  readonly #options: PaceOptions;
  #pause: PromiseWithResolvers<void> | undefined;
  #deadline: Deadline | undefined;
  /** How much may be unfinished before senders of this process pause, or pause again. */
  #most: number = LIMITS.pacedPending;
  /** Whether they do. */
  #areHeld = false;

  /** Nobody is ahead of anybody yet. */
  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /**
   * A pause that ends when little enough is unfinished; sooner where little is
   * handed out meanwhile, as who should take it is slow, or away.
   */
  pause(): Promise<void> {
    this.#pause ??= this.#begin();
    return this.#pause.promise;
  }

  /**
   * The pause that a sender of this process makes, if it is ahead: again when as
   * much more is unfinished as a client may have under way. Only where somebody
   * takes messages over a connection: handlers of this process have their turn
   * by the dispatcher.
   */
  step(): Promise<void> | undefined {
    if (this.takers === 0) return undefined;
    if (!this.#areHeld) {
      const { backpressure } = this.#options;
      if (!backpressure.crowded) this.#most = LIMITS.pacedPending;
      if (backpressure.pending <= this.#most) return undefined;
      this.#areHeld = true;
    }
    return this.pause();
  }

  readonly #end = (): void => {
    const { backpressure, deadlines } = this.#options;
    backpressure.onRelief = undefined;
    if (this.#deadline) deadlines.remove(this.#deadline);
    this.#areHeld = false;
    this.#most = backpressure.pending + LIMITS.sendWindow;
    this.#pause?.resolve();
    this.#pause = undefined;
  };

  #begin(): PromiseWithResolvers<void> {
    this.#options.backpressure.onRelief = this.#end;
    this.#goOn(LIMITS.maxPaces);
    return Promise.withResolvers<void>();
  }

  /**
   * Goes on with the pause while those who take are fast; not for ever, as they
   * may take from others than the one who has so much waiting, and pauses.
   */
  #goOn(paces: number): void {
    const { clock, counters, deadlines } = this.#options;
    const before = counters.delivered;
    const endsAt = clock.monotonic() + LIMITS.paceMs;
    this.#deadline = deadlines.add(endsAt, () => {
      const areFast = counters.delivered - before >= LIMITS.pacedDeliveries;
      if (areFast && paces > 1) this.#goOn(paces - 1);
      else this.#end();
    });
  }
}
