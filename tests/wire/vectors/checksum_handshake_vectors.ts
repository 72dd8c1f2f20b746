import type { Role } from "../stream_reader.ts";
import { frame, type FrameParts, join, json, type Runs, u32 } from "./bytes.ts";
import { AGREED, HELLO, WELCOME, WHO } from "./handshake_bodies.ts";
import {
  broken,
  frames,
  read,
  refused,
  type Vector,
  vector,
} from "./vector.ts";

const FULL = { code: "overflow", message: "full" };
const WRONG = { code: "protocol", message: "wrong" };
const HELLO_READ = read("hello", {}, { body: WHO });
const WELCOME_READ = read("welcome", {}, { body: AGREED });
const PING_READ = read("ping");

/** How checksums are agreed on, and what becomes of a first frame that did not arrive as it was sent. */
export function checksumHandshakeVectors(): Vector[] {
  return [...agreed(), ...notAsSent(), ...firstLengths(), ...answers()];
}

function hello(parts: FrameParts = {}): Runs {
  return frame("hello", { payload: json(HELLO), ...parts });
}

const SUMMED = { checksums: true } as const;
const PLAIN_PING = frame("ping");
const PING = frame("ping", SUMMED);

function first(
  name: string,
  shows: string,
  reader: Role,
  chunks: readonly Runs[],
  expect: Vector["expect"],
  asks = true,
): Vector {
  const id = `checksums-${name}`;
  const stream = {
    reader,
    phase: "handshake",
    maxMessageBytes: 1_000,
  } as const;
  const checksums = asks ? { checksums: true } as const : {};
  return vector({ id, shows, ...stream, ...checksums, chunks, expect });
}

function agreed(): Vector[] {
  const asks = hello(SUMMED);
  return [
    first("hello", "a client that asks", "bus", [asks], frames(HELLO_READ)),
    first(
      "hello-ping",
      "what comes behind has them too",
      "bus",
      [join(asks, PING)],
      frames(HELLO_READ, PING_READ),
    ),
    first(
      "hello-plain-ping",
      "what comes behind has none",
      "bus",
      [join(asks, PLAIN_PING)],
      broken(HELLO_READ),
    ),
    first(
      "plain-hello-ping",
      "what comes behind has some, and the hello had none",
      "bus",
      [join(hello(), PING)],
      broken(HELLO_READ),
      false,
    ),
    first(
      "ping-hello",
      "whatever the first frame is, it decides",
      "bus",
      [join(PING, asks)],
      frames(PING_READ, HELLO_READ),
    ),
    first(
      "plain-ping-hello",
      "whatever the first frame is, it decides",
      "bus",
      [join(PLAIN_PING, asks)],
      broken(PING_READ),
    ),
    first(
      "hello-wrong-name",
      "a hello that arrived as it was sent, and is wrong",
      "bus",
      [hello({ ...SUMMED, payload: json({ ...HELLO, name: "" }) })],
      refused(),
    ),
  ];
}

function notAsSent(): Vector[] {
  return [
    first(
      "hello-header-turned",
      "a hello whose header is another",
      "bus",
      [hello({ ...SUMMED, headerSum: 1 })],
      broken(),
    ),
    first(
      "hello-body-turned",
      "a hello whose payload is another",
      "bus",
      [hello({ ...SUMMED, wholeSum: 1 })],
      broken(),
    ),
    first(
      "hello-form-turned",
      "a hello that seems to have no checksums: they are read as its payload",
      "bus",
      [hello({ ...SUMMED, form: 0 })],
      refused(),
    ),
    first(
      "plain-hello-form-turned",
      "a hello that seems to have checksums",
      "bus",
      [hello({ form: 1 })],
      broken(),
      false,
    ),
  ];
}

function firstLengths(): Vector[] {
  return [
    first(
      "hello-length-4097",
      "the length of the first frame is judged before its form is known",
      "bus",
      [hello({ ...SUMMED, length: 4_097 })],
      refused(),
    ),
    first(
      "hello-length-4097-turned",
      "also where its header has another checksum",
      "bus",
      [hello({ ...SUMMED, length: 4_097, headerSum: 1 })],
      refused(),
    ),
    first(
      "hello-length-4097-in-bytes",
      "and at its fourth byte",
      "bus",
      u32(4_097).match(/../g) ?? [],
      refused(),
    ),
    first(
      "hello-length-turned",
      "a length that might be",
      "bus",
      [hello({ ...SUMMED, length: 4_000, headerSum: 1 })],
      broken(),
    ),
    first(
      "hello-length-23",
      "a length that does not count the checksums",
      "bus",
      [hello({ ...SUMMED, length: 23 })],
      refused(),
    ),
  ];
}

function answers(): Vector[] {
  const welcome = (parts: FrameParts) =>
    frame("welcome", { payload: json(WELCOME), ...parts });
  const goodbye = (body: object, parts: FrameParts = {}) =>
    frame("goodbye", { payload: json(body), ...parts });
  return [
    first(
      "welcome",
      "a bus that has understood",
      "client",
      [welcome(SUMMED)],
      frames(WELCOME_READ),
    ),
    first(
      "welcome-plain",
      "a bus that has not",
      "client",
      [welcome({})],
      broken(),
    ),
    first(
      "welcome-unasked",
      "a bus that was not asked",
      "client",
      [welcome(SUMMED)],
      broken(),
      false,
    ),
    first(
      "goodbye-read",
      "a goodbye with checksums",
      "client",
      [goodbye(FULL, SUMMED)],
      { frames: [read("goodbye", {}, { body: FULL })], closed: true },
    ),
    first(
      "goodbye-plain",
      "a goodbye without is not believed",
      "client",
      [goodbye(WRONG)],
      broken(),
    ),
    first(
      "goodbye-turned",
      "nor one that is another",
      "client",
      [goodbye(WRONG, { ...SUMMED, wholeSum: 1 })],
      broken(),
    ),
  ];
}
