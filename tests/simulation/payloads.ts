import { Buffer } from "node:buffer";
import type { Message } from "../../mod.ts";
import { Dice } from "../support/dice.ts";
import type { MessageFacts } from "./history.ts";

/** A payload that is JSON, and that no other message has. */
interface Tokened {
  readonly token: number;
  readonly pad: string;
}

const TOKEN_BYTES = 4;
const LARGE = 3_000;

/**
 * The payload of a message, made of its token alone, so that whoever gets it
 * can tell whether it is whole: JSON or bytes, small or large.
 */
export function payloadOf(token: number): Tokened | Uint8Array {
  const dice = new Dice(token);
  const isBinary = dice.chance(0.2);
  const size = dice.chance(0.05)
    ? dice.int(1_000, LARGE)
    : dice.int(TOKEN_BYTES, 60);
  if (!isBinary) return { token, pad: padOf(token, size) };
  const bytes = new Uint8Array(size).fill(token & 0xff);
  new DataView(bytes.buffer).setUint32(0, token);
  return bytes;
}

/** A payload that is larger than any bus here takes. */
export function oversizeOf(token: number, maxBytes: number): Tokened {
  return { token, pad: padOf(token, maxBytes + 1) };
}

/** What a request is answered with: its token, negative. */
export function replyOf(token: number): Tokened {
  return { token: -token, pad: padOf(token, token % 50) };
}

/** What a message shows of itself, its payload reduced to the token, or to `NaN` if it is not as it was sent. */
export function factsOf(message: Message): MessageFacts {
  const { payload, headers: _, ...facts } = message;
  return { ...facts, token: tokenOf(payload) };
}

function tokenOf(payload: unknown): number {
  if (payload instanceof Uint8Array) {
    if (payload.length < TOKEN_BYTES) return NaN;
    const view = new DataView(payload.buffer, payload.byteOffset);
    const token = view.getUint32(0);
    const sent = payloadOf(token);
    const isWhole = sent instanceof Uint8Array &&
      Buffer.compare(sent, payload) === 0;
    return isWhole ? token : NaN;
  }
  if (!isTokened(payload)) return NaN;
  const { token, pad } = payload;
  if (token <= 0) return pad === replyOf(-token).pad ? token : NaN;
  const sent = payloadOf(token);
  if (sent instanceof Uint8Array) return NaN;
  return pad === sent.pad ? token : NaN;
}

function isTokened(payload: unknown): payload is Tokened {
  return typeof payload === "object" && payload !== null &&
    "token" in payload && typeof payload.token === "number" &&
    "pad" in payload && typeof payload.pad === "string";
}

function padOf(token: number, length: number): string {
  return "abcdefghij".charAt(token % 10).repeat(length);
}
