import type { BusEvent, Clock } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

/** Events that wait for one reader; when it is too far behind its oldest are lost, and counted. */
export class EventOutbox {
  #events: BusEvent[] = [];
  #lost = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  /** Whether no event will come any more, and none is left. */
  get finished(): boolean {
    return this.#ended && this.#events.length === 0;
  }

  /** Adds an event. */
  offer(event: BusEvent): void {
    this.#events.push(event);
    if (this.#events.length > INSPECTOR_LIMITS.maxWaitingEvents) {
      this.#events.shift();
      this.#lost++;
    }
    this.#wake?.();
  }

  /** Tells that no event will come any more. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Takes the oldest events, `max` at most. */
  take(max: number): BusEvent[] {
    return this.#events.splice(0, max);
  }

  /** Takes the number of events lost since it was last asked. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** Waits for an event or the end, `maxMs` milliseconds at most. One caller at a time. */
  async wait(clock: Clock, maxMs: number): Promise<void> {
    if (this.#ended || this.#events.length > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.schedule(maxMs, resolve);
    this.#wake = resolve;
    await promise;
    cancel();
    this.#wake = undefined;
  }
}
