import type { Role } from "../stream_reader.ts";
import {
  frame,
  join,
  json,
  type Kind,
  KINDS,
  text,
  times,
  u32,
} from "./bytes.ts";
import { AGREED, HELLO, WELCOME, WHO } from "./handshake_bodies.ts";
import { frames, read, refused, type Vector, vector } from "./vector.ts";

const NO_TEXT = { toString: 1, valueOf: 1 };
const hello = (body: unknown = HELLO) =>
  frame("hello", { payload: json(body) });
const welcome = (body: unknown = WELCOME) =>
  frame("welcome", { payload: json(body) });
const helloRead = (who: object = WHO) => read("hello", {}, { body: who });
const welcomeRead = (agreed: object = AGREED) =>
  read("welcome", {}, { body: agreed });

/** The first frames: what they say, their order, and the limit that holds. */
export function handshakeVectors(): Vector[] {
  return [
    ...hellos(),
    ...wrongHellos(),
    ...welcomes(),
    ...wrongWelcomes(),
    ...order(),
    ...limits(),
  ];
}

/** A vector that begins with the first byte of a conversation. */
function first(
  id: string,
  shows: string,
  reader: Role,
  chunks: readonly string[],
  expect: Vector["expect"],
): Vector {
  return vector({
    id,
    shows,
    reader,
    phase: "handshake",
    maxMessageBytes: 1_000,
    chunks,
    expect,
  });
}

function hellos(): Vector[] {
  const longest = "n".repeat(255);
  const cases: Record<string, [object, object]> = {
    "plain": [{}, {}],
    "durable": [{ durable: true }, { durable: true }],
    "not-durable": [{ durable: false }, {}],
    "versions-more": [{ versions: [2, "x", null, 1] }, {}],
    "name-255": [{ name: longest }, { name: longest }],
    "name-every-kind": [{ name: "aZ0-_.:/" }, { name: "aZ0-_.:/" }],
    "name-of-dots": [{ name: ".." }, { name: ".." }],
    "instance-1": [{ instance: " " }, { instance: " " }],
    "instance-255": [{ instance: longest }, { instance: longest }],
    "instance-255-units": [
      { instance: "\u{1f600}".repeat(127) + "i" },
      { instance: "\u{1f600}".repeat(127) + "i" },
    ],
    "more-members": [{ later: [{}], constructor: 1 }, {}],
  };
  return Object.entries(cases).map(([name, [said, understood]]) =>
    first(
      `hello-${name}`,
      "a hello that is right",
      "bus",
      [hello({ ...HELLO, ...said })],
      frames(helloRead({ ...WHO, ...understood })),
    )
  );
}

function wrongHellos(): Vector[] {
  const members: Record<string, object> = {
    "protocol-missing": { protocol: undefined },
    "protocol-other": { protocol: "Busbar" },
    "protocol-not-text": { protocol: ["busbar"] },
    "protocol-hostile": { protocol: NO_TEXT },
    "versions-hostile": { versions: NO_TEXT },
    "name-hostile": { name: NO_TEXT },
    "instance-hostile": { instance: NO_TEXT },
    "durable-hostile": { durable: NO_TEXT },
    "versions-missing": { versions: undefined },
    "versions-none": { versions: [] },
    "versions-later": { versions: [2] },
    "versions-text": { versions: ["1"] },
    "versions-true": { versions: [true] },
    "versions-number": { versions: 1 },
    "versions-object": { versions: { 0: 1 } },
    "name-missing": { name: undefined },
    "name-empty": { name: "" },
    "name-256": { name: "n".repeat(256) },
    "name-space": { name: "a b" },
    "name-wildcard": { name: "a*" },
    "name-not-ascii": { name: "caf\u00e9" },
    "name-number": { name: 1 },
    "name-null": { name: null },
    "instance-missing": { instance: undefined },
    "instance-empty": { instance: "" },
    "instance-256": { instance: "i".repeat(256) },
    "instance-256-units": { instance: "\u{1f600}".repeat(128) },
    "instance-number": { instance: 1 },
    "durable-text": { durable: "yes" },
    "durable-null": { durable: null },
    "durable-number": { durable: 1 },
  };
  const wrong = Object.entries(members).map(([name, said]) =>
    first(
      `hello-${name}`,
      "a hello in which one member is wrong",
      "bus",
      [hello({ ...HELLO, ...said })],
      refused(),
    )
  );
  return [...wrong, ...noObjects("hello", "bus")];
}

/** Payloads that are no JSON object, of a kind that needs one. */
function noObjects(kind: Kind, reader: Role): Vector[] {
  const payloads: Record<string, string> = {
    "empty": "",
    "list": json([HELLO]),
    "text": json("hello"),
    "null": json(null),
    "number": json(1),
    "cut": json({ ...HELLO, ...WELCOME }).slice(0, -2),
    "not-utf8": join(text('{"a":"'), "ff", text('"}')),
    "mark": join("efbbbf", json({ ...HELLO, ...WELCOME })),
    "too-deep": text(`{"a":${"[".repeat(64)}${"]".repeat(64)}}`),
  };
  return Object.entries(payloads).map(([name, payload]) =>
    first(
      `${kind}-body-${name}`,
      `a ${kind} whose payload is no JSON object that may be read`,
      reader,
      [frame(kind, { payload })],
      refused(),
    )
  );
}

function welcomes(): Vector[] {
  const big = {
    maxMessageBytes: 2 ** 32 - 1 - 131_072,
    heartbeatMs: 2 ** 31 - 1,
  };
  const cases: Record<string, [object, object]> = {
    "plain": [{}, {}],
    "large": [big, big],
    "least": [{ sendWindow: 1, heartbeatMs: 1 }, {
      sendWindow: 1,
      heartbeatMs: 1,
    }],
    "more-members": [{ later: true }, {}],
  };
  return Object.entries(cases).map(([name, [said, agreed]]) =>
    first(
      `welcome-${name}`,
      "a welcome that is right",
      "client",
      [welcome({ ...WELCOME, ...said })],
      frames(welcomeRead({ ...AGREED, ...agreed })),
    )
  );
}

function wrongWelcomes(): Vector[] {
  const values = { missing: undefined, zero: 0, half: 1.5, text: "1" };
  const members = Object.keys(AGREED).flatMap((member) =>
    Object.entries(values).map(([name, value]) =>
      [
        `${member}-${name}`,
        { [member]: value },
      ] as const
    )
  );
  const cases = [
    ...members,
    ["version-2", { version: 2 }],
    ["version-hostile", { version: NO_TEXT }],
    ["maxMessageBytes-most", { maxMessageBytes: 2 ** 32 - 131_072 }],
    ["heartbeatMs-most", { heartbeatMs: 2 ** 31 }],
    ["requestTimeoutMs-most", { requestTimeoutMs: 2 ** 31 }],
    ["sendWindow-negative", { sendWindow: -1 }],
    ["heartbeatMs-null", { heartbeatMs: null }],
  ] as const;
  const wrong = cases.map(([name, said]) =>
    first(
      `welcome-${name}`,
      "a welcome in which one number is wrong",
      "client",
      [welcome({ ...WELCOME, ...said })],
      refused(),
    )
  );
  return [...wrong, ...noObjects("welcome", "client")];
}

function order(): Vector[] {
  const kinds = Object.keys(KINDS) as Kind[];
  const payload = json({
    ...HELLO,
    ...WELCOME,
    kind: "direct",
    code: "closed",
  });
  const early = kinds
    .filter((kind) => !["hello", "ping", "pong"].includes(kind))
    .map((kind) =>
      first(
        `first-of-client-${kind.replace(" ", "-")}`,
        `a client that begins with ${kind}`,
        "bus",
        [frame(kind, { payload })],
        refused(),
      )
    );
  const earlyBus = kinds
    .filter((kind) => !["welcome", "goodbye", "ping", "pong"].includes(kind))
    .map((kind) =>
      first(
        `first-of-bus-${kind.replace(" ", "-")}`,
        `a bus that begins with ${kind}`,
        "client",
        [frame(kind, { payload })],
        refused(),
      )
    );
  return [...early, ...earlyBus, ...signsOfLife(), ...twice(), ...goodbyes()];
}

function signsOfLife(): Vector[] {
  const both = join(frame("ping", { id: 1 }), frame("pong", { id: 2 }));
  const readBoth = [read("ping", { id: 1 }), read("pong", { id: 2 })];
  return [
    first(
      "ping-before-hello",
      "ping and pong are taken at any moment",
      "bus",
      [join(both, hello(), both)],
      frames(...readBoth, helloRead(), ...readBoth),
    ),
    first(
      "ping-before-welcome",
      "ping and pong are taken at any moment",
      "client",
      [join(both, welcome(), both)],
      frames(...readBoth, welcomeRead(), ...readBoth),
    ),
  ];
}

function twice(): Vector[] {
  return [
    first(
      "hello-twice",
      "a second hello",
      "bus",
      [hello(), hello()],
      refused(helloRead()),
    ),
    first(
      "welcome-twice",
      "a second welcome",
      "client",
      [welcome(), welcome()],
      refused(welcomeRead()),
    ),
    vector({
      id: "hello-when-open",
      shows: "a hello in an open conversation",
      chunks: [hello()],
      expect: refused(),
    }),
    vector({
      id: "welcome-when-open",
      shows: "a welcome in an open conversation",
      reader: "client",
      chunks: [welcome()],
      expect: refused(),
    }),
  ];
}

function goodbyes(): Vector[] {
  const said = { code: "overflow", message: "full" };
  const goodbye = frame("goodbye", { payload: json(said) });
  const ending = [read("goodbye", {}, { body: said })];
  return [
    first(
      "goodbye-instead-of-welcome",
      "a bus that does not take the client",
      "client",
      [goodbye],
      { frames: ending, closed: true },
    ),
    first(
      "goodbye-then-anything",
      "nothing after a goodbye counts",
      "client",
      [join(goodbye, frame(0), "ffffffff"), "ffffffff"],
      { frames: ending, closed: true },
    ),
    first(
      "goodbye-of-client-then-anything",
      "nothing after a goodbye counts; a bus does not read why",
      "bus",
      [join(hello(), frame("goodbye", { payload: "ff" }), "ffffffff")],
      { frames: [helloRead(), read("goodbye")], closed: true },
    ),
  ];
}

function limits(): Vector[] {
  const padded = (kind: Kind, body: unknown, bytes: number) => {
    const payload = json(body);
    const spaces = bytes - 16 - payload.length / 2;
    return frame(kind, { payload: join(payload, times("20", spaces)) });
  };
  const ping = frame("ping", { payload: times("00", 4_081) });
  const last = 1_000 + 131_072;
  const atLast = frame("pong", { payload: times("00", last - 16) });
  const cases: [string, Role, string[], Vector["expect"]][] = [
    ["hello-4096", "bus", [padded("hello", HELLO, 4_096)], frames(helloRead())],
    ["hello-4097", "bus", [padded("hello", HELLO, 4_097)], refused()],
    [
      "welcome-4096",
      "client",
      [padded("welcome", WELCOME, 4_096)],
      frames(welcomeRead()),
    ],
    ["welcome-4097", "client", [padded("welcome", WELCOME, 4_097)], refused()],
    ["ping-4097-before-hello", "bus", [ping], refused()],
    [
      "ping-4097-after-hello",
      "bus",
      [join(hello(), ping)],
      frames(helloRead(), read("ping")),
    ],
    [
      "most-after-hello",
      "bus",
      [hello(), atLast],
      frames(helloRead(), read("pong")),
    ],
    ["more-after-hello", "bus", [hello(), u32(last + 1)], refused(helloRead())],
    [
      "most-after-welcome",
      "client",
      [welcome(), atLast],
      frames(welcomeRead(), read("pong")),
    ],
    [
      "more-after-welcome",
      "client",
      [welcome(), u32(last + 1)],
      refused(welcomeRead()),
    ],
    ["prefix-4097-before-hello", "bus", [u32(4_097)], refused()],
    ["prefix-2147483648-before-hello", "bus", [u32(2 ** 31)], refused()],
    ["prefix-4294967295-before-hello", "bus", [u32(2 ** 32 - 1)], refused()],
    ["prefix-15-before-hello", "bus", [u32(15)], refused()],
  ];
  return cases.map(([name, reader, chunks, expect]) =>
    first(
      `limit-${name}`,
      "how long a frame may be, and when",
      reader,
      chunks,
      expect,
    )
  );
}
