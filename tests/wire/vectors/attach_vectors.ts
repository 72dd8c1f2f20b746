import { frame, join, json, text } from "./bytes.ts";
import { frames, read, type Vector, vector } from "./vector.ts";

const LEAST = { kind: "direct", concurrency: 1 };
const TOPIC = { kind: "topic", pattern: "a.b", concurrency: 1 };
const LONG = "n".repeat(255);

/** What a client may want to consume. */
export function attachVectors(): Vector[] {
  return [...right(), ...patterns(), ...wrong(), ...unreadable()];
}

function attach(id: string, payload: string, content: object): Vector {
  const expected = read("attach", { id: 1 }, { ...content });
  return vector({
    id: `attach-${id}`,
    shows: "refusal" in content
      ? "an attach that is refused, after which the stream goes on"
      : "an attach that is right",
    chunks: [join(frame("attach", { id: 1, payload }), frame("ping"))],
    expect: frames(expected, read("ping")),
  });
}

function right(): Vector[] {
  const bodies: Record<string, object> = {
    "direct": LEAST,
    "requests": { kind: "requests", concurrency: 2 },
    "requests-pattern": { kind: "requests", pattern: "a.*", concurrency: 2 },
    "topic": TOPIC,
    "concurrency-most": { ...LEAST, concurrency: 1_000_000 },
    "attempts-1": { ...LEAST, maxAttempts: 1 },
    "attempts-most": { ...LEAST, maxAttempts: 1_000_000 },
    "timeout-1": { ...LEAST, ackTimeoutMs: 1 },
    "timeout-most": { ...LEAST, ackTimeoutMs: 2 ** 31 - 1 },
    "messages-1": { ...LEAST, maxMessages: 1 },
    "messages-most": { ...LEAST, maxMessages: 100_000_000 },
    "queue": { ...TOPIC, queue: "q:1/a.b" },
    "queue-255": { ...TOPIC, queue: LONG },
    "durable": { ...TOPIC, durable: "d" },
    "wait": { ...LEAST, overflow: "wait" },
    "reject": { ...LEAST, overflow: "reject" },
    "drop-oldest": { ...LEAST, overflow: "drop-oldest" },
    "drop-newest": { ...LEAST, overflow: "drop-newest" },
  };
  const later = { ...LEAST, later: { deep: [1] } };
  return [
    ...Object.entries(bodies).map(([name, body]) =>
      attach(name, json(body), { body })
    ),
    attach("more-members", json(later), { body: LEAST }),
  ];
}

function patterns(): Vector[] {
  const good = [
    "*",
    ">",
    "a.*.b",
    "a.>",
    "*.*",
    "*.>",
    LONG,
    Array(16).fill("*").join("."),
  ];
  const bad = [
    "",
    ".",
    "a.",
    ".a",
    "a..b",
    ">.a",
    "a.>.b",
    "a*",
    "*a",
    "a>",
    "**",
    "a b",
    `${LONG}n`,
    Array(17).fill("*").join("."),
  ];
  return [
    ...good.map((pattern, place) =>
      attach(`pattern-${place}`, json({ ...TOPIC, pattern }), {
        body: { ...TOPIC, pattern },
      })
    ),
    ...bad.map((pattern, place) =>
      attach(`pattern-wrong-${place}`, json({ ...TOPIC, pattern }), {
        refusal: "invalid_message",
      })
    ),
  ];
}

function wrong(): Vector[] {
  const values: Record<string, Record<string, unknown>> = {
    kind: {
      missing: undefined,
      other: "all",
      number: 1,
      null: null,
      list: ["direct"],
    },
    concurrency: {
      missing: undefined,
      zero: 0,
      above: 1_000_001,
      half: 1.5,
      text: "1",
      null: null,
    },
    pattern: { missing: undefined, null: null, number: 1 },
    maxAttempts: { zero: 0, above: 1_000_001, half: 1.5, null: null },
    ackTimeoutMs: { zero: 0, above: 2 ** 31, half: 1.5, text: "1" },
    maxMessages: { zero: 0, above: 100_000_001, half: 1.5, true: true },
    queue: { empty: "", space: "a b", long: `${LONG}n`, null: null, number: 1 },
    durable: { empty: "", star: "a*", true: true },
    overflow: { other: "drop", number: 1, null: null, capital: "Wait" },
  };
  return Object.entries(values).flatMap(([member, cases]) =>
    Object.entries(cases).map(([name, value]) =>
      attach(`${member}-${name}`, json({ ...TOPIC, [member]: value }), {
        refusal: "invalid_message",
      })
    )
  );
}

function unreadable(): Vector[] {
  const payloads: Record<string, string> = {
    "empty": "",
    "list": json([LEAST]),
    "null": json(null),
    "text": json("direct"),
    "cut": json(LEAST).slice(0, -2),
    "not-utf8": join(text('{"kind":"'), "ff", text('"}')),
    "too-deep": text(`{"a":${"[".repeat(64)}${"]".repeat(64)}}`),
  };
  return Object.entries(payloads).map(([name, payload]) =>
    attach(`body-${name}`, payload, { refusal: "protocol" })
  );
}
