import { frame, join, text, times, type } from "./bytes.ts";
import { NOT_UTF8, UTF8 } from "./utf8_cases.ts";
import { digest } from "../canonical.ts";
import { frames, read, type Vector, vector } from "./vector.ts";

const UNREADABLE = { refusal: "invalid_message" };

/** What stands behind the head of a message. */
export function payloadVectors(): Vector[] {
  return [
    ...values(),
    ...faults(),
    ...depths(),
    ...members(),
    ...utf8(),
    ...bytes(),
  ];
}

function delivered(
  id: string,
  shows: string,
  payload: string,
  content: object,
  flags = 0,
): Vector {
  return vector({
    id: `payload-${id}`,
    shows,
    reader: "client",
    chunks: [frame("deliver", { flags, head: type(), payload })],
    expect: frames(
      read("deliver", { flags }, {
        envelope: { type: "direct" },
        payload: content,
      }),
    ),
  });
}

const VALUES: Readonly<Record<string, readonly [string, unknown]>> = {
  "null": ["null", null],
  "true": ["true", true],
  "false": ["false", false],
  "zero": ["0", 0],
  "minus-zero": ["-0", { double: "8000000000000000" }],
  "whole": ["-12", -12],
  "fraction": ["0.1", 0.1],
  "exponent": ["1E+2", 100],
  "exponent-small": ["1e-7", 1e-7],
  "too-large": ["1e999", { double: "7ff0000000000000" }],
  "too-large-negative": ["-1e999", { double: "fff0000000000000" }],
  "too-small": ["1e-999", 0],
  "many-digits": ["9007199254740993", 9007199254740992],
  "more-digits": ["1".repeat(400), { double: "7ff0000000000000" }],
  "empty-text": ['""', ""],
  "escapes": [
    String.raw`"\"\\\/\b\f\n\r\t\u0041\u00e9"`,
    '"\\/\b\f\n\r\tA\u00e9',
  ],
  "escaped-pair": [String.raw`"\ud83d\ude00"`, "\u{1f600}"],
  "escaped-nul": [String.raw`"\u0000"`, "\0"],
  "delete": ['"\x7f"', "\x7f"],
  "empty-list": ["[]", []],
  "empty-object": ["{}", {}],
  "nested": ['[1,{"a":[null]}]', [1, { a: [null] }]],
  "whitespace": [" \t\r\n[ 1 ,\n2 ] ", [1, 2]],
  "same-name-twice": ['{"a":1,"b":2,"a":3}', { a: 3, b: 2 }],
  "empty-name": ['{"":1}', { "": 1 }],
  "names-of-members": ['{"constructor":{"prototype":{"p":1}},"toString":1}', {
    constructor: { prototype: { p: 1 } },
    toString: 1,
  }],
  "numbers-for-names": ['{"10":1,"9":2}', { 9: 2, 10: 1 }],
};

function values(): Vector[] {
  const right = Object.entries(VALUES).map(([name, [json, value]]) =>
    delivered(`json-${name}`, "JSON that is right", text(json), { json: value })
  );
  const proto = Object.fromEntries([["__proto__", { polluted: 1 }]]);
  return [
    ...right,
    delivered(
      "json-proto",
      "a name that changes no prototype",
      text('{"__proto__":{"polluted":1}}'),
      { json: proto },
    ),
    delivered(
      "json-half-pair",
      "half of a pair, as an escape, is a text of one unit",
      text(String.raw`"\ud83d"`),
      {
        digest: digest({ json: "\ud83d" }),
      },
    ),
  ];
}

const FAULTS: Readonly<Record<string, string>> = {
  "empty": "",
  "spaces": "  ",
  "undefined": "undefined",
  "nan": "NaN",
  "infinity": "Infinity",
  "minus-infinity": "-Infinity",
  "word": "nul",
  "capital": "True",
  "two-values": "1 2",
  "comma-last-in-list": "[1,]",
  "comma-last-in-object": '{"a":1,}',
  "comma-first": "[,1]",
  "colon-missing": '{"a" 1}',
  "colon-in-list": "[1:2]",
  "value-missing": '{"a":}',
  "name-not-quoted": "{a:1}",
  "name-number": "{1:1}",
  "single-quotes": "['a']",
  "list-open": "[1",
  "object-open": '{"a":1',
  "list-closed-by-brace": "[1}",
  "closed-twice": "[]]",
  "closed-first": "]",
  "text-open": '"a',
  "text-open-behind-escape": String.raw`"a\"`,
  "text-ends-in-backslash": '"\\',
  "escape-unknown": String.raw`"\x41"`,
  "escape-short": String.raw`"\u00e"`,
  "line-break-in-text": '"a\nb"',
  "tab-in-text": '"\t"',
  "nul-in-text": '"\0"',
  "zero-first": "01",
  "minus-zero-first": "-01",
  "point-last": "1.",
  "point-first": ".5",
  "plus-first": "+1",
  "minus-alone": "-",
  "exponent-empty": "1e",
  "hex": "0x10",
  "other-digits": "\u0661",
  "comment": "1 // one",
  "comment-first": "/**/1",
  "mark-first": "\ufeff1",
  "other-space": "\u00a01",
  "form-feed": "\f1",
  "nul-behind": "1\0",
};

function faults(): Vector[] {
  return Object.entries(FAULTS).map(([name, json]) =>
    delivered(`fault-${name}`, "no JSON", text(json), UNREADABLE)
  );
}

function depths(): Vector[] {
  const list = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  const object = (depth: number) =>
    '{"a":'.repeat(depth - 1) + "{}" + "}".repeat(depth - 1);
  const mixed = (pairs: number) => '{"a":['.repeat(pairs) + "]}".repeat(pairs);
  const right = {
    "lists-64": list(64),
    "objects-64": object(64),
    "mixed-64": mixed(32),
  };
  const wide = `[${Array(200).fill("[]").join()}]`;
  const hidden = `["${"[{".repeat(100)}","\\"[","\\\\",${list(63)}]`;
  const wrong = {
    "lists-65": list(65),
    "objects-65": object(65),
    "mixed-65": `[${mixed(32)}]`,
    "lists-65-behind": `[${list(60)},${list(64)}]`,
    "hidden-65": `["${"]}".repeat(100)}","\\"]","\\\\",${list(64)}]`,
  };
  const bombs = {
    "lists-open": times("5b", 100_000),
    "objects-open": times("7b226122 3a".replace(" ", ""), 100_000),
  };
  return [
    ...Object.entries({ ...right, wide, hidden }).map(([name, json]) =>
      delivered(
        `depth-${name}`,
        "nested no deeper than 64 levels",
        text(json),
        { digest: digest({ json: JSON.parse(json) }) },
      )
    ),
    ...Object.entries(wrong).map(([name, json]) =>
      delivered(
        `depth-${name}`,
        "nested 65 levels deep",
        text(json),
        UNREADABLE,
      )
    ),
    ...Object.entries(bombs).map(([name, payload]) =>
      delivered(
        `depth-${name}`,
        "a hundred thousand levels, refused before anything parses them",
        payload,
        UNREADABLE,
      )
    ),
  ];
}

/** So many members, all of one name: they count each, and the last is the one that is read. */
function members(): Vector[] {
  const some = (count: number) => times(text('"a":0,'), count);
  const object = (count: number) => join("7b", some(count - 1), text('"a":1}'));
  const apart = join("5b", object(10_000), "2c", object(10_000), "5d");
  const around = join(text('{"b":'), object(10_000), text(',"c":1}'));
  const inside = join(text('[[{"b":'), object(10_001), text("}]]"));
  const behind = join("7b", some(9_999), text('"b":{"c":1},"d":1}'));
  const within = join("7b", some(9_998), text('"b":{"c":1},"d":1}'));
  const inText = join(text('{"'), times("3a", 20_000), text('":":"}'));
  const colons = digest({ json: { [":".repeat(20_000)]: ":" } });
  const one = "the limit is that of one object";
  return [
    delivered(
      "members-10000",
      "as many members as one object may have",
      object(10_000),
      { json: { a: 1 } },
    ),
    delivered(
      "members-10001",
      "one member too many",
      object(10_001),
      UNREADABLE,
    ),
    delivered(
      "members-10001-inside",
      "one too many in an object inside",
      inside,
      UNREADABLE,
    ),
    delivered("members-10000-twice", one, apart, {
      json: [{ a: 1 }, { a: 1 }],
    }),
    delivered("members-10000-around", one, around, {
      json: { b: { a: 1 }, c: 1 },
    }),
    delivered("members-10000-behind", one, within, {
      json: { a: 0, b: { c: 1 }, d: 1 },
    }),
    delivered(
      "members-10001-behind",
      "what follows an object inside counts",
      behind,
      UNREADABLE,
    ),
    delivered(
      "members-colons-in-text",
      "colons in texts are no members",
      inText,
      { digest: colons },
    ),
    delivered(
      "members-10001-nameless",
      "in as few bytes as so many take",
      join("7b", times(text('"":0,'), 10_000), text('"":0}')),
      UNREADABLE,
    ),
    delivered(
      "members-bomb",
      "a hundred thousand members",
      join("7b", some(100_000), "7d"),
      UNREADABLE,
    ),
  ];
}

function utf8(): Vector[] {
  const quoted = (bytes: string) => join("22", bytes, "22");
  // These may stand in a JSON text only as escapes.
  const right = Object.entries(UTF8).filter(([name]) => name !== "nul");
  return [
    ...right.map(([name, value]) =>
      delivered(`utf8-${name}`, "UTF-8 that is right", quoted(text(value)), {
        json: value,
      })
    ),
    ...Object.entries(NOT_UTF8).map(([name, wrong]) =>
      delivered(
        `not-utf8-${name}`,
        "bytes that are no UTF-8",
        quoted(wrong),
        UNREADABLE,
      )
    ),
    delivered(
      "not-utf8-behind-long-text",
      "no UTF-8 at the end of a long text",
      quoted(join(times("61", 300), "ff")),
      UNREADABLE,
    ),
  ];
}

function bytes(): Vector[] {
  return [
    delivered(
      "bytes",
      "bytes are not looked at",
      "00ff80",
      { bytes: "00ff80" },
      1,
    ),
    delivered("bytes-none", "no bytes", "", { bytes: "" }, 1),
    delivered("bytes-of-json", "JSON that is bytes", text("{}"), {
      bytes: text("{}"),
    }, 1),
    delivered(
      "bytes-with-other-flags",
      "with every other flag of a deliver",
      "ff",
      { bytes: "ff" },
      11,
    ),
  ];
}
