import type { Agent } from "../bus/agent.ts";
import type { Clock } from "../core/clock.ts";
import type { Message } from "../core/message.ts";
import type { Random } from "../core/random.ts";
import { matchesPattern } from "../core/topic.ts";
import {
  checkFaultRule,
  FAULT_KINDS,
  type FaultKind,
  type FaultRule,
  type InjectedFault,
} from "./fault_rule.ts";
import { FaultyAgent } from "./faulty_agent.ts";
import { LIMITS } from "../core/limits.ts";
import { type Matcher, matcherOf, showMessage } from "./message_match.ts";

/** What a {@linkcode FaultInjector} takes time and chance from. */
export interface FaultInjectorOptions {
  /** The clock of the agents' bus. */
  clock: Clock;
  /** Decides of a rule with a `chance`; the same seed makes the same faults. */
  random: Random;
}

/** A rule at work. */
interface ActiveRule {
  readonly rule: FaultRule;
  readonly matcher: Matcher;
  timesLeft: number;
}

/**
 * Lets chosen messages go wrong on their way into the hands of the agents that
 * it {@linkcode FaultInjector.wrap}s, and says afterwards which. Until a rule is
 * given nothing goes wrong; of several rules that match, the first one given
 * counts. A redelivery is a message anew.
 */
export class FaultInjector {
  /** The clock of the agents' bus. */
  readonly clock: Clock;
  readonly #random: Random;
  readonly #rules = new Set<ActiveRule>();
  readonly #injected: InjectedFault[] = [];
  readonly #counts = new Map<FaultKind, number>();

  /** Injects nothing yet. */
  constructor({ clock, random }: FaultInjectorOptions) {
    this.clock = clock;
    this.#random = random;
  }

  /** The faults that were injected, oldest first; the last 10,000. */
  get injected(): readonly InjectedFault[] {
    return [...this.#injected];
  }

  /** How many faults of each kind were injected. */
  get counts(): Record<FaultKind, number> {
    return Object.fromEntries(
      FAULT_KINDS.map((kind) => [kind, this.#counts.get(kind) ?? 0]),
    ) as Record<FaultKind, number>;
  }

  /**
   * Lets messages go wrong from now on.
   *
   * @throws {RangeError} If the rule is not well-formed, or there are 1,000.
   * @throws {TypeError} If its payload is nothing that a message can have.
   */
  inject(rule: FaultRule): void {
    checkFaultRule(rule);
    if (this.#rules.size >= LIMITS.maxFaultRules) {
      throw new RangeError(
        `Cannot inject fault as there may be at most ${LIMITS.maxFaultRules} rules: there are so many`,
      );
    }
    const matcher = matcherOf(rule, "inject fault");
    const { times = Infinity } = rule;
    this.#rules.add({ rule: { ...rule }, matcher, timesLeft: times });
  }

  /** Lets nothing go wrong any more; what is delayed or dropped already stays so. */
  heal(): void {
    this.#rules.clear();
  }

  /** The same agent, but what it is handed from now on may go wrong. */
  wrap(agent: Agent): Agent {
    return new FaultyAgent(agent, this);
  }

  /** Decides of a message that an agent is handed, and remembers it. @returns The rule that counts. */
  choose(agent: string, message: Message): FaultRule | undefined {
    for (const active of this.#rules) {
      if (!this.#strikes(active, agent, message)) continue;
      active.timesLeft--;
      if (active.timesLeft === 0) this.#rules.delete(active);
      this.#remember(active.rule, agent, message);
      return active.rule;
    }
    return undefined;
  }

  /** What was injected, for a person: a line each. */
  toString(): string {
    return this.#injected.map(({ atMs, kind, agent, attempt, text }) =>
      `${atMs} ms: ${kind} at "${agent}", attempt ${attempt}: ${text}`
    ).join("\n");
  }

  #strikes(
    { rule, matcher, timesLeft }: ActiveRule,
    agent: string,
    message: Message,
  ): boolean {
    if (timesLeft <= 0) return false;
    if (rule.agent !== undefined && !matchesPattern(rule.agent, agent)) {
      return false;
    }
    if (!matcher.matches(message)) return false;
    const { chance = 1 } = rule;
    return chance === 1 || this.#random.next() < chance;
  }

  #remember({ kind }: FaultRule, agent: string, message: Message): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    if (this.#injected.length >= LIMITS.maxInjectedFaults) {
      this.#injected.shift();
    }
    this.#injected.push({
      kind,
      atMs: this.clock.monotonic(),
      agent,
      messageId: message.id,
      attempt: message.attempt,
      text: showMessage(message),
    });
  }
}
