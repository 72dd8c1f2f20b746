import { LIMITS } from "../core/limits.ts";
import { nameProblem } from "../core/topic.ts";
import type { Overflow, Subscription } from "./agent.ts";
import type { ConsumerSpec } from "./consumer.ts";
import { HandlerRunner, type HandlerRunnerOptions } from "./handler_runner.ts";
import type { Link, LinkAttachment } from "./link.ts";

/** A handler at its mailbox. */
export class RunningSubscription implements Subscription {
  /** What it is subscribed to. */
  readonly pattern?: string;
  readonly #runner: HandlerRunner;
  readonly #attachment: LinkAttachment;
  readonly #onEnd: () => void;
  #detached: Promise<void> | undefined;

  /** Attaches itself. */
  constructor(
    link: Link,
    spec: ConsumerSpec,
    options: Pick<HandlerRunnerOptions, "work" | "retry" | "conclude">,
    onEnd: () => void,
  ) {
    const { pattern, concurrency } = spec;
    if (pattern !== undefined) this.pattern = pattern;
    this.#onEnd = onEnd;
    this.#runner = new HandlerRunner({
      ...options,
      concurrency,
      onReady: () => this.#attachment.wake(),
      instant: link.instant,
    });
    this.#attachment = link.attach(spec, this.#runner);
  }

  /** Settles once the bus knows of it. */
  get ready(): Promise<void> {
    return this.#attachment.attached;
  }

  /** Takes no new messages, and resolves once those in hand are handled. */
  async drain(): Promise<void> {
    await this.#detach();
    await this.#runner.idle();
  }

  /** Takes no new messages, and aborts those in hand; they may still be settled. */
  async close(): Promise<void> {
    const detached = this.#detach();
    this.#runner.abort();
    await detached;
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #detach(): Promise<void> {
    this.#detached ??= this.#attachment.detach({ giveBack: false });
    this.#onEnd();
    return this.#detached;
  }
}

const OVERFLOWS: readonly Overflow[] = [
  "wait",
  "reject",
  "drop-oldest",
  "drop-newest",
];

/**
 * Checks how messages are to be taken in.
 *
 * @throws {RangeError} If a number or a choice is not one there is.
 * @throws {TypeError} If the retry policy is no function.
 */
export function checkConsumerOptions(
  spec: ConsumerSpec,
  retry?: unknown,
): void {
  checkWhole("concurrency", spec.concurrency, 1_000_000);
  checkWhole("ackTimeoutMs", spec.ackTimeoutMs, LIMITS.maxDurationMs);
  checkWhole("maxAttempts", spec.maxAttempts, 1_000_000);
  checkWhole("maxMessages", spec.maxMessages, 100_000_000);
  checkName("queue", spec.queue);
  checkName("durable", spec.durable);
  if (spec.overflow !== undefined && !OVERFLOWS.includes(spec.overflow)) {
    throw new RangeError(
      `Cannot add handler as overflow must be one of ${
        OVERFLOWS.join(", ")
      }: current value is "${spec.overflow}"`,
    );
  }
  if (retry !== undefined && typeof retry !== "function") {
    throw new TypeError(
      `Cannot add handler as retry must be a function: current value is of type ${typeof retry}`,
    );
  }
}

function checkWhole(
  name: string,
  value: number | undefined,
  max: number,
): void {
  if (value === undefined) return;
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(
    `Cannot add handler as ${name} must be a whole number from 1 to ${max}: current value is ${value}`,
  );
}

function checkName(field: string, name: string | undefined): void {
  const problem = name === undefined ? undefined : nameProblem(name);
  if (problem === undefined) return;
  throw new RangeError(
    `Cannot add handler as its ${field} name is not well-formed: ${problem}`,
  );
}
