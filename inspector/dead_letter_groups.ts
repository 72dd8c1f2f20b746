import { createHash } from "node:crypto";
import type { DeadLetter } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

/** Dead letters that failed in the same way. */
export interface DeadLetterGroup {
  /** Names the group: the same failure has the same one, also tomorrow. */
  readonly fingerprint: string;
  /** Why. */
  readonly reason: DeadLetter["reason"];
  /** Who was to handle them. */
  readonly agent?: string;
  /** The error's text, with a `#` for each part that differs from letter to letter. */
  readonly error?: string;
  /** How many. */
  count: number;
  /** How many came in the last five minutes, per minute. */
  perMinute: number;
  /** How many came in each of the last twelve spans of five minutes, oldest first. */
  readonly recent: number[];
  /** When the first of them was given up, in milliseconds since the Unix epoch. */
  firstAt: number;
  /** When the latest was. */
  lastAt: number;
  /** The id of the latest letter. */
  latestId: string;
  /** Some of their topics. */
  readonly topics: string[];
}

const SPAN_MS = 5 * 60_000;
const SPANS = 12;
const MAX_TOPICS = 5;
const MAX_ERROR_CHARS = 300;
const FINGERPRINT_CHARS = 12;
/** What differs between two failures of one kind: ids, numbers, quoted names. Fixed, and linear in the text. */
const VARYING =
  /"[^"]{0,200}"|'[^']{0,200}'|\b(?=[0-9a-f-]*[0-9])[0-9a-f]{8}[0-9a-f-]*\b|\d+/gi;
/** A list is as long as it happened to be. */
const VARYING_LIST = /#(?:, #)+/g;

/** An error's text without what differs from letter to letter. */
export function errorPattern(detail: string): string {
  const [line = ""] = detail.slice(0, MAX_ERROR_CHARS).split("\n", 1);
  return line.replaceAll(VARYING, "#").replaceAll(VARYING_LIST, "#");
}

/** Names the way in which a letter failed: its reason, its agent and the pattern of its error. */
export function fingerprintOf({ reason, agent, detail }: DeadLetter): string {
  const parts = [reason, agent ?? "", errorPattern(detail ?? "")];
  return createHash("sha256").update(parts.join("\n")).digest("hex")
    .slice(0, FINGERPRINT_CHARS);
}

/** The letters by how they failed, the most frequent first; at most 200 groups. */
export function groupLetters(
  letters: Iterable<DeadLetter>,
  now: number,
): DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup>();
  for (const letter of letters) {
    const fingerprint = fingerprintOf(letter);
    const group = groups.get(fingerprint) ?? begin(letter, fingerprint);
    groups.set(fingerprint, group);
    add(group, letter, now);
  }
  for (const group of groups.values()) {
    group.perMinute = (group.recent.at(-1) ?? 0) / (SPAN_MS / 60_000);
  }
  return [...groups.values()].sort((a, b) =>
    b.count - a.count || b.lastAt - a.lastAt
  ).slice(0, INSPECTOR_LIMITS.maxLetterGroups);
}

function begin(
  { reason, agent, detail, failedAt, id }: DeadLetter,
  fingerprint: string,
): DeadLetterGroup {
  return {
    fingerprint,
    reason,
    ...(agent === undefined ? {} : { agent }),
    ...(detail === undefined ? {} : { error: errorPattern(detail) }),
    count: 0,
    perMinute: 0,
    recent: new Array<number>(SPANS).fill(0),
    firstAt: failedAt,
    lastAt: failedAt,
    latestId: id,
    topics: [],
  };
}

function add(
  group: DeadLetterGroup,
  { failedAt, id, message: { topic } }: DeadLetter,
  now: number,
): void {
  group.count++;
  group.firstAt = Math.min(group.firstAt, failedAt);
  if (failedAt >= group.lastAt) {
    group.lastAt = failedAt;
    group.latestId = id;
  }
  const span = SPANS - 1 - Math.floor(Math.max(0, now - failedAt) / SPAN_MS);
  if (span >= 0) group.recent[span] = (group.recent[span] ?? 0) + 1;
  const isNew = topic !== undefined && !group.topics.includes(topic);
  if (isNew && group.topics.length < MAX_TOPICS) group.topics.push(topic);
}
