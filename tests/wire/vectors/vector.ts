import type { Phase, ReadFrame, ReadStream, Role } from "../stream_reader.ts";
import { canonical, digest } from "../canonical.ts";
import type { FrameParts, Kind, Runs } from "./bytes.ts";

/** Bytes, and what a correct reader makes of them. */
export interface Vector {
  /** Stands for this vector for ever. */
  readonly id: string;
  /** What it shows, for people. */
  readonly shows: string;
  /** Who reads. */
  readonly reader: Role;
  /** Whether the stream begins with the handshake, or behind it. */
  readonly phase: Phase;
  /** What was, or will be, agreed. */
  readonly maxMessageBytes: number;
  /** Whether the client has asked for checksums, or does in this stream; it has not if left out. */
  readonly checksums?: true;
  /** The stream, as it arrives. */
  readonly chunks: readonly Runs[];
  /** What was read. */
  readonly expect: ReadStream;
}

/** A vector whose parts that most have alike may be left out. */
export type VectorInit =
  & Pick<Vector, "id" | "shows" | "chunks" | "expect">
  & Partial<Vector>;

/** A vector of an open conversation, read by the bus, unless it says otherwise. */
export function vector(init: VectorInit): Vector {
  const { id, shows, chunks, expect } = init;
  const { reader = "bus", phase = "open", maxMessageBytes = 1_000_000 } = init;
  const { checksums } = init;
  const asked = checksums ? { checksums } : {};
  const agreed = { reader, phase, maxMessageBytes, ...asked };
  return { id, shows, ...agreed, chunks, expect };
}

/** What is read of whole frames. */
export function frames(...expected: ReadFrame[]): ReadStream {
  return { frames: expected, pending: 0 };
}

/** What is read of frames with one behind them that breaks the protocol. */
export function refused(...before: ReadFrame[]): ReadStream {
  return { frames: before, refusal: "protocol" };
}

/** What is read of whole frames with one behind them that is not as it was sent. */
export function broken(...before: ReadFrame[]): ReadStream {
  return { frames: before, refusal: "unreachable" };
}

/** One frame as it is read: its header, and `content`. */
export function read(
  kind: Kind,
  { flags = 0, priority = 0, id = 0, aux = 0 }: FrameParts = {},
  content: ReadFrame = {},
): ReadFrame {
  return { kind, flags, priority, id, aux, ...content };
}

/** Longest canonical text of a payload that stands in a vector as it is. */
const SHOWN_CHARS = 4_000;
/** Most lists and objects of one. */
const SHOWN_BRACKETS = 32;
/** Half of a pair: `JSON.stringify()` escapes no other character like this. */
const HALF_PAIR = /\\ud[89a-f]/;

/**
 * What was read, as the vectors have it: a payload that is long, or made of many
 * lists and objects, or holds half of a surrogate pair, is replaced by the `{digest}` of itself, and a number
 * that JSON has not by `{double}`.
 */
export function shown(result: ReadStream): ReadStream {
  return { ...result, frames: result.frames.map(shownFrame) };
}

function shownFrame(frame: ReadFrame): ReadFrame {
  const { payload } = frame;
  const whole = payload === undefined || isShown(payload)
    ? frame
    : { ...frame, payload: { digest: digest(payload) } };
  return shownValue(whole) as ReadFrame;
}

function isShown(payload: unknown): boolean {
  const whole = canonical(payload);
  return whole.length <= SHOWN_CHARS &&
    whole.split(/[[{]/).length - 1 <= SHOWN_BRACKETS &&
    !HALF_PAIR.test(JSON.stringify(payload));
}

function shownValue(value: unknown): unknown {
  if (typeof value === "number") return shownNumber(value);
  if (Array.isArray(value)) return value.map(shownValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, shownValue(part)]),
  );
}

function shownNumber(value: number): unknown {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  if (Number.isNaN(value)) return { double: "nan" };
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return { double: bytes.toHex() };
}
