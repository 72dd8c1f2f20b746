import type { Delivery, Handler } from "../../../mod.ts";
import { pause } from "../../peers/pause.ts";
import type { Dice } from "../../support/dice.ts";
import { copyOf, type Diary } from "../said.ts";

/** How a handler is. */
export interface Habits {
  /** How often it ends in each way, as weights. */
  readonly ends: Readonly<
    Record<"ack" | "nack" | "throw" | "reject" | "stall", number>
  >;
  /** How long it takes at most, in milliseconds. */
  readonly mostMs: number;
}

/** One that does its work. */
export const DILIGENT: Habits = {
  ends: { ack: 1, nack: 0, throw: 0, reject: 0, stall: 0 },
  mostMs: 4,
};

/** One that now and then does not. */
export const MOODY: Habits = {
  ends: { ack: 85, nack: 6, throw: 6, reject: 3, stall: 0 },
  mostMs: 6,
};

/** One that sleeps over its leases, too. */
export const SLEEPY: Habits = {
  ends: { ack: 85, nack: 4, throw: 4, reject: 2, stall: 5 },
  mostMs: 3,
};

/** What a handler needs to write down what it does. */
export interface HandlingOptions {
  readonly agent: string;
  readonly diary: Diary;
  readonly dice: Dice;
  readonly habits: Habits;
  /** What {@linkcode Said} calls a life. */
  readonly life: () => string;
}

/** A handler that says when it begins and how it ends. */
export function handling(options: HandlingOptions): Handler {
  const { agent, diary, dice, habits, life } = options;
  return async ({ id, payload, attempt }, delivery) => {
    const copy = copyOf((payload as { token: string }).token, agent);
    const { redelivered } = delivery;
    diary.say({
      say: "start",
      ...{ copy, id, attempt, redelivered },
      life: life(),
    });
    const takesMs = dice.int(0, habits.mostMs);
    const how = dice.weighted(habits.ends);
    if (takesMs > 0) await pause(takesMs);
    diary.say({
      say: "end",
      ...{ copy, attempt, how: how === "throw" ? "nack" : how },
    });
    switch (how) {
      case "nack":
        return delivery.nack({ delayMs: dice.int(0, 3) });
      case "reject":
        return delivery.reject("not this one");
      case "throw":
        throw new Error("not today");
      case "stall":
        return await endOf(delivery);
    }
  };
}

/** Waits until the lease has ended, then fails. */
async function endOf({ signal }: Delivery): Promise<never> {
  if (!signal.aborted) {
    await new Promise((resolve) =>
      signal.addEventListener("abort", resolve, { once: true })
    );
  }
  throw signal.reason;
}
