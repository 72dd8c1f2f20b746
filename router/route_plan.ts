import type { Message } from "../core/message.ts";
import type { RuleHandler } from "./rule.ts";
import type { WholeRule } from "./rule_check.ts";

/** What rules look at of a message. */
export type Routable = Pick<
  Message,
  "type" | "sender" | "recipient" | "topic" | "priority"
>;

/** A handler that a matched rule names. */
export interface PlannedHandler {
  /** The rule that names it. */
  readonly ruleId: string;
  /** The name it was registered under. */
  readonly name: string;
  /** The handler; `undefined` when it has been unregistered since the rule was added. */
  readonly run: RuleHandler | undefined;
}

/** What a rule made of the message in place of its delivery. */
export type RouteEnd =
  | { readonly kind: "drop"; readonly ruleId: string }
  | {
    readonly kind: "dead-letter";
    readonly ruleId: string;
    readonly reason: string;
  };

/**
 * What the matched rules want done with one message. Actions count up to and
 * with the first that drops or dead-letters the message: a forward before it is
 * still delivered. Handlers count in any case.
 */
export interface RoutePlan {
  /** The ids of the matched rules, in evaluation order. */
  readonly rules: readonly string[];
  /** The handlers to run, in evaluation order; one that throws does not stop the next. */
  readonly handlers: readonly PlannedHandler[];
  /** The priority that the message has now; of several that were set, the last. */
  readonly priority: number;
  /** Agents that get a copy, each once. */
  readonly forwards: readonly string[];
  /** Topics whose subscribers get a copy, each once. */
  readonly republishes: readonly string[];
  /** Why the message itself is not delivered; `undefined` when it is. */
  readonly end: RouteEnd | undefined;
}

/** What `rules`, in evaluation order, want done with a message. */
export function planRoute(
  message: Routable,
  rules: readonly WholeRule[],
  handlers: ReadonlyMap<string, RuleHandler>,
): RoutePlan {
  const plan: Draft = {
    rules: [],
    handlers: [],
    priority: message.priority,
    forwards: [],
    republishes: [],
    end: undefined,
  };
  for (const rule of rules) {
    plan.rules.push(rule.id);
    if (rule.handler !== undefined) {
      const run = handlers.get(rule.handler);
      plan.handlers.push({ ruleId: rule.id, name: rule.handler, run });
    }
    if (plan.end === undefined) act(plan, rule);
  }
  return plan;
}

/** A plan that is being made. */
interface Draft extends RoutePlan {
  readonly rules: string[];
  readonly handlers: PlannedHandler[];
  priority: number;
  readonly forwards: string[];
  readonly republishes: string[];
  end: RouteEnd | undefined;
}

function act(plan: Draft, { id, action }: WholeRule): void {
  switch (action?.kind) {
    case "forward":
      addOnce(plan.forwards, action.recipient);
      break;
    case "republish":
      addOnce(plan.republishes, action.topic);
      break;
    case "set-priority":
      plan.priority = action.priority;
      break;
    case "drop":
      plan.end = { kind: "drop", ruleId: id };
      break;
    case "dead-letter":
      plan.end = { kind: "dead-letter", ruleId: id, reason: action.reason };
      break;
  }
}

function addOnce(names: string[], name: string): void {
  if (!names.includes(name)) names.push(name);
}
