import type { Clock } from "../core/clock.ts";
import type { Deadline, Deadlines } from "../core/deadlines.ts";
import { BusError } from "../core/errors.ts";
import type { EventHub } from "../core/event_stream.ts";
import { LIMITS } from "../core/limits.ts";
import type { Tasks } from "../core/tasks.ts";
import type { Backpressure } from "./backpressure.ts";
import { type LateSignal, signalOf } from "./late_signal.ts";
import type { Waiter, WaitLine } from "./wait_line.ts";

/**
 * Tries to take what a sender needs. Whoever stands in a line with a lower
 * ticket goes first.
 *
 * @returns The line to wait in, or `undefined` when all is taken.
 */
export type Attempt = (ticket: number) => WaitLine | undefined;

/** The ticket of a sender that has not waited yet: everybody who waits goes first. */
export const NEWCOMER = Infinity;

/** What a {@linkcode Gate} works with. */
export interface GateOptions {
  /** Where time comes from. */
  clock: Clock;
  /** How work is put off. */
  tasks: Tasks;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** Who watches. */
  events: EventHub;
  /** How much there is room for. */
  backpressure: Backpressure;
  /** Wait after which it is announced, in milliseconds. */
  waitMs: number;
  /** Wait after which a sender is refused, in milliseconds. */
  timeoutMs: number;
}

/** Where senders wait for room: in order, woken when there is some, and not for ever. */
export class Gate {
  readonly #options: GateOptions;
  readonly #woken = new Set<WaitLine>();
  readonly #waiters = new Set<GateWaiter>();
  #lastTicket = 0;
  #scheduled = false;
  #announcement: Deadline | undefined;

  /** Nobody waits yet. */
  constructor(options: GateOptions) {
    this.#options = options;
  }

  /**
   * Has a sender wait whose first attempt, as a {@linkcode NEWCOMER}, has found
   * that it must, and lets it in when it is its turn.
   *
   * @throws What the attempt throws; {@linkcode BusError} with code
   * `"backpressure_timeout"` once it has waited too long; the `reason` of
   * `signal`.
   */
  wait(
    line: WaitLine,
    attempt: Attempt,
    given?: AbortSignal | LateSignal,
  ): Promise<void> {
    const { backpressure, clock, deadlines, timeoutMs } = this.#options;
    if (timeoutMs === 0 || backpressure.waiting >= LIMITS.maxWaiting) {
      throw this.#refusal(0);
    }
    const signal = signalOf(given);
    const ticket = ++this.#lastTicket;
    const waiter = new GateWaiter(ticket, attempt, (isTimeout, left) => {
      this.#waiters.delete(waiter);
      deadlines.remove(deadline);
      signal?.removeEventListener("abort", onAbort);
      backpressure.waitEnded(isTimeout);
      // Whoever stood behind may need less than the one that has given up.
      if (left) this.wake(left);
      this.#announceRelief();
    });
    const deadline = deadlines.add(clock.monotonic() + timeoutMs, () => {
      waiter.fail(this.#refusal(timeoutMs), true);
    });
    const onAbort = () => waiter.fail(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#waiters.add(waiter);
    backpressure.waitBegan();
    line.join(waiter);
    this.#announceLater();
    return waiter.promise;
  }

  /** Lets senders in, soon, as far as there is room. */
  wake(line: WaitLine): void {
    this.#woken.add(line);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.tasks.soon(() => {
      this.#scheduled = false;
      const lines = new Set(this.#woken);
      this.#woken.clear();
      admit(lines);
    });
  }

  /** Room was given back to the bus as a whole. */
  roomMade(): void {
    const { backpressure: { line } } = this.#options;
    if (line.size > 0) this.wake(line);
    this.#announceRelief();
  }

  /** Refuses everybody who waits. */
  close(reason: () => BusError): void {
    for (const waiter of [...this.#waiters]) waiter.fail(reason());
    if (this.#announcement) this.#options.deadlines.remove(this.#announcement);
  }

  #refusal(waitedMs: number): BusError {
    const { pending, maxPending } = this.#options.backpressure;
    return new BusError(
      "backpressure_timeout",
      `Cannot send message as no room came free within ${waitedMs} ms: ${pending} of ${maxPending} copies are unfinished`,
    );
  }

  #announceLater(): void {
    const { backpressure, clock, deadlines, waitMs } = this.#options;
    if (backpressure.announced || this.#announcement) return;
    this.#announcement = deadlines.add(clock.monotonic() + waitMs, () => {
      this.#announcement = undefined;
      this.#options.backpressure.announced = true;
      this.#tell(true);
    });
  }

  // Not before a tenth is free, so that a full bus does not announce every message.
  #announceRelief(): void {
    const { backpressure, deadlines } = this.#options;
    const { pending, maxPending, waiting } = backpressure;
    if (waiting > 0) return;
    if (this.#announcement) deadlines.remove(this.#announcement);
    this.#announcement = undefined;
    if (!backpressure.announced || pending > maxPending * 0.9) return;
    backpressure.announced = false;
    this.#tell(false);
  }

  #tell(saturated: boolean): void {
    const { pending, waiting } = this.#options.backpressure;
    this.#options.events.emit({
      type: "backpressure",
      saturated,
      pending,
      waiting,
    });
  }
}

/** Lets in as many as there is room for: of all who stand in front, whoever came first. */
function admit(lines: Set<WaitLine>): void {
  for (;;) {
    let first: WaitLine | undefined;
    for (const line of lines) {
      if (line.frontTicket < (first?.frontTicket ?? Infinity)) first = line;
    }
    if (!first) return;
    if (!first.admitFirst()) lines.delete(first);
  }
}

/** One sender's wait; it ends once. */
class GateWaiter implements Waiter {
  line: WaitLine | undefined;
  readonly ticket: number;
  readonly promise: Promise<void>;
  readonly #attempt: Attempt;
  readonly #onEnd: (isTimeout: boolean, left?: WaitLine) => void;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  #isTrying = false;
  #ended = false;

  constructor(
    ticket: number,
    attempt: Attempt,
    onEnd: (isTimeout: boolean, left?: WaitLine) => void,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ticket = ticket;
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#attempt = attempt;
    this.#onEnd = onEnd;
  }

  attempt(): WaitLine | undefined {
    this.#isTrying = true;
    try {
      const next = this.#attempt(this.ticket);
      if (next) return next;
      this.#end(false);
      this.#resolve();
    } catch (error) {
      this.#end(false);
      this.#reject(error);
    } finally {
      this.#isTrying = false;
    }
    return undefined;
  }

  fail(reason: unknown, isTimeout = false): void {
    // A message that is on its way in is not given up any more.
    if (this.#ended || this.#isTrying) return;
    const { line } = this;
    line?.leave(this);
    this.#end(isTimeout, line);
    this.#reject(reason);
  }

  #end(isTimeout: boolean, left?: WaitLine): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd(isTimeout, left);
  }
}
