import { isWhole } from "../message.ts";
import { wallMs } from "../process/figures.ts";
import { BATCH } from "./send_for.ts";

/** What has arrived. */
export interface Arrived {
  readonly count: number;
  /** When the last of it came, in milliseconds since the Unix epoch. */
  readonly lastAt: number;
}

/** Counts what arrives, and tells when all of it has. */
export class Arrivals {
  #count = 0;
  #expected = Infinity;
  #lastAt = 0;
  #onComplete: () => void = () => {};

  /** The handler. */
  readonly take = ({ payload }: { readonly payload: unknown }): void => {
    if (!isWhole(payload)) {
      throw new Error("A message came without its payload");
    }
    // Looking at the clock costs something, and what is sent is whole batches.
    const count = ++this.#count;
    const isLast = count === this.#expected;
    // The first, as it may come before anybody has said that it is the only one.
    const isTimed = isLast || count === 1 || count % BATCH === 0;
    if (isTimed) this.#lastAt = wallMs();
    if (isLast) this.#onComplete();
  };

  /** Starts anew. */
  reset(): void {
    this.#count = 0;
    this.#expected = Infinity;
    this.#lastAt = 0;
    this.#onComplete = () => {};
  }

  /**
   * Waits until so many have arrived, or nothing has for `quietMs`: not every
   * system delivers all that it is given.
   */
  async wait(expected: number, quietMs: number): Promise<Arrived> {
    this.#expected = expected;
    let before = -1;
    while (this.#count < expected && before < this.#count) {
      before = this.#count;
      await this.#pause(quietMs);
    }
    return { count: this.#count, lastAt: this.#lastAt };
  }

  /** Until all has arrived, or so long. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onComplete = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
