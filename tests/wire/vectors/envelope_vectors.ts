import {
  double,
  field,
  frame,
  header,
  join,
  text,
  times,
  type,
} from "./bytes.ts";
import { DIRECT, taken, wrong } from "./envelope_vector.ts";
import { NOT_UTF8, UTF8 } from "./utf8_cases.ts";
import { frames, read, refused, type Vector, vector } from "./vector.ts";

const TYPES = [
  "direct",
  "publish",
  "subscribe",
  "unsubscribe",
  "request",
  "response",
  "ack",
  "error",
  "heartbeat",
  "control",
];
const TEXTS: readonly (readonly [number, string])[] = [
  [2, "id"],
  [3, "sender"],
  [4, "recipient"],
  [5, "topic"],
  [6, "requestId"],
  [7, "correlationId"],
  [11, "deduplicationId"],
];
const NUMBERS: readonly (readonly [number, string])[] = [
  [8, "timestamp"],
  [9, "ttlMs"],
  [10, "attempt"],
];

/** The head of a frame that carries a message, as a client reads it: no rules but those of its form. */
export function envelopeVectors(): Vector[] {
  return [
    ...types(),
    ...texts(),
    ...numbers(),
    ...forms(),
    ...utf8(),
    ...kinds(),
  ];
}

function types(): Vector[] {
  return [
    ...TYPES.map((name, number) =>
      taken(`type-${number}`, `the type ${name}`, type(number), { type: name })
    ),
    ...wrong("type-10", "a type above the last", type(10)),
    ...wrong("type-255", "a type above the last", type(255)),
    ...wrong("type-empty", "a type of no bytes", field(1, "")),
    ...wrong("type-two-bytes", "a type of two bytes", field(1, "0000")),
    ...wrong("type-twice", "two types", join(type(), type())),
    ...wrong("type-missing", "an envelope without a type", field(2, text("i"))),
    ...wrong("nothing", "a head of no bytes", ""),
  ];
}

function texts(): Vector[] {
  return TEXTS.flatMap(([tag, name]) => [
    taken(
      `${name}`,
      `the field ${name}, before the type`,
      join(field(tag, text("ab c")), type()),
      { ...DIRECT, [name]: "ab c" },
    ),
    taken(
      `${name}-empty`,
      `${name} of no bytes`,
      join(type(), field(tag, "")),
      {
        ...DIRECT,
        [name]: "",
      },
    ),
    ...wrong(
      `${name}-twice`,
      `${name} twice, the first of no bytes`,
      join(type(), field(tag, ""), field(tag, text("a"))),
    ),
    ...wrong(
      `${name}-not-utf8`,
      `${name} that is not UTF-8`,
      join(type(), field(tag, "61ff")),
    ),
  ]);
}

const SHOWN_NUMBERS: readonly (readonly [string, number])[] = [
  ["0", 0],
  ["1", 1],
  ["minus-1", -1],
  ["half", 0.5],
  ["now", 1_617_000_000_123],
  ["largest", Number.MAX_VALUE],
  ["smallest", Number.MIN_VALUE],
];
const HIDDEN_NUMBERS: readonly (readonly [string, string])[] = [
  ["minus-0", "8000000000000000"],
  ["infinity", "7ff0000000000000"],
  ["minus-infinity", "fff0000000000000"],
];

function numbers(): Vector[] {
  const named = NUMBERS.flatMap(([tag, name]) => [
    taken(`${name}`, `the field ${name}`, join(type(), field(tag, double(7))), {
      ...DIRECT,
      [name]: 7,
    }),
    ...wrong(
      `${name}-7-bytes`,
      `${name} of 7 bytes`,
      join(type(), field(tag, times("00", 7))),
    ),
    ...wrong(
      `${name}-9-bytes`,
      `${name} of 9 bytes`,
      join(type(), field(tag, times("00", 9))),
    ),
    ...wrong(
      `${name}-empty`,
      `${name} of no bytes`,
      join(type(), field(tag, "")),
    ),
    ...wrong(
      `${name}-twice`,
      `${name} twice`,
      join(type(), field(tag, double(1)), field(tag, double(1))),
    ),
  ]);
  const values = SHOWN_NUMBERS.map(([name, value]) =>
    taken(
      `number-${name}`,
      `the number ${value}`,
      join(type(), field(9, double(value))),
      {
        ...DIRECT,
        ttlMs: value,
      },
    )
  );
  const special = [...HIDDEN_NUMBERS, ["nan", "7ff8000000000001"] as const];
  return [
    ...named,
    ...values,
    ...special.map(([name, bytes]) =>
      taken(
        `number-${name}`,
        "a number that JSON has not is one all the same",
        join(type(), field(8, bytes)),
        { ...DIRECT, timestamp: { double: name === "nan" ? "nan" : bytes } },
      )
    ),
  ];
}

function forms(): Vector[] {
  const filled = (bytes: number) =>
    join(type(), field(200, times("00", bytes - 7)));
  return [
    taken(
      "unknown-tags",
      "tags of later versions are skipped, twice too",
      join(
        field(0, "ff"),
        type(),
        field(13, ""),
        field(255, "c328"),
        field(255, "00"),
      ),
      DIRECT,
    ),
    taken("65536-bytes", "the largest envelope", filled(65_536), DIRECT),
    taken(
      "every-field",
      "every field there is",
      join(
        type(1),
        ...TEXTS.map(([tag, name]) => field(tag, text(name))),
        ...NUMBERS.map(([tag]) => field(tag, double(tag))),
      ),
      {
        type: "publish",
        ...Object.fromEntries(TEXTS.map(([, name]) => [name, name])),
        ...Object.fromEntries(NUMBERS.map(([tag, name]) => [name, tag])),
      },
    ),
    ...wrong("65537-bytes", "one byte too large", filled(65_537)),
    ...wrong(
      "cut-tag",
      "a field of a tag and nothing more",
      join(type(), "02"),
    ),
    ...wrong(
      "cut-length",
      "a field that ends in its length",
      join(type(), "0200"),
    ),
    ...wrong(
      "cut-value",
      "a field that ends in its value",
      join(type(), field(2, text("a"), 2)),
    ),
    ...wrong(
      "cut-length-65535",
      "a field that says it is large",
      join(type(), field(2, "", 65_535)),
    ),
    ...wrong(
      "cut-unknown",
      "a field of a later version that is cut off",
      join(type(), field(200, "00", 2)),
    ),
    ...wrong("cut-type", "a type that is cut off", field(1, "", 1)),
  ];
}

function utf8(): Vector[] {
  const right = Object.entries(UTF8).map(([name, value]) =>
    taken(
      `utf8-${name}`,
      "UTF-8 that is right",
      join(type(), field(5, text(value))),
      {
        ...DIRECT,
        topic: value,
      },
    )
  );
  const bad = Object.entries(NOT_UTF8).flatMap(([name, bytes]) =>
    wrong(
      `not-utf8-${name}`,
      "bytes that are no UTF-8",
      join(type(), header(text("h"), bytes)),
    )
  );
  const behind = wrong(
    "not-utf8-behind-long-text",
    "a long text that is no UTF-8 at its end",
    join(type(), field(5, join(times("61", 300), "ff"))),
  );
  return [...right, ...bad, ...behind];
}

function kinds(): Vector[] {
  const request = vector({
    id: "envelope-wrong-in-request",
    shows: "a request with a wrong envelope fails, and the stream goes on",
    chunks: [join(frame("request", { id: 1, head: "01" }), frame("ping"))],
    expect: frames(
      read("request", { id: 1 }, { refusal: "protocol" }),
      read("ping"),
    ),
  });
  const ending = (["reply", "piece"] as const).map((kind) =>
    vector({
      id: `envelope-wrong-in-${kind}`,
      shows: `a ${kind} of the bus with a wrong envelope`,
      reader: "client",
      chunks: [frame(kind, { id: 1, head: "01" })],
      expect: refused(),
    })
  );
  return [request, ...ending];
}
