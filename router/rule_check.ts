import { LIMITS } from "../core/limits.ts";
import { MESSAGE_TYPES } from "../core/message.ts";
import {
  namePatternProblem,
  nameProblem,
  patternProblem,
  topicProblem,
} from "../core/topic.ts";
import type { RoutingRule, RuleAction, RuleMatch } from "./rule.ts";

/** Says what is wrong with a value, as the checks of `core/topic.ts` do. */
type Problem = (value: unknown) => string | undefined;
type Fields = Record<string, unknown>;

const RULE_FIELDS = [
  "id",
  "priority",
  "enabled",
  "match",
  "handler",
  "action",
  "final",
];
const MATCH_FIELDS = ["type", "sender", "recipient", "topic"];
const ACTION_FIELDS: Readonly<Record<RuleAction["kind"], readonly string[]>> = {
  forward: ["recipient"],
  republish: ["topic"],
  "set-priority": ["priority"],
  drop: [],
  "dead-letter": ["reason"],
};
const ACTION_KINDS = Object.keys(ACTION_FIELDS) as RuleAction["kind"][];

/** A rule with its defaults filled in. */
export type WholeRule =
  & Readonly<RoutingRule>
  & Readonly<Required<Pick<RoutingRule, "enabled" | "final">>>;

/**
 * A frozen copy of a rule that somebody wrote, checked in every part.
 *
 * @throws {TypeError} If a part is missing, has the wrong type, or is none that
 * rules have.
 * @throws {RangeError} If a part has the right type and no right value.
 */
export function checkedRule(value: unknown): WholeRule {
  const fields = new RuleReader("rule").fields("value", value);
  const id = new RuleReader("rule").text("id", fields.id, nameProblem);
  const reader = new RuleReader(`rule ${show(id)}`);
  reader.known("", fields, RULE_FIELDS);
  const { enabled = true, match, handler, action, final = false } = fields;
  return Object.freeze({
    id,
    priority: reader.priority("priority", fields.priority),
    enabled: reader.boolean("enabled", enabled),
    ...(match !== undefined && { match: checkedMatch(reader, match) }),
    ...(handler !== undefined &&
      { handler: reader.text("handler", handler, nameProblem) }),
    ...(action !== undefined && { action: checkedAction(reader, action) }),
    final: reader.boolean("final", final),
  });
}

function checkedMatch(reader: RuleReader, value: unknown): RuleMatch {
  const fields = reader.fields("match", value);
  reader.known("match.", fields, MATCH_FIELDS);
  const match: RuleMatch = {};
  if (fields.type !== undefined) {
    match.type = reader.oneOf("match.type", fields.type, MESSAGE_TYPES);
  }
  for (const part of ["sender", "recipient", "topic"] as const) {
    if (fields[part] === undefined) continue;
    const problemOf = part === "topic" ? patternProblem : namePatternProblem;
    match[part] = reader.text(`match.${part}`, fields[part], problemOf);
  }
  return Object.freeze(match);
}

function checkedAction(reader: RuleReader, value: unknown): RuleAction {
  const fields = reader.fields("action", value);
  const kind = reader.oneOf("action.kind", fields.kind, ACTION_KINDS);
  reader.known("action.", fields, ["kind", ...ACTION_FIELDS[kind]]);
  const text = (part: string, problemOf: Problem) =>
    reader.text(`action.${part}`, fields[part], problemOf);
  switch (kind) {
    case "forward":
      return Object.freeze({ kind, recipient: text("recipient", nameProblem) });
    case "republish":
      return Object.freeze({ kind, topic: text("topic", topicProblem) });
    case "set-priority": {
      const priority = reader.priority("action.priority", fields.priority);
      return Object.freeze({ kind, priority });
    }
    case "drop":
      return Object.freeze({ kind });
    case "dead-letter":
      return Object.freeze({ kind, reason: text("reason", reasonProblem) });
  }
}

function reasonProblem(value: unknown): string | undefined {
  if (typeof value !== "string") return nameProblem(value);
  if (value.length === 0) return "it is empty";
  return value.length <= LIMITS.maxRuleReasonChars
    ? undefined
    : `it has ${value.length} characters, at most ${LIMITS.maxRuleReasonChars} are allowed`;
}

/** Reads the parts of one rule, and names rule and part when one is wrong. */
class RuleReader {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  fields(path: string, value: unknown): Fields {
    if (isFields(value)) return value;
    throw this.#refusal(path, "must be an object", value, "object");
  }

  known(path: string, fields: Fields, known: readonly string[]): void {
    for (const field of Object.keys(fields)) {
      if (known.includes(field)) continue;
      throw new TypeError(
        `Cannot add ${this.#name} as its fields must be known: ${
          show(path + field)
        } is none of ${known.join(", ")}`,
      );
    }
  }

  text(path: string, value: unknown, problemOf: Problem): string {
    const problem = problemOf(value);
    if (typeof value === "string" && problem === undefined) return value;
    const text =
      `Cannot add ${this.#name} as its ${path} must be well-formed: ${problem} (${
        show(value)
      })`;
    throw typeof value === "string"
      ? new RangeError(text)
      : new TypeError(text);
  }

  priority(path: string, value: unknown): number {
    const isPriority = typeof value === "number" && Number.isInteger(value) &&
      value >= 0 && value <= 100;
    // Turns -0 into 0.
    if (isPriority) return value + 0;
    const rule = "must be a whole number from 0 to 100";
    throw this.#refusal(path, rule, value, "number");
  }

  boolean(path: string, value: unknown): boolean {
    if (typeof value === "boolean") return value;
    throw this.#refusal(path, "must be true or false", value, "boolean");
  }

  oneOf<T extends string>(
    path: string,
    value: unknown,
    known: readonly T[],
  ): T {
    const found = known.find((one) => one === value);
    if (found !== undefined) return found;
    const rule = `must be one of ${known.join(", ")}`;
    throw this.#refusal(path, rule, value, "string");
  }

  #refusal(path: string, rule: string, value: unknown, type: string): Error {
    const text = `Cannot add ${this.#name} as its ${path} ${rule}: ` +
      `current value is ${show(value)}`;
    const hasType = typeof value === type && type !== "object";
    return hasType ? new RangeError(text) : new TypeError(text);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as the text of an error shows it, cut to what a line can hold. */
function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(
      value.length <= 64 ? value : value.slice(0, 63) + "…",
    );
  }
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "function" ? "a function" : String(value);
}
