import { Chain, type ChainLink } from "../core/chain.ts";
import { loadTimers } from "../core/clock.ts";
import { errorText, isBusError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Message } from "../core/message.ts";
import { nextDelay, type RetryPolicy } from "../core/retry.ts";
import type { Delivery } from "./agent.ts";
import type {
  Consumer,
  Held,
  HeldLease,
  LeaseEnd,
  Verdict,
} from "./consumer.ts";
import type { Pausable } from "./instant_clock.ts";
import { LeasedDelivery } from "./leased_delivery.ts";

/** Work of the user: a handler, or a responder. Its result decides what becomes of the delivery. */
export type Work = (message: Message, delivery: Delivery) => unknown;

/** What a {@linkcode HandlerRunner} runs, and how. */
export interface HandlerRunnerOptions {
  /** The work. */
  work: Work;
  /** Works at the same time. */
  concurrency: number;
  /** When to try again; the bus's own policy if left out. */
  retry?: RetryPolicy;
  /** What becomes of a delivery whose work returned; may take its time. */
  conclude: (
    result: unknown,
    lease: HeldLease,
    job: Job,
  ) => Verdict | Promise<Verdict>;
  /** Told when it may be ready for more. */
  onReady: () => void;
  /** Goes on while the work runs. */
  instant?: Pausable | undefined;
}

const UNSTARTED: Verdict = { kind: "return" };

/** One run of the work: the delivery, as the work sees it, and what its reply may take. */
export class Job extends LeasedDelivery<unknown>
  implements Held, ChainLink<Job> {
  /** Kept by the chain of jobs that run. */
  previous: Job | undefined = undefined;
  /** Kept by the same. */
  next: Job | undefined = undefined;
  /** Pieces of a streamed reply that may be sent. */
  allowance: number = LIMITS.streamWindow;
  #wake: (() => void) | undefined;

  /** Whether nobody waits for a piece of this work any more: it was told to stop, or has settled its delivery. */
  get isOver(): boolean {
    return this.settled || this.signal.aborted;
  }

  /** Waits until a piece may be sent, or the work is over. */
  async room(): Promise<void> {
    while (this.allowance <= 0 && !this.isOver) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  /** Allows further pieces. */
  grant(pieces: number): void {
    this.allowance += pieces;
    this.#wake?.();
  }

  /** Says what becomes of it. */
  override settle(verdict: Verdict): void {
    super.settle(verdict);
    this.#wake?.();
  }

  /** The lease has ended. */
  override end(cause: LeaseEnd): void {
    super.end(cause);
    this.#wake?.();
  }
}

/** Runs a user's work for each delivery, and settles the delivery by how that ends. */
export class HandlerRunner implements Consumer {
  readonly #options: HandlerRunnerOptions;
  readonly #jobs = new Chain<Job>();
  #idle: (() => void)[] = [];
  /** Handed over before there was room: no more than the bus allows at a time. */
  readonly #waiting = new Set<HeldLease>();
  #isAborted = false;

  /** Runs nothing yet. */
  constructor(options: HandlerRunnerOptions) {
    loadTimers();
    this.#options = options;
  }

  /** Whether a delivery would be started now. */
  ready(): boolean {
    return this.#jobs.size < this.#options.concurrency;
  }

  /** Starts the work for a delivery, or, where work goes on whose lease has ended, has it wait. */
  take(lease: HeldLease): void {
    // It was on its way when the last was said.
    if (this.#isAborted) lease.settle(UNSTARTED);
    else if (this.ready()) this.#start(lease);
    else this.#waiting.add(lease);
  }

  #start(lease: HeldLease): void {
    let message: Message;
    try {
      message = lease.message();
    } catch (error) {
      return this.#refuseUnreadable(lease, error);
    }
    const job = new Job(lease, message);
    lease.held = job;
    this.#jobs.add(job);
    try {
      const result = this.#work(message, job);
      if (isPromiseLike(result)) this.#await(result, lease, job);
      else this.#conclude(result, lease, job);
    } catch (error) {
      this.#threw(error, lease, job);
    }
  }

  /** Runs the work up to where it waits for something. */
  #work(message: Message, job: Job): unknown {
    const { instant, work } = this.#options;
    if (!instant?.resume()) return work(message, job);
    try {
      return work(message, job);
    } finally {
      instant.hold();
    }
  }

  /** Stops the work for a delivery, as far as it listens. */
  ended(lease: HeldLease, cause: LeaseEnd): void {
    this.#waiting.delete(lease);
    lease.held?.end(cause);
  }

  /** Allows further pieces of a streamed reply. */
  granted(lease: HeldLease, pieces: number): void {
    lease.held?.grant(pieces);
  }

  /** Stops all work, as far as it listens, and gives back what has not begun. */
  abort(): void {
    this.#isAborted = true;
    for (const lease of [...this.#waiting]) {
      this.#waiting.delete(lease);
      lease.settle(UNSTARTED);
    }
    for (const job of this.#jobs) job.end("closed");
  }

  /** Resolves once no work is running. */
  idle(): Promise<void> {
    if (this.#jobs.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #await(
    result: PromiseLike<unknown>,
    lease: HeldLease,
    job: Job,
  ): Promise<void> {
    try {
      this.#conclude(await result, lease, job);
    } catch (error) {
      this.#threw(error, lease, job);
    }
  }

  #conclude(result: unknown, lease: HeldLease, job: Job): void {
    const verdict = this.#options.conclude(result, lease, job);
    if (verdict instanceof Promise) {
      verdict.then(
        (late) => this.#settle(late, lease, job),
        (error) => this.#threw(error, lease, job),
      );
    } else this.#settle(verdict, lease, job);
  }

  #threw(error: unknown, lease: HeldLease, job: Job): void {
    this.#settle(this.#verdictOn(error, lease), lease, job);
  }

  #settle(verdict: Verdict, lease: HeldLease, job: Job): void {
    job.settle(verdict);
    lease.held = undefined;
    this.#jobs.remove(job);
    this.#goOn();
  }

  /** A place is free. */
  #goOn(): void {
    if (this.#waiting.size > 0) this.#startWaiting();
    if (this.#idle.length > 0 && this.#jobs.size === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
    this.#options.onReady();
  }

  #startWaiting(): void {
    for (const next of this.#waiting) {
      if (!this.ready()) break;
      this.#waiting.delete(next);
      this.#start(next);
    }
  }

  #refuseUnreadable(lease: HeldLease, error: unknown): void {
    lease.settle(verdictOnUnreadable(lease, error));
    this.#goOn();
  }

  #verdictOn(error: unknown, lease: HeldLease): Verdict {
    const reason = errorText(error);
    if (isBusError(error) && error.code === "rejected") {
      return { kind: "reject", reason };
    }
    if (lease.isRequest) return { kind: "fail", message: reason };
    const { retry } = this.#options;
    if (!retry) return { kind: "nack", reason };
    const next = nextDelay(retry, { attempts: lease.attempt, error });
    if (next.delayMs !== undefined) {
      return { kind: "nack", delayMs: next.delayMs, reason };
    }
    const detail = next.problem ? `${reason}; ${next.problem}` : reason;
    return { kind: "nack", giveUp: true, reason: detail };
  }
}

function verdictOnUnreadable(lease: HeldLease, error: unknown): Verdict {
  const reason = errorText(error);
  return lease.isRequest
    ? { kind: "fail", message: reason }
    : { kind: "reject", reason };
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}
