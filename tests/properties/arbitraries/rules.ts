import fc from "fast-check";
import { MESSAGE_TYPES } from "../../../core/message.ts";
import type { Routable } from "../../../router/route_plan.ts";
import type { RoutingRule, RuleAction } from "../../../router/rule.ts";
import { namePatterns, names, patterns, topics } from "./topics.ts";

const types = fc.constantFrom(...MESSAGE_TYPES.slice(0, 4));
const priorities = fc.integer({ min: 0, max: 100 });
const opt = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined });

/** The handlers that rules may name. */
export const HANDLERS: readonly string[] = ["one", "two"];

const actions: fc.Arbitrary<RuleAction> = fc.oneof(
  names.map((recipient): RuleAction => ({ kind: "forward", recipient })),
  topics.map((topic): RuleAction => ({ kind: "republish", topic })),
  priorities.map((priority): RuleAction => ({
    kind: "set-priority",
    priority,
  })),
  fc.constant<RuleAction>({ kind: "drop" }),
  fc.constant<RuleAction>({ kind: "dead-letter", reason: "so it is" }),
);

/** A rule, without its id. */
export const rules: fc.Arbitrary<Omit<RoutingRule, "id">> = fc.record({
  priority: fc.constantFrom(0, 50, 50, 100),
  enabled: opt(fc.boolean()),
  match: opt(fc.record({
    type: opt(types),
    sender: opt(namePatterns),
    recipient: opt(namePatterns),
    topic: opt(patterns),
  })),
  handler: opt(fc.constantFrom(...HANDLERS)),
  action: opt(actions),
  final: opt(fc.oneof(fc.constant(false), fc.boolean())),
});

/** What rules look at of a message. */
export const routables: fc.Arbitrary<Routable> = fc.record({
  type: types,
  sender: names,
  recipient: opt(names),
  topic: opt(topics),
  priority: priorities,
});
