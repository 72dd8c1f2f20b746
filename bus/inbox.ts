import { errorText } from "../core/errors.ts";
import type { Delivery } from "./agent.ts";
import type { Consumer, HeldLease, LeaseEnd } from "./consumer.ts";
import { LeasedDelivery } from "./leased_delivery.ts";
import type { LinkAttachment } from "./link.ts";

type Result<P> = IteratorResult<Delivery<P>, undefined>;

/** Deliveries for a loop that settles them by itself. */
export class Inbox<P> implements Consumer, AsyncIterableIterator<Delivery<P>> {
  readonly #attachment: LinkAttachment;
  readonly #onEnd: (inbox: Inbox<P>) => void;
  /** Handed over before the loop asked; at most the concurrency. */
  readonly #waiting = new Set<HeldLease>();
  readonly #taken = new Map<HeldLease, LeasedDelivery<P>>();
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
    this.#waiting.add(lease);
    this.#serve();
  }

  /** The loop should stop working for this delivery. */
  ended(lease: HeldLease, cause: LeaseEnd): void {
    this.#waiting.delete(lease);
    this.#taken.get(lease)?.end(cause);
    this.#taken.delete(lease);
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
    this.#waiting.clear();
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
    for (const lease of this.#waiting) {
      const resolve = this.#pulls[0];
      if (!resolve) return;
      this.#waiting.delete(lease);
      const delivery = this.#open(lease);
      if (!delivery) continue;
      this.#pulls.shift();
      resolve({ done: false, value: delivery });
    }
  }

  #open(lease: HeldLease): LeasedDelivery<P> | undefined {
    try {
      const message = lease.message();
      const delivery = new LeasedDelivery(
        lease,
        message,
        () => this.#taken.delete(lease),
      ) as LeasedDelivery<P>;
      this.#taken.set(lease, delivery);
      return delivery;
    } catch (error) {
      lease.settle({ kind: "reject", reason: errorText(error) });
      return undefined;
    }
  }

  /** Asking for the next says that those without a required ack are done. */
  acknowledgeTaken(): void {
    for (const [lease, delivery] of this.#taken) {
      if (!lease.requiresAck) delivery.ack();
    }
  }
}
