import type { Clock } from "../core/clock.ts";
import { LIMITS } from "../core/limits.ts";
import { type LateSignal, signalOf } from "./late_signal.ts";

interface Remembered {
  readonly id: Promise<string> | string;
  readonly untilMs: number;
}

/** What tells a send from others. */
export interface SendIdentity {
  /** The same for the same send. */
  readonly key: string;
  /**
   * Whoever comes with the key is the same send once more, made again as its
   * connection was lost, and not another one that is to add nothing.
   */
  readonly isSame: boolean;
  /** Gives up waiting for the first. */
  readonly signal?: AbortSignal | LateSignal;
}

/** Forgotten places at the front of the order before it is cut. */
const CUT = 1_024;

/**
 * Sends that were made before, by what their senders call them. A name is
 * remembered for two minutes; when there are too many, the oldest is forgotten
 * early.
 */
export class NamedSends {
  readonly #clock: Clock;
  readonly #remembered = new Map<string, Remembered>();
  /** All live equally long, but for those of before a restart: the order of coming is that of going. */
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

  /** Remembers, until then, a send that was made before a restart. */
  restore(key: string, id: string, untilMs: number): void {
    this.#keep(key, { id, untilMs });
  }

  /** What the first send with this key resolved to, or will. */
  find(key: string): Promise<string> | string | undefined {
    this.#forgetOld();
    const found = this.#remembered.get(key);
    const isLate = found && found.untilMs <= this.#clock.monotonic();
    return isLate ? undefined : found?.id;
  }

  /**
   * Remembers a send. One that is refused is forgotten, so that it can be made
   * again, unless `keepsRefusal`: then whoever comes with the key is told the
   * same.
   */
  remember(
    key: string,
    id: Promise<string> | string,
    keepsRefusal = false,
  ): void {
    const untilMs = this.#clock.monotonic() + LIMITS.deduplicationWindowMs;
    const remembered = { id, untilMs };
    this.#keep(key, remembered);
    if (typeof id !== "string") {
      id.catch(() => {
        if (!keepsRefusal) this.#forget(key, remembered);
      });
    }
  }

  /**
   * Makes a send, unless it was made before: then it ends as the first did. Where
   * that was refused, another one with the key is made after all, as whatever
   * the first was refused for, it has its own chance; the same one is told so again.
   */
  once(
    { key, isSame, signal }: SendIdentity,
    send: () => string | Promise<string>,
  ): string | Promise<string> {
    const known = this.find(key);
    if (typeof known === "string") return known;
    if (known) {
      const again = () => this.once({ key, isSame, signal }, send);
      return repeatOf(known, signalOf(signal), isSame ? () => known : again);
    }
    try {
      const id = send();
      this.remember(key, id, isSame);
      return id;
    } catch (error) {
      if (isSame) this.remember(key, Promise.reject(error), isSame);
      throw error;
    }
  }

  #keep(key: string, remembered: Remembered): void {
    this.#remembered.set(key, remembered);
    this.#order.push({ key, remembered });
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
 * Waits for the first send, and goes on only if that was refused.
 *
 * @throws The `reason` of `signal`, as soon as it aborts.
 */
export function repeatOf<T>(
  first: Promise<T>,
  signal: AbortSignal | undefined,
  send: () => T | Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
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
