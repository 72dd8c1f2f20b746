import type { BusSettings, ConsumerFacts } from "../history.ts";
import type { ToldLine } from "./copy.ts";

interface Limits {
  least: number;
  most: number;
}

/**
 * How often a handler may fail. A delivery tells the agent, not which of its
 * consumers has it; so of each place there is a least and a most.
 */
export class AttemptLimits {
  readonly #limits = new Map<string, Limits>();
  /** Consumers that say nothing, where there may be others that do. */
  readonly #silent = new Set<string>();
  readonly #patterns = new Map<string, string>();

  /** A consumer is set up. */
  add({ kind, agent, pattern, maxAttempts }: ConsumerFacts): void {
    const place = placeOf(kind === "inbox" ? "direct" : kind, agent, pattern);
    if (maxAttempts === undefined) return void this.#silent.add(place);
    const limits = this.#limits.get(place);
    if (!limits) {
      this.#limits.set(place, { least: maxAttempts, most: maxAttempts });
      return;
    }
    limits.least = Math.min(limits.least, maxAttempts);
    limits.most = Math.max(limits.most, maxAttempts);
  }

  /** Looks at what a bus tells next. */
  take({ event }: ToldLine): void {
    if (event.type !== "subscribed") return;
    this.#patterns.set(event.mailbox, event.pattern);
  }

  /** What holds for a delivery of an agent from this mailbox. */
  of(mailbox: string, agent: string, { maxAttempts }: BusSettings): Limits {
    const [kind = ""] = mailbox.split(" ", 1);
    const place = kind === "direct" || kind === "requests"
      ? placeOf(kind, agent)
      : placeOf("topic", agent, this.#patterns.get(mailbox));
    const { least = maxAttempts, most = maxAttempts } =
      this.#limits.get(place) ?? {};
    if (!this.#silent.has(place)) return { least, most };
    return {
      least: Math.min(least, maxAttempts),
      most: Math.max(most, maxAttempts),
    };
  }
}

/** Where deliveries come from, as far as they have limits of their own. */
function placeOf(kind: string, agent: string, pattern?: string): string {
  return kind === "topic" ? `topic ${agent} ${pattern}` : `${kind} ${agent}`;
}
