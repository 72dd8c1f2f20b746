import type { Clock } from "../core/clock.ts";
import { LIMITS } from "../core/limits.ts";

interface Remembered {
  readonly id: Promise<string> | string;
  readonly untilMs: number;
}

/** Forgotten places at the front of the order before it is cut. */
const CUT = 1_024;

/**
 * Which sends were made before. An id is remembered for two minutes; when there
 * are too many, the oldest is forgotten early.
 */
export class Deduplication {
  readonly #clock: Clock;
  readonly #remembered = new Map<string, Remembered>();
  /** All live equally long, so the order of coming is that of going. */
  #order: { readonly key: string; readonly remembered: Remembered }[] = [];
  /** What stands in front of this in the order is forgotten. */
  #first = 0;

  /** Remembers nothing yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends remembered. */
  get size(): number {
    return this.#remembered.size;
  }

  /** What the first send with this key resolved to, or will. */
  find(key: string): Promise<string> | string | undefined {
    this.#forgetOld();
    return this.#remembered.get(key)?.id;
  }

  /** Remembers a send; one that is refused is forgotten, so that it can be made again. */
  remember(key: string, id: Promise<string> | string): void {
    const untilMs = this.#clock.monotonic() + LIMITS.deduplicationWindowMs;
    const remembered = { id, untilMs };
    this.#remembered.set(key, remembered);
    this.#order.push({ key, remembered });
    if (typeof id !== "string") {
      id.catch(() => this.#forget(key, remembered));
    }
    if (this.#order.length - this.#first > LIMITS.maxDeduplicationIds) {
      this.#forgetFirst();
    }
  }

  #forgetOld(): void {
    const nowMs = this.#clock.monotonic();
    for (;;) {
      const oldest = this.#order[this.#first];
      if (!oldest || oldest.remembered.untilMs > nowMs) return;
      this.#forgetFirst();
    }
  }

  #forgetFirst(): void {
    const oldest = this.#order[this.#first++];
    if (oldest) this.#forget(oldest.key, oldest.remembered);
    if (this.#first >= CUT && this.#first * 2 >= this.#order.length) {
      this.#order = this.#order.slice(this.#first);
      this.#first = 0;
    }
  }

  // The key may have been remembered anew since.
  #forget(key: string, remembered: Remembered): void {
    if (this.#remembered.get(key) === remembered) this.#remembered.delete(key);
  }
}

/**
 * A repeated send ends as the first does; where that was refused it is made
 * after all: whatever the first was refused for, this one has its own chance.
 *
 * @throws The `reason` of `signal`, as soon as it aborts.
 */
export function repeatOf(
  first: Promise<string>,
  signal: AbortSignal | undefined,
  send: () => string | Promise<string>,
): Promise<string> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const own = first.catch(() => {
    signal?.throwIfAborted();
    return send();
  });
  own.then(resolve, reject).finally(() =>
    signal?.removeEventListener("abort", onAbort)
  );
  return promise;
}
