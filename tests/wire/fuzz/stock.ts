import {
  encodeEnvelope,
  encodePayload,
  FrameKind,
} from "../../../transports/transport.ts";
import { Chance } from "./chance.ts";
import { anyEnvelope, anyJson, goodEnvelope } from "./messages.ts";

/** Heads and payloads made once, to be put together millions of times. */
export interface Stock {
  /** Encoded envelopes. */
  readonly heads: readonly Uint8Array[];
  /** Payloads: JSON, bytes, and what is nearly JSON. */
  readonly payloads: readonly Uint8Array[];
  /** Payloads at the limits of depth and members, which take long to read. */
  readonly large: readonly Uint8Array[];
  /** Payloads of the kinds whose payload says something to the protocol itself. */
  readonly bodies: ReadonlyMap<number, readonly Uint8Array[]>;
}

const COUNT = 400;
/** A place that no frame has: the stock does not depend on how many frames are made. */
const PLACE = -2;

/** The stock of a seed. */
export function makeStock(seed: number): Stock {
  const chance = new Chance(seed, PLACE);
  const many = (make: () => Uint8Array) => Array.from({ length: COUNT }, make);
  return {
    heads: many(() =>
      encodeEnvelope(
        chance.oneIn(2) ? goodEnvelope(chance) : anyEnvelope(chance),
      )
    ),
    payloads: many(() => anyPayload(chance)),
    large: Array.from(
      { length: 40 },
      () =>
        chance.oneIn(2)
          ? nest(chance.between(60, 5_000))
          : members(chance.between(9_990, 10_010)),
    ),
    bodies: bodiesOf(chance),
  };
}

function anyPayload(chance: Chance): Uint8Array {
  const choice = chance.below(40);
  if (choice < 2) return nest(chance.between(60, 70));
  if (choice < 6) return bytesOf(chance, chance.below(1_000));
  if (choice < 10) return new Uint8Array(0);
  return encodePayload(anyJson(chance)).bytes;
}

function nest(levels: number): Uint8Array {
  return utf8(`${"[".repeat(levels)}${"]".repeat(levels)}`);
}

function members(count: number): Uint8Array {
  return utf8(`{${Array(count).fill('"":0').join()}}`);
}

function bytesOf(chance: Chance, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => chance.below(256));
}

const HELLO = {
  protocol: "busbar",
  versions: [1],
  name: "planner",
  instance: "p1",
  durable: true,
};
const WELCOME = {
  version: 1,
  bus: "bus",
  maxMessageBytes: 4_096,
  sendWindow: 8,
  heartbeatMs: 15_000,
  requestTimeoutMs: 30_000,
};
const ATTACH = {
  kind: "topic",
  pattern: "jobs.*.done",
  concurrency: 4,
  queue: "q",
  durable: "d",
  ackTimeoutMs: 1_000,
  maxAttempts: 3,
  maxMessages: 100,
  overflow: "wait",
};
const FAILURE = { code: "overflow", message: "full", messageId: "m" };

function bodiesOf(chance: Chance): Stock["bodies"] {
  const kinds: [number, object][] = [
    [FrameKind.hello, HELLO],
    [FrameKind.welcome, WELCOME],
    [FrameKind.attach, ATTACH],
    [FrameKind.goodbye, FAILURE],
    [FrameKind.refused, FAILURE],
    [FrameKind.fail, FAILURE],
    [FrameKind.reject, { code: "rejected", reason: "no" }],
  ];
  return new Map(kinds.map(([kind, body]) => [
    kind,
    Array.from({ length: 60 }, (_, index) =>
      // The first third is right, so that what comes behind a greeting is read.
      encodePayload(index < 20 ? body : changed(chance, body)).bytes),
  ]));
}

/** The same object with one member that is missing, or something else. */
function changed(chance: Chance, body: object): object {
  const name = chance.pick(Object.keys(body));
  const value = chance.oneIn(4)
    ? undefined
    : chance.oneIn(4)
    ? { toString: 1, valueOf: 1 }
    : anyJson(chance, 2);
  return { ...body, [name]: value };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
