import type { ReadFrame, Role } from "../stream_reader.ts";
import {
  field,
  frame,
  join,
  json,
  type Kind,
  text,
  type,
  unpack,
} from "./bytes.ts";
import { frames, read, refused, type Vector, vector } from "./vector.ts";

const ID = "0196f3a0-0000-7000-8000-000000000001";
const SENT = join(type(), field(2, text(ID)), field(4, text("planner")));
const SENT_READ = { type: "direct", id: ID, recipient: "planner" };
const NUMBER = { json: { n: 1 } };
const FAILED = { code: "overflow", message: "full" };

/** A kind as it is sent, and what it says beside its header. */
interface Example {
  readonly kind: Kind;
  readonly head?: string;
  readonly payload?: string;
  readonly content?: ReadFrame;
}

const none = (kind: Kind): Example => ({ kind });
const carried: Partial<Example> = { head: SENT, payload: json({ n: 1 }) };
const failed: Partial<Example> = {
  payload: json(FAILED),
  content: { body: FAILED },
};
const submitted = { envelope: SENT_READ, payload: NUMBER };

const TO_BUS: readonly Example[] = [
  { kind: "send", ...carried, content: submitted },
  { kind: "request", ...carried, content: submitted },
  {
    kind: "attach",
    payload: json({ kind: "direct", concurrency: 4 }),
    content: { body: { kind: "direct", concurrency: 4 } },
  },
  none("detach"),
  none("ack"),
  { kind: "nack", payload: text("later"), content: { text: "later" } },
  { kind: "nack", content: { text: "" } },
  {
    kind: "reject",
    payload: json({ code: "rejected", reason: "no" }),
    content: { body: { code: "rejected", reason: "no" } },
  },
  none("extend"),
  none("cancel"),
  { kind: "reply", payload: json({ n: 1 }), content: { payload: NUMBER } },
  { kind: "piece", payload: json({ n: 1 }), content: { payload: NUMBER } },
  // A head that a client sends with a response is not looked at.
  {
    kind: "reply",
    head: "ff",
    payload: "31",
    content: { payload: { json: 1 } },
  },
  {
    kind: "piece",
    head: "ff",
    payload: "31",
    content: { payload: { json: 1 } },
  },
];
const TO_CLIENT: readonly Example[] = [
  none("attached"),
  none("detached"),
  { kind: "accepted", payload: text(ID), content: { text: ID } },
  { kind: "refused", ...failed },
  {
    kind: "refused",
    payload: json({ ...FAILED, messageId: ID, later: 1 }),
    content: { body: { ...FAILED, messageId: ID } },
  },
  none("credit"),
  { kind: "deliver", ...carried, content: submitted },
  none("lease end"),
  { kind: "reply", ...carried, content: submitted },
  { kind: "piece", ...carried, content: submitted },
];
const BOTH: readonly Example[] = [
  none("ping"),
  none("pong"),
  none("end"),
  { kind: "fail", ...failed },
  none("grant"),
];
const NOTHING: readonly (readonly [Role, Kind[]])[] = [
  ["bus", [
    "ping",
    "pong",
    "detach",
    "ack",
    "extend",
    "end",
    "cancel",
    "grant",
  ]],
  ["client", ["attached", "detached", "credit", "lease end", "end", "grant"]],
];

/** Every kind, both ways, and streams that are cut. */
export function kindVectors(): Vector[] {
  return [
    ...[...TO_BUS, ...BOTH].map((each, place) => right("bus", each, place)),
    ...[...TO_CLIENT, ...BOTH].map((each, place) =>
      right("client", each, place)
    ),
    ...wrongWays(),
    ...burdened(),
    ...bodies(),
    ...truncations(),
    ...sequences(),
  ];
}

function right(reader: Role, example: Example, place: number): Vector {
  const { kind, head, payload, content } = example;
  const numbers = { id: 0x01020304, aux: kind === "send" ? 0 : 0xfffefdfc };
  return vector({
    id: `kind-${kind.replace(" ", "-")}-to-${reader}-${place}`,
    shows: `a ${kind} that a ${reader} reads`,
    reader,
    chunks: [frame(kind, { ...numbers, head, payload })],
    expect: frames(read(kind, numbers, content)),
  });
}

function wrongWays(): Vector[] {
  const kindsOf = (
    examples: readonly Example[],
  ) => [...new Set(examples.map(({ kind }) => kind))];
  const both: Kind[] = ["reply", "piece"];
  const wrong: [Role, Kind[]][] = [
    ["bus", kindsOf(TO_CLIENT)],
    ["client", kindsOf(TO_BUS)],
  ];
  return wrong.flatMap(([reader, kinds]) =>
    kinds.filter((kind) => !both.includes(kind)).map((kind) =>
      vector({
        id: `wrong-way-${kind.replace(" ", "-")}-to-${reader}`,
        shows: `a ${kind} is not for a ${reader}`,
        reader,
        chunks: [frame(kind, { ...carried })],
        expect: refused(),
      })
    )
  );
}

function burdened(): Vector[] {
  return NOTHING.flatMap(([reader, kinds]) =>
    kinds.map((kind) =>
      vector({
        id: `burden-${kind.replace(" ", "-")}-to-${reader}`,
        shows: `what a ${kind} carries beside its header is ignored`,
        reader,
        chunks: [frame(kind, { head: "ff", payload: "feff", priority: 200 })],
        expect: frames(read(kind, { priority: 200 })),
      })
    )
  );
}

function bodies(): Vector[] {
  const wrong: Record<string, string> = {
    "empty": "",
    "list": json([]),
    "null": json(null),
    "text": json("closed"),
    "cut": text('{"code":"closed"'),
    "not-utf8": join(text('{"code":"'), "c328", text('"}')),
  };
  const kinds: [Role, Kind][] = [
    ["bus", "fail"],
    ["bus", "reject"],
    ["client", "fail"],
    ["client", "refused"],
    ["client", "goodbye"],
  ];
  return kinds.flatMap(([reader, kind]) =>
    Object.entries(wrong).map(([name, payload]) =>
      vector({
        id: `body-${kind}-to-${reader}-${name}`,
        shows: `a ${kind} whose payload is no JSON object`,
        reader,
        chunks: [frame(kind, { id: 1, payload })],
        expect: refused(),
      })
    )
  );
}

function truncations(): Vector[] {
  const whole = frame("send", { id: 2, head: SENT, payload: json({ n: 1 }) });
  const digits = unpack(whole).toHex();
  const bytes = digits.length / 2;
  const places: Record<string, number> = {
    "in-length-1": 1,
    "in-length-2": 2,
    "in-length-3": 3,
    "before-kind": 4,
    "before-flags": 5,
    "before-priority": 6,
    "before-reserved": 7,
    "before-id": 8,
    "in-id": 10,
    "before-aux": 12,
    "in-aux": 15,
    "before-head-length": 16,
    "in-head-length": 19,
    "before-head": 20,
    "in-field-tag": 21,
    "in-field-length": 22,
    "in-field-value": 30,
    "before-payload": bytes - 7,
    "in-payload": bytes - 3,
    "before-last-byte": bytes - 1,
  };
  const cut = Object.entries(places).map(([name, at]) =>
    vector({
      id: `cut-${name}`,
      shows: `a ping, and a send of which ${at} bytes arrived`,
      chunks: [join(frame("ping"), digits.slice(0, 2 * at))],
      expect: { frames: [read("ping")], pending: at },
    })
  );
  const rejoined = Object.entries(places).map(([name, at]) =>
    vector({
      id: `joined-${name}`,
      shows: `a send that arrives in two chunks, ${at} bytes first`,
      chunks: [digits.slice(0, 2 * at), digits.slice(2 * at)],
      expect: frames(read("send", { id: 2 }, submitted)),
    })
  );
  return [...cut, ...rejoined];
}

function sequences(): Vector[] {
  const three = [1, 2, 3].map((id) => frame("ack", { id }));
  const digits = unpack(join(...three)).toHex();
  const expected = frames(...[1, 2, 3].map((id) => read("ack", { id })));
  return [
    vector({
      id: "sequence-one-chunk",
      shows: "three frames at once",
      chunks: [join(...three)],
      expect: expected,
    }),
    vector({
      id: "sequence-one-byte-chunks",
      shows: "three frames, byte by byte",
      chunks: digits.match(/../g) ?? [],
      expect: expected,
    }),
    vector({
      id: "sequence-odd-chunks",
      shows: "three frames, in chunks of seven bytes",
      chunks: digits.match(/.{1,14}/g) ?? [],
      expect: expected,
    }),
    vector({
      id: "sequence-nothing",
      shows: "a stream that ends before its first byte",
      chunks: [],
      expect: frames(),
    }),
    vector({
      id: "sequence-empty-chunk",
      shows: "a chunk of no bytes within a frame",
      chunks: [digits.slice(0, 10), "", digits.slice(10)],
      expect: expected,
    }),
    vector({
      id: "sequence-refused-send-goes-on",
      shows: "a send with a wrong envelope is refused, and the stream goes on",
      chunks: [join(frame("send", { id: 1, head: "01" }), frame("ping"))],
      expect: frames(
        read("send", { id: 1 }, { refusal: "protocol" }),
        read("ping"),
      ),
    }),
  ];
}
