import { type Agent, BusError } from "../../../mod.ts";
import type { Dice } from "../../support/dice.ts";
import type { Diary } from "../said.ts";

/** What is published, all of it. */
export const NEWS = "news";
const MOST_PADDING = 300;

/** Sends what must not be lost, and says so. */
export class Sender {
  readonly #agent: Agent;
  readonly #diary: Diary;
  readonly #dice: Dice;

  /** Sends as this agent. */
  constructor(agent: Agent, diary: Diary, dice: Dice) {
    this.#agent = agent;
    this.#diary = diary;
    this.#dice = dice;
  }

  /**
   * Sends to one agent, or, with several, to those that read the news.
   *
   * @returns Whether it is decided; one that is not may be made again.
   */
  async send(
    token: string,
    to: readonly string[],
    { deduplicationId, ttlMs }: { deduplicationId?: string; ttlMs?: number } =
      {},
  ): Promise<boolean> {
    const { name: from } = this.#agent;
    this.#diary.say({ say: "try", token, from, to, deduplicationId });
    const payload = {
      token,
      padding: "x".repeat(this.#dice.int(0, MOST_PADDING)),
    };
    const options = { requiresAck: true, deduplicationId, ttlMs };
    const [one = ""] = to;
    try {
      const id = to.length === 1
        ? await this.#agent.send(one, payload, options)
        : await this.#agent.publish(NEWS, payload, options);
      this.#diary.say({ say: "ok", token, id });
      return true;
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      const { code } = error;
      const isForGood = FOR_GOOD.includes(code);
      this.#diary.say({ say: "refused", token, code, isForGood });
      return isForGood;
    }
  }
}

/** What nothing must come of that was refused with one of these. */
const FOR_GOOD: readonly string[] = ["expired", "invalid_message", "too_large"];
