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
import { refused, taken } from "./message_vector.ts";
import { frames, read, type Vector, vector } from "./vector.ts";

const PUBLISH = 1;
const SMILE = "\u{1f600}";
const name = (length: number) => "n".repeat(length);

/** What a bus takes, and refuses, of a message whose envelope is well-formed. */
export function messageVectors(): Vector[] {
  return [
    ...ids(),
    ...lives(),
    ...priorities(),
    ...headers(),
    ...types(),
    ...acked(),
    ...ignored(),
    ...cut(),
  ];
}

function ids(): Vector[] {
  const fields: [number, string][] = [[6, "requestId"], [7, "correlationId"], [
    11,
    "deduplicationId",
  ]];
  const user = fields.flatMap(([tag, member]) => [
    taken(`${member}-1`, "the shortest", join(type(), field(tag, text(" "))), {
      [member]: " ",
    }),
    taken(
      `${member}-255`,
      "the longest",
      join(type(), field(tag, text(name(255)))),
      { [member]: name(255) },
    ),
    taken(
      `${member}-255-units`,
      "the longest, of characters that count twice",
      join(type(), field(tag, text(SMILE.repeat(127) + "i"))),
      { [member]: SMILE.repeat(127) + "i" },
    ),
    refused(
      `${member}-empty`,
      "of no characters",
      join(type(), field(tag, "")),
    ),
    refused(
      `${member}-256`,
      "one too long",
      join(type(), field(tag, text(name(256)))),
    ),
    refused(
      `${member}-256-units`,
      "one too long, of characters that count twice",
      join(type(), field(tag, text(SMILE.repeat(128)))),
    ),
  ]);
  const own = (length: number) => join(type(), field(2, text(name(length))));
  return [
    ...user,
    taken("id-36", "an id of 36 characters", own(36), { id: name(36) }),
    refused("id-35", "an id that is too short", own(35)),
    refused("id-37", "an id that is too long", own(37)),
    refused("id-empty", "an id of no characters", own(0)),
  ];
}

function lives(): Vector[] {
  const head = (ttlMs: number) => join(type(), field(9, double(ttlMs)));
  const wrong = {
    "above-most": 2 ** 31,
    "half": 0.5,
    "negative": -1,
    "infinity": Infinity,
    "minus-infinity": -Infinity,
    "nan": NaN,
  };
  return [
    ...[1, 1_000, 2 ** 31 - 1].map((ttlMs) =>
      taken(`ttl-${ttlMs}`, `a time to live of ${ttlMs} ms`, head(ttlMs), {
        ttlMs,
      })
    ),
    ...Object.entries(wrong).map(([key, ttlMs]) =>
      refused(`ttl-${key}`, "a time to live that is none", head(ttlMs))
    ),
    refused("ttl-0", "a time to live that is over", head(0), "expired"),
    refused("ttl-minus-0", "the other zero", head(-0), "expired"),
  ];
}

function priorities(): Vector[] {
  const at = (priority: number, content: object) =>
    vector({
      id: `message-priority-${priority}`,
      shows: `a priority of ${priority}, where 0 to 100 is allowed`,
      chunks: [frame("send", { id: 1, priority, head: type(), payload: "31" })],
      expect: frames(read("send", { id: 1, priority }, { ...content })),
    });
  const envelope = { type: "direct" };
  return [
    ...[0, 1, 50, 99, 100].map((priority) =>
      at(priority, { envelope, payload: { json: 1 } })
    ),
    ...[101, 128, 255].map((priority) =>
      at(priority, { refusal: "invalid_message" })
    ),
  ];
}

function headers(): Vector[] {
  const head = (count: number, value: string) =>
    join(type(), ...keys(count).map((key) => header(text(key), value)));
  const keys = (count: number) =>
    Array.from({ length: count }, (_, index) => `h${index + 10}`);
  const read = (count: number, value: string) => ({
    headers: Object.fromEntries(keys(count).map((key) => [key, value])),
  });
  const whole = (chars: number) =>
    join(type(), header(text("h"), times("61", chars - 1)));
  return [
    taken(
      "headers-64",
      "as many headers as there may be",
      head(64, ""),
      read(64, ""),
    ),
    refused("headers-65", "one header too many", head(65, "")),
    taken("headers-16384-chars", "as long as headers may be", whole(16_384), {
      headers: { h: "a".repeat(16_383) },
    }),
    refused("headers-16385-chars", "one character too long", whole(16_385)),
    taken(
      "headers-16384-chars-in-64",
      "as long, and as many",
      head(64, times("61", 253)),
      read(64, "a".repeat(253)),
    ),
    refused(
      "headers-16385-chars-in-64",
      "one more in one of 64",
      join(head(63, times("61", 253)), header(text("h99"), times("61", 254))),
    ),
    refused(
      "header-empty-name",
      "a header without a name",
      join(type(), header("", "61")),
    ),
  ];
}

function types(): Vector[] {
  const direct = field(4, text("a"));
  const topic = field(5, text("t"));
  const request = (id: string, shows: string, head: string, content: object) =>
    vector({
      id: `message-request-${id}`,
      shows,
      chunks: [
        frame("request", { id: 1, aux: 1_000, flags: 4, head, payload: "31" }),
      ],
      expect: frames(
        read("request", { id: 1, aux: 1_000, flags: 4 }, { ...content }),
      ),
    });
  const payload = { json: 1 };
  return [
    ...[2, 3, 4, 5, 6, 7, 8, 9].map((number) =>
      refused(
        `type-${number}`,
        "a type that is not sent",
        join(type(number), direct),
      )
    ),
    refused("publish-no-topic", "a publish without a topic", type(PUBLISH)),
    refused(
      "publish-recipient",
      "a publish with a recipient",
      join(type(PUBLISH), topic, direct),
    ),
    ...[0, 1, 4, 9].map((number) =>
      request(
        `type-${number}`,
        "a request's own type is not looked at",
        join(type(number), direct),
        {
          envelope: { type: TYPES[number], recipient: "a" },
          payload,
        },
      )
    ),
    request(
      "topic",
      "a request may have a topic as well",
      join(type(4), direct, topic),
      {
        envelope: { type: "request", recipient: "a", topic: "t" },
        payload,
      },
    ),
    request(
      "deduplicated",
      "a request has no deduplicationId",
      join(type(4), direct, field(11, text("d"))),
      { refusal: "invalid_message" },
    ),
    request("no-recipient", "a request for nobody", type(4), {
      envelope: { type: "request" },
      payload,
    }),
    request(
      "topic-no-recipient",
      "a topic is no recipient",
      join(type(4), topic),
      { envelope: { type: "request", topic: "t" }, payload },
    ),
  ];
}

const TYPES: Readonly<Record<number, string>> = {
  0: "direct",
  1: "publish",
  4: "request",
  9: "control",
};

/** Messages that require an ack: a send is deduplicated by its id, a request is not. */
function acked(): Vector[] {
  const id = name(36);
  const head = join(type(), field(2, text(id)), field(4, text("a")));
  const envelope = { type: "direct", id, recipient: "a" };
  return (["send", "request"] as const).map((kind) =>
    vector({
      id: `message-acked-${kind}`,
      shows: `a ${kind} that requires an ack, with an id`,
      chunks: [frame(kind, { id: 1, flags: 2, head, payload: "31" })],
      expect: frames(
        read(kind, { id: 1, flags: 2 }, { envelope, payload: { json: 1 } }),
      ),
    })
  );
}

function ignored(): Vector[] {
  const said = [
    field(3, text("not a name")),
    field(8, double(NaN)),
    field(10, double(-1)),
  ];
  return [
    taken(
      "bus-fields",
      "the sender, timestamp and attempt of a client are ignored",
      join(type(), ...said),
      {},
    ),
  ];
}

function cut(): Vector[] {
  const payload = text('{"a":"');
  const sent = { id: 1, aux: 20_000_000, head: type(), payload };
  return [
    vector({
      id: "message-cut",
      shows: "the beginning of a payload that was too large is not parsed",
      chunks: [frame("send", sent)],
      expect: frames(
        read("send", sent, {
          envelope: { type: "direct" },
          payload: { bytes: payload },
        }),
      ),
    }),
    vector({
      id: "message-not-cut",
      shows: "a request's aux is its timeout, and its payload whole",
      chunks: [
        frame("request", { ...sent, head: join(type(), field(4, text("a"))) }),
      ],
      expect: frames(
        read("request", sent, {
          envelope: { type: "direct", recipient: "a" },
          payload: { refusal: "invalid_message" },
        }),
      ),
    }),
  ];
}
