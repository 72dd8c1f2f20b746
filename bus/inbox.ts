import { Chain, type ChainLink } from "../core/chain.ts";
import { errorText } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { Delivery } from "./agent.ts";
import type {
  Consumer,
  Held,
  HeldLease,
  LeaseEnd,
  Verdict,
} from "./consumer.ts";
import { LeasedDelivery } from "./leased_delivery.ts";
import type { LinkAttachment } from "./link.ts";

type Result<P> = IteratorResult<Delivery<P>, undefined>;

/** A delivery that the loop has in hand. */
class TakenDelivery<P> extends LeasedDelivery<P>
  implements Held, ChainLink<TakenDelivery<P>> {
  /** Kept by the chain of those that the loop has. */
  previous: TakenDelivery<P> | undefined = undefined;
  /** Kept by the same. */
  next: TakenDelivery<P> | undefined = undefined;
  readonly #taken: Chain<TakenDelivery<P>>;

  /** A delivery that goes into a chain, until it is settled or its lease has ended. */
  constructor(
    lease: HeldLease,
    message: Message<P>,
    taken: Chain<TakenDelivery<P>>,
  ) {
    super(lease, message);
    this.#taken = taken;
    taken.add(this);
  }

  /** Says what becomes of it. */
  override settle(verdict: Verdict): void {
    this.#taken.remove(this);
    super.settle(verdict);
  }

  /** The lease has ended. */
  override end(cause: LeaseEnd): void {
    // Of one that is settled there is nothing left to stop.
    if (this.#taken.remove(this)) super.end(cause);
  }

  /** Direct messages are not answered in pieces. */
  grant(): void {}
}

/** Deliveries for a loop that settles them by itself. */
export class Inbox<P> implements Consumer, AsyncIterableIterator<Delivery<P>> {
  readonly #attachment: LinkAttachment;
  readonly #onEnd: (inbox: Inbox<P>) => void;
  /** Handed over before the loop asked; at most the concurrency. */
  readonly #waiting: HeldLease[] = [];
  readonly #taken = new Chain<TakenDelivery<P>>();
  #pulls: ((result: Result<P>) => void)[] = [];
  #ended = false;

  /** Attaches itself. */
  constructor(
    attach: (consumer: Consumer) => LinkAttachment,
    onEnd: (inbox: Inbox<P>) => void,
  ) {
    this.#attachment = attach(this);
    this.#onEnd = onEnd;
  }

  /** Whether the loop asks for more. */
  ready(): boolean {
    return this.#pulls.length > 0;
  }

  /** Hands a delivery to the loop. */
  take(lease: HeldLease): void {
    this.#waiting.push(lease);
    this.#serve();
  }

  /** The loop should stop working for this delivery. */
  ended(lease: HeldLease, cause: LeaseEnd): void {
    const at = this.#waiting.indexOf(lease);
    if (at >= 0) this.#waiting.splice(at, 1);
    lease.held?.end(cause);
  }

  /** Direct messages are not answered in pieces. */
  granted(): void {}

  /** The next delivery. */
  next(): Promise<Result<P>> {
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    this.acknowledgeTaken();
    return new Promise((resolve) => {
      this.#pulls.push(resolve);
      this.#serve();
      this.#attachment.wake();
    });
  }

  /** Leaving the loop gives back what is not settled. */
  async return(): Promise<Result<P>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** Ends the loop. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.acknowledgeTaken();
    this.#waiting.length = 0;
    for (const resolve of this.#pulls.splice(0)) {
      resolve({ done: true, value: undefined });
    }
    this.#onEnd(this);
    await this.#attachment.detach({ giveBack: true });
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #serve(): void {
    while (this.#pulls.length > 0) {
      const lease = this.#waiting.shift();
      if (!lease) return;
      const value = this.#open(lease);
      if (value) this.#pulls.shift()?.({ done: false, value });
    }
  }

  #open(lease: HeldLease): TakenDelivery<P> | undefined {
    try {
      const message = lease.message() as Message<P>;
      const delivery = new TakenDelivery(lease, message, this.#taken);
      lease.held = delivery;
      return delivery;
    } catch (error) {
      lease.settle({ kind: "reject", reason: errorText(error) });
      return undefined;
    }
  }

  /** Asking for the next says that those without a required ack are done. */
  acknowledgeTaken(): void {
    for (const delivery of this.#taken) {
      if (!delivery.message.requiresAck) delivery.ack();
    }
  }
}
