import { FrameKind } from "../../../transports/transport.ts";
import type { Phase, Role } from "../stream_reader.ts";
import { wayOf } from "../ways.ts";
import { Chance } from "./chance.ts";
import { frameEnds, mutate } from "./mutations.ts";
import { seal } from "./seal.ts";
import type { Stock } from "./stock.ts";

/** A stream of bytes to be read, and who reads it. */
export interface FuzzCase {
  /** Its place in the run: with the seed it is made again. */
  readonly place: number;
  /** Who reads. */
  readonly role: Role;
  /** How the conversation stands. */
  readonly phase: Phase;
  /** What was agreed, or will be. */
  readonly maxMessageBytes: number;
  /** Whether the client has asked for checksums. */
  readonly checksums: boolean;
  /** The frames that were sent, if they have checksums and the stream was changed behind them. */
  readonly sent?: Uint8Array;
  /** The stream. */
  readonly bytes: Uint8Array;
  /** Frames that were put into it. */
  readonly frames: number;
  /** Whether it is as it was made: every frame of it must be read. */
  readonly intact: boolean;
}

const KINDS = Object.values(FrameKind);
const MESSAGE_KINDS = [
  FrameKind.send,
  FrameKind.request,
  FrameKind.deliver,
  FrameKind.reply,
  FrameKind.piece,
];
const EDGES = [0, 1, 255, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** The case at a place of a run. */
export function fuzzCase(seed: number, place: number, stock: Stock): FuzzCase {
  const chance = new Chance(seed, place);
  const role = chance.oneIn(2) ? "bus" : "client";
  const phase = chance.oneIn(4) ? "handshake" : "open";
  const count = chance.between(1, 4);
  const parts: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    parts.push(anyFrame(chance, stock, role, phase, index));
  }
  const made = concat(parts);
  const intact = chance.oneIn(12);
  const checksums = chance.oneIn(3);
  return {
    place,
    role,
    phase,
    maxMessageBytes: chance.oneIn(8) ? 64 : 1_000_000,
    checksums,
    ...streamOf(chance, made, { intact, checksums }),
    frames: count,
    intact,
  };
}

/** With checksums, half of the streams get them behind the mutation: their frames are what was sent. */
function streamOf(
  chance: Chance,
  made: Uint8Array,
  { intact, checksums }: { intact: boolean; checksums: boolean },
): Pick<FuzzCase, "bytes" | "sent"> {
  const changed = (bytes: Uint8Array) =>
    intact ? bytes : mutate(chance, bytes, frameEnds(bytes));
  if (!checksums) return { bytes: changed(made) };
  if (chance.oneIn(2)) return { bytes: seal(changed(made)) };
  const sent = seal(made);
  return { sent, bytes: changed(sent.slice()) };
}

function anyFrame(
  chance: Chance,
  stock: Stock,
  role: Role,
  phase: Phase,
  index: number,
): Uint8Array {
  const kind = phase === "handshake" && index === 0 && !chance.oneIn(6)
    ? role === "bus" ? FrameKind.hello : FrameKind.welcome
    : anyKind(chance, role);
  const body = stock.bodies.get(kind);
  const isMessage = MESSAGE_KINDS.includes(kind as typeof MESSAGE_KINDS[0]);
  const head = isMessage || chance.oneIn(20) ? chance.pick(stock.heads) : NONE;
  const payload = chance.oneIn(1_000)
    ? chance.pick(stock.large)
    : body !== undefined && !chance.oneIn(10)
    ? chance.pick(body)
    : isMessage || chance.oneIn(10)
    ? chance.pick(stock.payloads)
    : NONE;
  return encode(chance, kind, head, payload);
}

const NONE = new Uint8Array(0);

function anyKind(chance: Chance, role: Role): number {
  if (chance.oneIn(30)) return chance.below(256);
  const kind = chance.oneIn(2)
    ? chance.pick(MESSAGE_KINDS)
    : chance.pick(KINDS);
  const { reader } = wayOf(kind);
  // Mostly one that is read: the first that is not ends the stream.
  return reader === "both" || reader === role || chance.oneIn(20)
    ? kind
    : anyKind(chance, role);
}

function encode(
  chance: Chance,
  kind: number,
  head: Uint8Array,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(20 + head.length + payload.length);
  const view = new DataView(bytes.buffer);
  const number = () => chance.oneIn(2) ? chance.pick(EDGES) : chance.below(100);
  view.setUint32(0, bytes.length - 4);
  bytes[4] = kind;
  bytes[5] = chance.oneIn(2) ? 0 : chance.below(256);
  bytes[6] = chance.oneIn(20) ? chance.below(256) : chance.below(101);
  bytes[7] = chance.oneIn(20) ? 2 * chance.below(128) : 0;
  view.setUint32(8, number());
  view.setUint32(12, chance.oneIn(3) ? number() : 0);
  view.setUint32(16, head.length);
  bytes.set(head, 20);
  bytes.set(payload, 20 + head.length);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
