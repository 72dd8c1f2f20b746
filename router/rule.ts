import type { Message, MessageType } from "../core/message.ts";

/** Which messages a rule is for. Names and topics are patterns; what is left out matches all. */
export interface RuleMatch {
  /** The type, to the letter. */
  type?: MessageType;
  /** A pattern over the sender's name. */
  sender?: string;
  /** A pattern over the recipient's name; a message without one never matches. */
  recipient?: string;
  /** A pattern over the topic; a message without one never matches. */
  topic?: string;
}

/** What a rule does to a message. */
export type RuleAction =
  | { kind: "forward"; recipient: string } // deliver a copy to another agent
  | { kind: "republish"; topic: string } // deliver a copy to the subscribers of another topic
  | { kind: "set-priority"; priority: number }
  | { kind: "drop" } // counted
  | { kind: "dead-letter"; reason: string };

/** A rule that messages pass before they are delivered. */
export interface RoutingRule {
  /** Names the rule; no two rules share one. */
  id: string;
  /** Whole number from 0 to 100; higher goes first, ties in the order they were added. */
  priority: number;
  /** Whether the rule takes part. @default {true} */
  enabled?: boolean;
  /** Which messages it is for. @default {all} */
  match?: RuleMatch;
  /** A registered handler to run, awaited. */
  handler?: string;
  /** What to do to the message. */
  action?: RuleAction;
  /** Whether no later rule is looked at. @default {false} */
  final?: boolean;
}

/** A rule as it stands, with what it did so far. */
export interface RoutingRuleInfo extends RoutingRule {
  /** Whether the rule takes part. */
  enabled: boolean;
  /** Messages it has matched since it was added. */
  matches: number;
}

/** Looks at a message before it is delivered; a throw dead-letters it. */
export type RuleHandler = (message: Message) => void | Promise<void>;
