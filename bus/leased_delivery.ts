import { BusError, type BusErrorCode, errorText } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Message } from "../core/message.ts";
import { isWhole } from "../core/message_check.ts";
import type { Delivery } from "./agent.ts";
import type { HeldLease, LeaseEnd, Verdict } from "./consumer.ts";

const ABORT: Record<LeaseEnd, { code: BusErrorCode; text: string }> = {
  timeout: {
    code: "request_timeout",
    text: "Delivery was not acknowledged in time",
  },
  cancelled: { code: "cancelled", text: "Nobody waits for this work any more" },
  deadline: { code: "request_timeout", text: "The requester's wait is over" },
  closed: { code: "closed", text: "The agent has left the bus" },
  disconnected: {
    code: "unreachable",
    text: "The connection to the bus was lost",
  },
};

const ACK: Verdict = { kind: "ack" };

/** A delivery as a handler sees it. It is settled once; what comes later changes nothing. */
export class LeasedDelivery<P> implements Delivery<P> {
  /** The message. */
  readonly message: Message<P>;
  readonly #lease: HeldLease;
  #controller: AbortController | undefined;
  #ended: LeaseEnd | undefined;
  #settled = false;

  /** A delivery that is not settled. */
  constructor(lease: HeldLease, message: Message<P>) {
    this.#lease = lease;
    this.message = message;
  }

  /** Whether it was handed out before. */
  get redelivered(): boolean {
    return this.#lease.redelivered;
  }

  /** Whether somebody has decided what becomes of it. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Aborts when the work is cancelled, its deadline or lease ends, or the agent closes. */
  get signal(): AbortSignal {
    // Made when it is asked for: most handlers never look.
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#ended) this.#controller.abort(reasonOf(this.#ended));
    }
    return this.#controller.signal;
  }

  /** Done; of a request, the responder's return is what counts. */
  ack(): void {
    if (!this.#lease.isRequest) this.settle(ACK);
  }

  /** Try again. */
  nack(
    { delayMs = 0, reason }: { delayMs?: number; reason?: string } = {},
  ): void {
    if (!isWhole(delayMs, LIMITS.maxDurationMs)) {
      throw new RangeError(
        `Cannot nack delivery as delayMs must be a whole number of milliseconds from 0: current value is ${delayMs}`,
      );
    }
    this.settle({ kind: "nack", delayMs, reason: cut(reason) });
  }

  /** Never try again. */
  reject(reason: string): void {
    if (typeof reason !== "string") {
      throw new TypeError(
        `Cannot reject delivery as its reason must be text: current value is of type ${typeof reason}`,
      );
    }
    this.settle({ kind: "reject", reason: cut(reason) });
  }

  /** Still working. */
  extend(): void {
    if (!this.#settled) this.#lease.extend();
  }

  /** Says what becomes of it, unless that was said before. */
  settle(verdict: Verdict): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#lease.settle(verdict);
  }

  /** The lease has ended: whoever works for it should stop. */
  end(cause: LeaseEnd): void {
    this.#ended = cause;
    this.#controller?.abort(reasonOf(cause));
  }
}

/** What a record keeps of a reason. */
function cut<T extends string | undefined>(reason: T): T | string {
  return reason === undefined ? reason : errorText(reason);
}

function reasonOf(cause: LeaseEnd): BusError {
  const { code, text } = ABORT[cause];
  return new BusError(code, text);
}
