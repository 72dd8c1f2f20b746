import type { Dice } from "../support/dice.ts";
import { BODIES } from "./inspector_answers.ts";
import type { DescribedRoute } from "./inspector_description.ts";

/** A request that may be well-formed in part. */
export interface Question {
  /** Its address. */
  readonly path: string;
  /** The rest of it. */
  readonly init: RequestInit;
}

const NAMES = ["coder", "adder", "failer", "refuser", "mute", "away", "nobody"];
const QUERY_VALUES = [
  ...["1", "0", "-1", "1e9", "NaN", "", "true", "direct", "expired", "é"],
  ...["0123456789ab", "x".repeat(65), "%00", "handler_failed"],
];
const HEADERS: readonly Record<string, string>[] = [
  ...[{ host: "[" }, { host: "evil.example" }, { origin: "null" }],
  ...[{ origin: "http://localhost" }, { "sec-fetch-site": "cross-site" }],
  ...[{ authorization: "Bearer wrong" }, { cookie: "busbar_session=x" }],
  ...[{ "x-much": "x".repeat(17_000) }, { "content-type": "text/plain" }],
  ...[{ "last-event-id": "x".repeat(65) }, { "last-event-id": "log-5" }],
];
const TEXTS = [
  ...["", "{", "null", "[]", "1", '"x"', '{"__proto__":{"a":1}}', "\u0000"],
  ...["[".repeat(1_000) + "]".repeat(1_000), "[".repeat(90) + "]".repeat(90)],
];
/** Values for fields of bodies; the last of each is a wrong one. */
const FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  type: ["direct", "publish", ...Array(4).fill("request"), "heartbeat", 1],
  recipient: [...NAMES, "adder", "adder", "a b", 1],
  topic: ["jobs.build", "jobs.>", "none", "a..b", ""],
  sender: ["a", "a", "", "x".repeat(256)],
  payload: [
    ...[{ a: 1, b: 2 }, "x".repeat(400), { $binary: "AA==" }],
    ...[{ secret: "(redacted)" }, JSON.parse(TEXTS.at(-1) ?? "")],
    { $binary: "?" },
  ],
  priority: [1, 100, 101, "1"],
  ttlMs: [0, 1_000, -1],
  requiresAck: [true, false, "no"],
  headers: [{ a: "b" }, { "": "b" }, [], { a: 1 }],
  timeoutMs: [1, 2, 0],
  requestId: ["same", ""],
  correlationId: ["same", ""],
  deduplicationId: ["same", ""],
  id: ["r", "s", ""],
  match: [{ topic: "jobs.>" }, { topic: "a.>.b" }, { sender: "a" }, 1],
  handler: ["throws", "passes", "unknown"],
  action: [
    ...[{ kind: "drop" }, { kind: "forward", recipient: "coder" }],
    ...[{ kind: "dead-letter", reason: "a rule" }, { kind: "explode" }],
  ],
  enabled: [true, false, 1],
  reason: ["expired", "handler_failed", "boredom"],
  agent: ["failer", "nobody"],
  fingerprint: ["0123456789ab", "x"],
  limit: [1, 2, 0],
  sizes: [[1], [2, 1], [0]],
  discardOriginal: [true, false, 1],
};

/** Asks a route for something; `ids` are those of what is there. */
export function question(
  dice: Dice,
  { method, path, query, body }: DescribedRoute,
  ids: readonly string[],
): Question {
  const known = [...ids, ...ids, "none", "a/b", "\u0000"];
  const id = encodeURIComponent(dice.pick(known) ?? "");
  const pairs = query.filter(() => dice.chance(0.2))
    .map((name) =>
      `${name}=${encodeURIComponent(dice.pick(QUERY_VALUES) ?? "")}`
    );
  const odd = dice.chance(0.1) ? dice.pick(HEADERS) : {};
  const type = { "content-type": "application/json" };
  const text = method === "GET"
    ? null
    : body
    ? bodyOf(dice, body, BODIES[`${method} ${path}`])
    : dice.chance(0.1)
    ? "{}"
    : null;
  return {
    path: `${path.replaceAll(/\{\w+\}/g, id)}?${pairs.join("&")}`,
    init: {
      method,
      headers: { ...(text === null ? {} : type), ...odd },
      body: text,
    },
  };
}

/** Mostly right: most wrong bodies are refused for the same reason. */
function bodyOf(dice: Dice, fields: readonly string[], right: unknown): string {
  if (dice.chance(0.1)) return dice.pick(TEXTS) ?? "";
  const body = { ...right as Record<string, unknown> };
  for (const field of fields) {
    const values = FIELDS[field] ?? [];
    const likely = dice.chance(0.9) ? values.slice(0, -1) : values;
    if (dice.chance(0.3)) body[field] = dice.pick(likely);
  }
  return JSON.stringify(body);
}
