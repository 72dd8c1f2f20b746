import type { Overflow, RoutingRule } from "../../mod.ts";

/** Agents that come and go. */
export const NAMES: readonly [string, ...string[]] = ["a", "b", "c", "d", "e"];
/** Where rules forward to; always there. */
export const AUDIT: string = "audit";
/** Topics that are published to. */
export const TOPICS: readonly [string, ...string[]] = [
  "jobs.build",
  "jobs.test",
  "logs.web.error",
];
/** Patterns that are subscribed to. */
export const PATTERNS: readonly [string, ...string[]] = [
  "jobs.*",
  "jobs.build",
  "logs.>",
  ">",
];
/** Policies of a full mailbox; waiting is twice as likely. */
export const OVERFLOWS: readonly [Overflow, ...Overflow[]] = [
  "wait",
  "wait",
  "reject",
  "drop-oldest",
  "drop-newest",
];
/** What rules do. */
export const RULES: readonly [Partial<RoutingRule>, ...Partial<RoutingRule>[]] =
  [
    { handler: "look" },
    { handler: "refuse" },
    { action: { kind: "set-priority", priority: 70 } },
    { action: { kind: "drop" } },
    { action: { kind: "dead-letter", reason: "by a rule" } },
    { action: { kind: "forward", recipient: AUDIT }, final: true },
  ];
/** What a step may do, each as often as it is to be likely. */
export const ACTS: readonly string[] = Object.entries({
  join: 5,
  leave: 3,
  consume: 16,
  retire: 3,
  send: 18,
  publish: 12,
  broadcast: 3,
  request: 18,
  settle: 18,
  abort: 3,
  replay: 4,
  rule: 2,
  jump: 1,
  tick: 20,
  wait: 5,
}).flatMap(([act, weight]) => Array<string>(weight).fill(act));
