import type { RoutingRuleInfo } from "../../../mod.ts";
import type { MessageFacts } from "../history.ts";

/** What rules make of a message, by what the documents say. */
export interface Route {
  /** The priority that a rule has given it. */
  priority: number | undefined;
  readonly forwards: string[];
  readonly republishes: string[];
  /** In place of its delivery. */
  end: "drop" | "dead-letter" | undefined;
}

/** What these rules, in the order they are looked at, make of a message. */
export function routeOf(
  rules: readonly RoutingRuleInfo[],
  message: MessageFacts,
): Route {
  const route: Route = {
    priority: undefined,
    forwards: [],
    republishes: [],
    end: undefined,
  };
  for (const rule of rules) {
    if (!rule.enabled || !fits(rule, message)) continue;
    if (route.end === undefined) act(route, rule);
    if (rule.final) break;
  }
  return route;
}

function act(route: Route, { action }: RoutingRuleInfo): void {
  if (action === undefined) return;
  if (action.kind === "forward") route.forwards.push(action.recipient);
  else if (action.kind === "republish") route.republishes.push(action.topic);
  else if (action.kind === "set-priority") route.priority = action.priority;
  else route.end = action.kind;
}

function fits({ match = {} }: RoutingRuleInfo, message: MessageFacts): boolean {
  const { type, sender, recipient, topic } = match;
  return (type === undefined || type === message.type) &&
    (sender === undefined || standsFor(sender, message.sender)) &&
    (recipient === undefined || standsFor(recipient, message.recipient)) &&
    (topic === undefined || standsFor(topic, message.topic));
}

/** Whether a pattern stands for a topic, or a name. */
export function standsFor(pattern: string, topic: string | undefined): boolean {
  if (topic === undefined) return false;
  if (pattern === topic) return true;
  const tokens = topic.split(".");
  const parts = pattern.split(".");
  for (const [index, part] of parts.entries()) {
    if (index >= tokens.length) return false;
    if (part === ">") return true;
    if (part !== "*" && part !== tokens[index]) return false;
  }
  return parts.length === tokens.length;
}
