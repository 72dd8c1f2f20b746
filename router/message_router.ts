import { LIMITS } from "../core/limits.ts";
import { nameProblem } from "../core/topic.ts";
import { planRoute, type Routable, type RoutePlan } from "./route_plan.ts";
import type { RoutingRule, RoutingRuleInfo, RuleHandler } from "./rule.ts";
import { checkedRule, type WholeRule } from "./rule_check.ts";
import { compareRules, RuleIndex, type StandingRule } from "./rule_index.ts";

/** Options of {@linkcode MessageRouter}. */
export interface MessageRouterOptions {
  /** Called after a rule was added, removed, enabled or disabled, with its id. */
  onChange?: (ruleId: string) => void;
}

/**
 * The rules that messages pass before they are delivered.
 *
 * Enabled rules are looked at by priority, the higher first, ties in the order
 * they were added. Each that matches has its say, until a final one. A change
 * holds from the next message on, never for part of one. At most 10,000 rules
 * and as many handlers; adding more is an error.
 */
export class MessageRouter {
  readonly #onChange: ((ruleId: string) => void) | undefined;
  readonly #handlers = new Map<string, RuleHandler>();
  readonly #rules = new Map<string, StandingRule>();
  /** Ids of rules that an earlier process has left, until the program says them anew. */
  readonly #left = new Set<string>();
  /** Made anew by the first message after a change. */
  #index: RuleIndex | undefined;
  #order = 0;
  #restoredOrder = Number.MIN_SAFE_INTEGER;

  /** A router without rules, which leaves every message as it is. */
  constructor({ onChange }: MessageRouterOptions = {}) {
    this.#onChange = onChange;
  }

  /**
   * Makes a handler known, so that rules can name it. It is awaited before the
   * message is delivered; what it throws dead-letters the message.
   *
   * @throws {TypeError} If the name is no text or the handler no function.
   * @throws {RangeError} If the name is not well-formed or taken, or there are
   * 10,000 handlers.
   */
  registerHandler(name: string, handler: RuleHandler): void {
    checkHandler(name, handler);
    if (this.#handlers.has(name)) {
      throw new RangeError(
        `Cannot register handler as its name must be free: "${name}" is taken`,
      );
    }
    if (this.#handlers.size >= LIMITS.maxRuleHandlers) {
      throw new RangeError(
        `Cannot register handler as there must be room: ${this.#handlers.size} are registered`,
      );
    }
    this.#handlers.set(name, handler);
  }

  /**
   * Forgets a handler; `false` if there is none of that name. Rules that name it
   * stay, and fail the messages they match until it is registered again.
   */
  unregisterHandler(name: string): boolean {
    return this.#handlers.delete(name);
  }

  /**
   * Adds a rule, as it is now: the object is copied. It takes the place of one
   * of its id that an earlier process has left in the store.
   *
   * @throws {TypeError} If a part is missing, has the wrong type, or is none
   * that rules have.
   * @throws {RangeError} If a part has no right value, the id is taken, the
   * handler is not registered, or there are 10,000 rules.
   */
  addRule(rule: RoutingRule): void {
    const whole = checkedRule(rule);
    const { id } = whole;
    if (this.#rules.has(id) && !this.#left.has(id)) {
      throw new RangeError(
        `Cannot add rule as its id must be free: "${id}" is taken`,
      );
    }
    this.#checkHandlerOf(whole);
    if (this.#rules.size >= LIMITS.maxRules) {
      throw new RangeError(
        `Cannot add rule "${id}" as there must be room: ${this.#rules.size} rules stand`,
      );
    }
    // One that is said anew keeps its place.
    this.#stand(whole, this.#rules.get(id)?.order ?? this.#order++);
    this.#changed(id);
  }

  /**
   * Puts a rule, copied, in the place of the one with its id, at once. It keeps
   * that one's count, and its place among rules of the same priority.
   *
   * @throws {TypeError} If a part is missing, has the wrong type, or is none
   * that rules have.
   * @throws {RangeError} If a part has no right value, no rule has the id, or
   * the handler is not registered. The rule that stands stays.
   */
  replaceRule(rule: RoutingRule): void {
    const whole = checkedRule(rule);
    const { id, enabled } = whole;
    const standing = this.#rules.get(id);
    if (standing === undefined) {
      throw new RangeError(
        `Cannot replace rule as its id must be that of one: there is no "${id}"`,
      );
    }
    this.#checkHandlerOf(whole);
    this.#left.delete(id);
    this.#rules.set(id, { ...standing, rule: whole, enabled });
    this.#changed(id);
  }

  /**
   * Puts a rule back that an earlier process has left, unless there is one of
   * its id. It need not have a handler yet. Called by the bus.
   *
   * @throws {TypeError} If it is no rule.
   * @throws {RangeError} If a part has no right value.
   */
  restore(rule: RoutingRule): void {
    const whole = checkedRule(rule);
    const { id } = whole;
    const own = this.#rules.get(id);
    // In front of whatever this process has added: that is newer, also to the next one.
    const order = this.#restoredOrder++;
    if (own) this.#rules.set(id, { ...own, order });
    else {
      this.#stand(whole, order);
      this.#left.add(id);
    }
    this.#index = undefined;
  }

  /** The rule of this id, as a copy. */
  rule(id: string): RoutingRuleInfo | undefined {
    const standing = this.#rules.get(id);
    return standing && copyOf(standing);
  }

  /** Takes a rule out, with its count; `false` if there is none of that id. */
  removeRule(id: string): boolean {
    if (!this.#rules.delete(id)) return false;
    this.#left.delete(id);
    this.#changed(id);
    return true;
  }

  /**
   * Lets a rule take part, or not; `false` if there is none of that id.
   *
   * @throws {TypeError} If `enabled` is not a boolean.
   */
  setEnabled(id: string, enabled: boolean): boolean {
    if (typeof enabled !== "boolean") {
      throw new TypeError(
        `Cannot enable rule as enabled must be true or false: current value is ${enabled}`,
      );
    }
    const standing = this.#rules.get(id);
    if (standing === undefined) return false;
    if (standing.enabled === enabled) return true;
    standing.enabled = enabled;
    this.#changed(id);
    return true;
  }

  /** All rules in evaluation order, the disabled ones among them, as copies. */
  rules(): RoutingRuleInfo[] {
    return [...this.#rules.values()].sort(compareRules).map(copyOf);
  }

  /**
   * What the rules want done with a message; `undefined` when none matches it.
   * Changes nothing: {@linkcode MessageRouter.commit} counts.
   */
  plan(message: Routable): RoutePlan | undefined {
    if (this.#rules.size === 0) return undefined;
    this.#index ??= new RuleIndex(
      [...this.#rules.values()].sort(compareRules),
    );
    const found = this.#index.find(message);
    if (found === undefined) return undefined;
    return planRoute(message, found.map(({ rule }) => rule), this.#handlers);
  }

  /** Counts the matches of a plan, for those of its rules that still stand. */
  commit(plan: RoutePlan): void {
    for (const id of plan.rules) {
      const standing = this.#rules.get(id);
      if (standing !== undefined) standing.matches++;
    }
  }

  #checkHandlerOf({ id, handler }: WholeRule): void {
    if (handler === undefined || this.#handlers.has(handler)) return;
    throw new RangeError(
      `Cannot add rule "${id}" as its handler must be registered: "${handler}" is not`,
    );
  }

  #stand(rule: WholeRule, order: number): void {
    const { id, enabled } = rule;
    this.#left.delete(id);
    this.#rules.set(id, { rule, order, enabled, matches: 0 });
  }

  #changed(id: string): void {
    this.#index = undefined;
    this.#onChange?.(id);
  }
}

function checkHandler(name: unknown, handler: unknown): void {
  const problem = nameProblem(name);
  if (problem !== undefined) {
    const text =
      `Cannot register handler as its name must be well-formed: ${problem}`;
    throw typeof name === "string" ? new RangeError(text) : new TypeError(text);
  }
  if (typeof handler !== "function") {
    throw new TypeError(
      `Cannot register handler as it must be a function: current value is of type ${typeof handler}`,
    );
  }
}

function copyOf({ rule, enabled, matches }: StandingRule): RoutingRuleInfo {
  return {
    ...rule,
    ...(rule.match && { match: { ...rule.match } }),
    ...(rule.action && { action: { ...rule.action } }),
    enabled,
    matches,
  };
}
