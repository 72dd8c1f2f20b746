import type {
  Agent,
  Message,
  RoutingRuleInfo,
  Subscription,
} from "../../mod.ts";
import { matchesPattern } from "../../core/topic.ts";

/** Who is there to take messages. */
export interface Presence {
  /** Agents that have a mailbox. */
  readonly names: ReadonlySet<string>;
  /** Agents that broadcasts go to. */
  readonly receivers: ReadonlySet<string>;
  /** Agents that answer requests. */
  readonly responders: ReadonlySet<string>;
  /** Subscriptions, by their mailbox. */
  readonly topics: ReadonlyMap<string, { pattern: string; queue?: string }>;
}

/** A consumer of the program, and what makes two of them share their messages. */
export interface Consumer {
  readonly kind: "direct" | "requests" | "topic";
  readonly mailbox: string;
  readonly pattern?: string;
  readonly queue?: string;
  readonly durable?: string;
  readonly subscription: Subscription;
}

/** An agent of the program, once for each time it has joined. */
export interface Instance {
  readonly agent: Agent;
  readonly consumers: Set<Consumer>;
}

/** What the program has set up, as the bus should see it. */
export function presenceOf(
  instances: Iterable<Instance>,
  durableAgents: ReadonlySet<string>,
  durable: ReadonlyMap<string, string>,
): Presence {
  const topics = new Map<string, { pattern: string; queue?: string }>();
  for (const [mailbox, pattern] of durable) {
    topics.set(mailbox, { pattern });
  }
  const responders = new Set<string>();
  const receivers = new Set(durableAgents);
  const names = new Set(durableAgents);
  for (const { agent: { name }, consumers } of instances) {
    names.add(name);
    for (const { kind, mailbox, pattern = "", queue } of consumers) {
      if (kind === "requests") responders.add(name);
      else if (kind === "direct") receivers.add(name);
      else topics.set(mailbox, { pattern, queue });
    }
  }
  return { names, receivers, responders, topics };
}

/** How many copies a bus should make of a message that it accepts now; `rules` in evaluation order. */
export function copiesOf(
  message: Message,
  rules: readonly RoutingRuleInfo[],
  presence: Presence,
): number {
  const forwards = new Set<string>();
  for (const { enabled, match = {}, action, final } of rules) {
    const isMatch = match.sender === message.sender &&
      (match.type === undefined || match.type === message.type);
    if (!enabled || !isMatch) continue;
    if (action?.kind === "forward") forwards.add(action.recipient);
    if (action?.kind === "drop" || action?.kind === "dead-letter") {
      return forwards.size;
    }
    if (final) break;
  }
  return forwards.size + ownCopies(message, presence);
}

/** Copies for a message's own recipients. */
function ownCopies(
  { type, sender, recipient, topic }: Message,
  { names, receivers, responders, topics }: Presence,
): number {
  if (type === "request") return responders.has(recipient ?? "") ? 1 : 0;
  if (recipient !== undefined) return names.has(recipient) ? 1 : 0;
  if (type === "direct") {
    return [...receivers].filter((name) => name !== sender).length;
  }
  const found = [...topics.values()]
    .filter(({ pattern }) => matchesPattern(pattern, topic ?? ""));
  const queues = new Set(found.flatMap(({ queue }) => queue ?? []));
  return found.filter(({ queue }) => queue === undefined).length + queues.size;
}
