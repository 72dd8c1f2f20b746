import type { Agent } from "../../../mod.ts";
import { pause } from "../pause.ts";

/** What is sent, and how fast. */
export interface SendingPlan {
  /** Whom it is for. */
  readonly recipient: string;
  /** Sends that may wait for the bus at the same time. */
  readonly window: number;
  /** Sends in a second at most; as many as the window allows, if left out. */
  readonly perSecond?: number;
  /** Size of each payload, in bytes. */
  readonly bytes: number;
  /** Time to live of each, in milliseconds; none, if left out. */
  readonly ttlMs?: number;
}

/** How it went. */
export interface SendingFigures {
  /** Sends that the bus has accepted. */
  readonly accepted: number;
  /** What the others failed with, by code. */
  readonly failures: Record<string, number>;
  /** Accepted in a second. */
  readonly perSecond: number;
  /** The longest that a send took to be decided, in milliseconds. */
  readonly longestMs: number;
}

/** Sends that require an ack, until stopped. */
export class Sending {
  readonly #agent: Agent;
  readonly #plan: SendingPlan;
  readonly #payload: string;
  readonly #startedAt = performance.now();
  readonly #failures: Record<string, number> = {};
  readonly #loops: Promise<void>[];
  #begun = 0;
  #accepted = 0;
  #longestMs = 0;
  #isOver = false;

  /** Starts. */
  constructor(agent: Agent, plan: SendingPlan) {
    this.#agent = agent;
    this.#plan = plan;
    this.#payload = "x".repeat(plan.bytes);
    this.#loops = Array.from({ length: plan.window }, () => this.#loop());
  }

  /** Stops, and waits until everything sent is decided. */
  async stop(): Promise<SendingFigures> {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const perSecond = this.#accepted / seconds;
    this.#isOver = true;
    await Promise.all(this.#loops);
    const [accepted, failures] = [this.#accepted, this.#failures];
    return { accepted, failures, perSecond, longestMs: this.#longestMs };
  }

  async #loop(): Promise<void> {
    const { recipient, perSecond, ttlMs } = this.#plan;
    const options = { requiresAck: true, ttlMs };
    for (; !this.#isOver;) {
      if (perSecond !== undefined) await this.#turn(perSecond);
      if (this.#isOver) return;
      const from = performance.now();
      try {
        await this.#agent.send(recipient, this.#payload, options);
        this.#accepted++;
      } catch (error) {
        countFailure(this.#failures, error);
      }
      this.#longestMs = Math.max(this.#longestMs, performance.now() - from);
    }
  }

  async #turn(perSecond: number): Promise<void> {
    const at = this.#startedAt + this.#begun++ / perSecond * 1_000;
    await pause(Math.max(0, at - performance.now()));
  }
}

/** Counts a failure by its code. */
export function countFailure(
  into: Record<string, number>,
  error: unknown,
): void {
  const code = (error as { code?: string }).code ?? String(error);
  into[code] = (into[code] ?? 0) + 1;
}
