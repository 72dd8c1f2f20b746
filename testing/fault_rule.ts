import { LIMITS } from "../core/limits.ts";
import { isWhole } from "../core/message_check.ts";
import { namePatternProblem } from "../core/topic.ts";
import type { MessageMatch } from "./message_match.ts";

/**
 * What goes wrong with a message on its way into an agent's hands:
 *
 * - `"drop"`: its handler never hears of it. What requires an ack comes again
 *   when its lease ends; the sender of a request waits in vain.
 * - `"delay"`: its handler hears of it `delayMs` later; what waits behind it, too.
 * - `"duplicate"`: it is handled twice, as after a connection that was lost with
 *   the acknowledgement on it. What the handler makes of it counts the second time.
 * - `"throw"`: the handler throws, once its work is done, or `"before"` it begins.
 * - `"disconnect"`: the agent leaves the bus while the handler works.
 */
export type FaultKind = "drop" | "delay" | "duplicate" | "throw" | "disconnect";

/** Every {@linkcode FaultKind}. */
export const FAULT_KINDS: readonly FaultKind[] = [
  "drop",
  "delay",
  "duplicate",
  "throw",
  "disconnect",
];

/** What is to go wrong, and with which messages. */
export interface FaultRule extends MessageMatch {
  /** What goes wrong. */
  readonly kind: FaultKind;
  /** A pattern over the name of the agent that is handed the message. @default {every agent} */
  readonly agent?: string;
  /** How likely it goes wrong each time, from 0 to 1. @default {1} */
  readonly chance?: number;
  /** How often at most. @default {without end} */
  readonly times?: number;
  /** How long a `"delay"` is, in milliseconds; only there, and there it must be given. */
  readonly delayMs?: number;
  /** When a `"throw"` comes: once the work is done, or before it begins; only there. @default {"after"} */
  readonly point?: "before" | "after";
}

/** A fault that was injected. */
export interface InjectedFault {
  /** What went wrong. */
  readonly kind: FaultKind;
  /** When, by the monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** Who was handed the message. */
  readonly agent: string;
  /** The message. */
  readonly messageId: string;
  /** On which attempt. */
  readonly attempt: number;
  /** The message in words. */
  readonly text: string;
}

/**
 * Checks a rule, but for which messages it is for.
 *
 * @throws {RangeError} If a part of it has no right value.
 */
export function checkFaultRule(rule: FaultRule): void {
  const { kind, agent, chance = 1, times, delayMs, point } = rule;
  if (!FAULT_KINDS.includes(kind)) {
    refuse("kind", `one of ${FAULT_KINDS.join(", ")}`, kind);
  }
  const problem = agent === undefined ? undefined : namePatternProblem(agent);
  if (problem !== undefined) {
    refuse("agent", "a pattern over names", `"${agent}", and ${problem}`);
  }
  if (!(chance >= 0 && chance <= 1)) {
    refuse("chance", "a number from 0 to 1", chance);
  }
  if (times !== undefined && !isWhole(times, Number.MAX_SAFE_INTEGER)) {
    refuse("times", "a whole number from 0", times);
  }
  const isDelay = isWhole(delayMs, LIMITS.maxDurationMs);
  if (kind === "delay" ? !isDelay : delayMs !== undefined) {
    refuse("delayMs", `a duration for "delay", else absent`, delayMs);
  }
  if (point === undefined) return;
  if (kind !== "throw" || !["before", "after"].includes(point)) {
    refuse("point", `"before" or "after" for "throw", else absent`, point);
  }
}

function refuse(field: string, rule: string, value: unknown): never {
  throw new RangeError(
    `Cannot inject fault as its ${field} must be ${rule}: current value is ${value}`,
  );
}
