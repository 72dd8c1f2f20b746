import type { Clock } from "../core/clock.ts";
import type { Deadline, Deadlines } from "../core/deadlines.ts";
import type { DeadLetter } from "../dlq/dead_letter.ts";

/** What {@linkcode LetterAges} work with. */
export interface LetterAgesOptions {
  /** Where time comes from. */
  clock: Clock;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** How long a letter is kept, in milliseconds. */
  maxAgeMs: number;
  /** Forgets one that has been kept so long. */
  forget: (id: string) => void;
}

/** How long dead letters are kept. Counted by the monotonic clock; of one of before a restart, what has passed by the wall clock counts. */
export class LetterAges {
  readonly #options: LetterAgesOptions;
  /** When each goes; the oldest first. */
  readonly #ends = new Map<string, number>();
  #timer: Deadline | undefined;

  /** No letter has an age yet. */
  constructor(options: LetterAgesOptions) {
    this.#options = options;
  }

  /** A letter is there. */
  added({ id, failedAt }: DeadLetter): void {
    const { clock, maxAgeMs } = this.#options;
    const ageMs = Math.max(0, clock.now() - failedAt);
    this.#ends.delete(id);
    this.#ends.set(id, clock.monotonic() + Math.max(0, maxAgeMs - ageMs));
    this.#arm();
  }

  /** A letter is gone. */
  removed(id: string): void {
    this.#ends.delete(id);
  }

  #arm(): void {
    const [oldest] = this.#ends.values();
    if (this.#timer || oldest === undefined) return;
    this.#timer = this.#options.deadlines.add(oldest, () => {
      this.#timer = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    const nowMs = this.#options.clock.monotonic();
    for (const [id, endMs] of this.#ends) {
      if (endMs > nowMs) break;
      this.#ends.delete(id);
      this.#options.forget(id);
    }
    this.#arm();
  }
}
