import {
  BusError,
  type Delivery,
  type Handler,
  type Message,
} from "../../../mod.ts";
import type { Dice } from "../../support/dice.ts";
import { THROWN } from "./copies.ts";
import type { Schedule } from "./schedule.ts";

/** Whoever runs handlers, until it has said that it takes no more. */
export interface Owner {
  /** For whoever looks for a fault. */
  readonly name: string;
  /** No handler of it may start any more. */
  ended: boolean;
}

const HOLD_MS = 8_000;

/** Handlers and responders that do, by chance, all there is to do. */
export class Work {
  /** From now on everything is handled at once. */
  healed = false;
  /** A delivery that somebody else settles, once there is one. */
  held: Delivery | undefined;
  /** What must not have happened. */
  readonly faults: string[] = [];
  readonly #dice: Dice;
  readonly #schedule: Schedule;

  /** Work by the given dice, in the given order. */
  constructor(dice: Dice, schedule: Schedule) {
    this.#dice = dice;
    this.#schedule = schedule;
  }

  /** A handler of messages or publishes. */
  handlerOf(owner: Owner): Handler {
    return (message, delivery) => {
      this.#look(owner, message);
      if (message.payload === "hold") return this.#hold(delivery);
      if (message.payload === "reject") return delivery.reject("asked to");
      return this.healed ? undefined : this.#handle(delivery);
    };
  }

  /** A responder. */
  responderOf(owner: Owner): (message: Message, delivery: Delivery) => unknown {
    return (message, delivery) => {
      this.#look(owner, message);
      return this.healed ? "answer" : this.#answer(delivery);
    };
  }

  /** Settles a delivery in one of the ways there are. */
  settle(delivery: Delivery): void {
    const ways = [
      () => delivery.ack(),
      () => delivery.nack({ delayMs: this.#dice.int(0, 300) }),
      () => delivery.reject("by chance"),
      () => delivery.extend(),
    ] as const;
    this.#dice.pick(ways)();
  }

  #look({ name, ended }: Owner, { id }: Message): void {
    if (ended) this.faults.push(`S5 ${name} was handed ${id} after its end`);
  }

  #handle(delivery: Delivery): void | Promise<void> {
    switch (this.#dice.int(0, 8)) {
      case 0:
        throw new Error(THROWN);
      case 1:
        throw new BusError("rejected", "refused by a handler");
      case 2:
      case 3:
        return this.settle(delivery);
      case 4:
        return this.#later(delivery, () => this.settle(delivery));
      case 5:
        return this.#later(delivery, () => {
          throw new Error(THROWN);
        });
      case 6:
        return this.#later(delivery, () => {});
    }
  }

  #answer(delivery: Delivery): unknown {
    switch (this.#dice.int(0, 7)) {
      case 0:
        throw new Error(THROWN);
      case 1:
        return delivery.reject("by chance");
      case 2:
        return this.#later(delivery, () => "late answer");
      case 3:
      case 4:
        return this.#pieces();
      case 5:
        return this.#later(delivery, () => {
          throw new Error(THROWN);
        });
    }
    return "answer";
  }

  async *#pieces(): AsyncGenerator<number> {
    for (let piece = 0; piece < this.#dice.int(0, 4); piece++) {
      await this.#schedule.turn();
      yield piece;
    }
  }

  /** After a turn, or some time, unless it is told to stop. */
  async #later<T>(
    delivery: Delivery,
    then: () => T,
  ): Promise<T | undefined> {
    if (this.#dice.chance(0.5)) await this.#schedule.turn();
    else await this.#schedule.pass(this.#dice.int(0, 3_000));
    return delivery.signal.aborted ? undefined : then();
  }

  async #hold(delivery: Delivery): Promise<void> {
    this.held ??= delivery;
    const { promise, resolve } = Promise.withResolvers<void>();
    delivery.signal.addEventListener("abort", () => resolve(), { once: true });
    await Promise.race([promise, this.#schedule.pass(HOLD_MS)]);
  }
}
