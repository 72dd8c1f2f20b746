import type { Delivery, Message } from "../../mod.ts";
import type { Dice } from "./dice.ts";

/** Told of each start of a handler. */
export type OnStart = (
  mailbox: string,
  message: Message,
  delivery: Delivery,
) => void;

/** Handlers and responders that do all there is to do, by chance; once healed, what they should. */
export class RandomWork {
  /** From now on everything is handled at once. */
  healed = false;
  readonly #dice: Dice;
  readonly #onStart: OnStart;
  /** Work that goes on, with what ends its handler. */
  readonly #held = new Map<Delivery, () => void>();

  constructor(dice: Dice, onStart: OnStart) {
    this.#dice = dice;
    this.#onStart = onStart;
  }

  /** A handler of messages and publishes. */
  handle(
    mailbox: string,
    message: Message,
    delivery: Delivery,
  ): void | Promise<void> {
    this.#onStart(mailbox, message, delivery);
    if (this.healed) return;
    const how = this.#dice.int(0, 11);
    if (how === 0) throw new Error("thrown");
    if (how === 1) return Promise.reject(new Error("rejected"));
    if (how === 2) return delivery.reject("no");
    if (how === 3) return delivery.nack({ delayMs: this.#dice.int(0, 300) });
    if (how === 4) return delivery.ack();
    if (how < 8) return this.#hold(delivery);
  }

  /** A responder. */
  answer(mailbox: string, message: Message, delivery: Delivery): unknown {
    this.#onStart(mailbox, message, delivery);
    if (this.healed) return "answer";
    const how = this.#dice.int(0, 7);
    if (how === 0) return delivery.reject("no");
    if (how === 1) return delivery.nack();
    if (how === 2) throw new Error("thrown");
    if (how < 5) return this.#hold(delivery);
    return "answer";
  }

  /** Settles, or extends, one of the deliveries that are in hand, also when it is too late. */
  settleOne(): void {
    const held = this.#dice.pick(this.#held);
    if (!held) return;
    const [delivery, end] = held;
    const how = this.#dice.int(0, 6);
    if (how === 0) return delivery.extend();
    this.#held.delete(delivery);
    if (how === 1) delivery.nack({ delayMs: this.#dice.int(0, 500) });
    else if (how === 2) delivery.reject("settled late");
    else if (how < 5) delivery.ack();
    end();
  }

  /** Ends everything that is in hand. */
  settleAll(): void {
    for (const [delivery, end] of this.#held) {
      delivery.ack();
      end();
    }
    this.#held.clear();
  }

  /** Works on until a later step settles it, sometimes not even when it is told to stop. */
  #hold(delivery: Delivery): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.set(delivery, resolve);
    if (this.#dice.chance(0.3)) return promise;
    delivery.signal.addEventListener("abort", () => {
      this.#held.delete(delivery);
      resolve();
    }, { once: true });
    return promise;
  }
}
