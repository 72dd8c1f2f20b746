import type { MessageType } from "../core/message.ts";
import { hasWildcard, matchesPattern } from "../core/topic.ts";
import type { Routable } from "./route_plan.ts";
import type { RuleMatch } from "./rule.ts";
import type { WholeRule } from "./rule_check.ts";
import { TrieTable } from "./trie_table.ts";

/** A rule of a router, with what changes while it stands. */
export interface StandingRule {
  /** What was added. */
  readonly rule: WholeRule;
  /** Place in the order of adding. */
  readonly order: number;
  /** Whether it takes part at the moment. */
  enabled: boolean;
  /** Messages it has matched since it was added. */
  matches: number;
}

/** Whether `one` is looked at before `other`: by priority, the higher first, then by age. */
export function compareRules(one: StandingRule, other: StandingRule): number {
  return other.rule.priority - one.rule.priority || one.order - other.order;
}

/**
 * Finds the rules for a message without looking at every rule.
 *
 * Each rule is filed once, under the part of its match that rules most out: a
 * topic or name to the letter, else a pattern, else the type. A message looks
 * under its own topic, names and type, and only what it finds there is
 * compared in full. The index never changes: another set of rules is another index.
 */
export class RuleIndex {
  readonly #byTopic = new TrieTable<StandingRule>();
  readonly #byRecipient = new TrieTable<StandingRule>();
  readonly #bySender = new TrieTable<StandingRule>();
  readonly #byType = new Map<MessageType, StandingRule[]>();
  readonly #forAll: StandingRule[] = [];

  /** An index of those of the rules that are enabled now. */
  constructor(rules: Iterable<StandingRule>) {
    for (const standing of rules) {
      if (standing.enabled) this.#file(standing);
    }
  }

  /**
   * The rules that take part for a message, in evaluation order, up to and
   * with the first final one; `undefined`, and nothing allocated, when there is none.
   */
  find(message: Routable): StandingRule[] | undefined {
    const { topic, recipient } = message;
    let found = gather(this.#forAll, message, undefined);
    found = gather(this.#byType.get(message.type) ?? NONE, message, found);
    if (this.#bySender.size > 0) {
      found = gather(this.#bySender.match(message.sender), message, found);
    }
    if (topic !== undefined && this.#byTopic.size > 0) {
      found = gather(this.#byTopic.match(topic), message, found);
    }
    if (recipient !== undefined && this.#byRecipient.size > 0) {
      found = gather(this.#byRecipient.match(recipient), message, found);
    }
    return found && upToFinal(found.sort(compareRules));
  }

  #file(standing: StandingRule): void {
    const { type, topic, recipient, sender } = standing.rule.match ?? {};
    const places: [TrieTable<StandingRule>, string | undefined][] = [
      [this.#byTopic, topic],
      [this.#byRecipient, recipient],
      [this.#bySender, sender],
    ];
    const [table, pattern] = places.find(([, text]) => isToTheLetter(text)) ??
      places.find(([, text]) => text !== undefined) ?? [];
    if (table !== undefined && pattern !== undefined) {
      table.add(pattern, standing);
    } else if (type !== undefined) {
      const rules = this.#byType.get(type) ?? [];
      this.#byType.set(type, rules);
      rules.push(standing);
    } else {
      this.#forAll.push(standing);
    }
  }
}

const NONE: readonly StandingRule[] = [];

function isToTheLetter(pattern: string | undefined): boolean {
  return pattern !== undefined && !hasWildcard(pattern);
}

function gather(
  rules: readonly StandingRule[],
  message: Routable,
  found: StandingRule[] | undefined,
): StandingRule[] | undefined {
  for (const standing of rules) {
    if (isFor(standing.rule.match, message)) (found ??= []).push(standing);
  }
  return found;
}

function isFor(match: RuleMatch | undefined, message: Routable): boolean {
  return match === undefined ||
    (match.type === undefined || match.type === message.type) &&
      isStoodFor(match.sender, message.sender) &&
      isStoodFor(match.recipient, message.recipient) &&
      isStoodFor(match.topic, message.topic);
}

function isStoodFor(pattern: string | undefined, text?: string): boolean {
  return pattern === undefined ||
    text !== undefined && matchesPattern(pattern, text);
}

function upToFinal(rules: StandingRule[]): StandingRule[] {
  const last = rules.findIndex(({ rule }) => rule.final);
  return last < 0 ? rules : rules.slice(0, last + 1);
}
