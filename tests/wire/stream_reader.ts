import {
  decodeObject,
  readHello,
  readSpec,
  readWelcome,
} from "../../bus/remote/protocol.ts";
import { readSubmission } from "../../bus/remote/submission_frame.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import {
  checkAddress,
  checkFields,
  type MessageFields,
} from "../../core/message_check.ts";
import {
  decodeEnvelope,
  decodePayload,
  type Frame,
  FrameFlag,
  FrameKind,
  Slab,
} from "../../transports/transport.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { wayOf } from "./ways.ts";

/** Who reads a stream. */
export type Role = "bus" | "client";

/** How far the conversation is when the stream begins. */
export type Phase = "handshake" | "open";

/** What one frame says, in the words of the wire protocol's page. */
export type ReadFrame = Record<string, unknown>;

/** What a stream says, and how it ends: inside a frame or not, refused, or with a goodbye. */
export interface ReadStream {
  /** Its frames, in order. */
  readonly frames: ReadFrame[];
  /** Bytes of a frame that is not complete. */
  readonly pending?: number;
  /** Why the rest has no meaning. */
  readonly refusal?: string;
  /** A goodbye was read: nothing after it counts. */
  readonly closed?: boolean;
}

const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });
const FAILURE = ["code", "message", "reason", "messageId"];

/** Reads a stream as a bus or a client does, with the library's own decoders and checks. */
export class StreamReader {
  /** The decoder at the bottom, for its buffers to be looked at. */
  readonly decoder: FrameDecoder;
  readonly #role: Role;
  readonly #maxMessageBytes: number;
  readonly #frames: ReadFrame[] = [];
  readonly #slab = new Slab();
  #greeted: boolean;
  #closed = false;
  #refusal: string | undefined;

  /** At the start of a stream, between two who have agreed on checksums, or are about to, or not. */
  constructor(
    role: Role,
    phase: Phase,
    maxMessageBytes: number,
    checksums = false,
  ) {
    this.#role = role;
    this.#maxMessageBytes = maxMessageBytes;
    this.#greeted = phase === "open";
    this.decoder = new FrameDecoder(
      this.#greeted ? frameLimit(maxMessageBytes) : LIMITS.handshakeFrameBytes,
      // What a client wants, a bus sees in the first frame.
      role === "bus" && phase === "handshake" ? "as-first" : checksums,
    );
  }

  /**
   * Takes the next bytes.
   *
   * @throws Whatever is not a `BusError`: nothing else may come out of a decoder.
   */
  take(chunk: Uint8Array): void {
    if (this.#refusal !== undefined) return;
    try {
      this.decoder.push(chunk, (frame) => this.#frames.push(this.#read(frame)));
    } catch (error) {
      this.#refusal = codeOf(error);
    }
  }

  /** What was read so far. */
  result(): ReadStream {
    const frames = this.#frames;
    if (this.#refusal !== undefined) return { frames, refusal: this.#refusal };
    if (this.#closed) return { frames, closed: true };
    return { frames, pending: this.decoder.pendingBytes };
  }

  #read(frame: Frame): ReadFrame {
    const { kind, name } = this.#checkOrder(frame);
    const { flags, priority, id, aux } = frame;
    const read = { kind: name, flags, priority, id, aux };
    return { ...read, ...this.#contentOf(frame, kind) };
  }

  /** What a session and a remote link do in their first switch. */
  #checkOrder({ kind }: Frame): { kind: FrameKind; name: string } {
    const { name, reader } = wayOf(kind);
    if (reader !== "both" && reader !== this.#role) refuse();
    if (kind === FrameKind.ping || kind === FrameKind.pong) {
      return { kind, name };
    }
    const isBus = this.#role === "bus";
    const greeting = isBus ? FrameKind.hello : FrameKind.welcome;
    if (kind === FrameKind.goodbye && (this.#greeted || !isBus)) {
      this.#closed = true;
      this.decoder.stop();
    } else if (this.#greeted === (kind === greeting)) {
      refuse();
    }
    return { kind, name };
  }

  #contentOf(frame: Frame, kind: FrameKind): ReadFrame {
    switch (kind) {
      case FrameKind.hello: {
        const { name, instance, durable } = readHello(frame.payload);
        this.#greet(this.#maxMessageBytes);
        return { body: { name, instance, durable } };
      }
      case FrameKind.welcome: {
        const { bus: _, ...numbers } = readWelcome(frame.payload);
        this.#greet(numbers.maxMessageBytes);
        return { body: numbers };
      }
      case FrameKind.attach:
        return orRefusal(() => ({ body: present(readSpec(frame.payload)) }));
      case FrameKind.accepted:
      case FrameKind.nack:
        return { text: TEXT.decode(frame.payload) };
      case FrameKind.goodbye:
        return this.#role === "bus" ? {} : failureOf(frame);
      case FrameKind.refused:
      case FrameKind.reject:
      case FrameKind.fail:
        return failureOf(frame);
      case FrameKind.send:
      case FrameKind.request:
        return orRefusal(() => this.#submissionOf(frame));
      case FrameKind.deliver:
      case FrameKind.reply:
      case FrameKind.piece:
        return this.#role === "client"
          ? { envelope: decodeEnvelope(frame.head), payload: payloadOf(frame) }
          : { payload: payloadOf(frame) };
      default:
        return {};
    }
  }

  #greet(maxMessageBytes: number): void {
    this.#greeted = true;
    this.decoder.maxFrameBytes = frameLimit(maxMessageBytes);
  }

  #submissionOf(frame: Frame): ReadFrame {
    const { id, fields } = readSubmission(frame, "reader", this.#slab);
    const { sender: _, priority: __, requiresAck: ___, ...said } = fields;
    checkSent(frame.kind, fields);
    const { type, deduplicationId } = decodeEnvelope(frame.head);
    checkFields(fields);
    if (fields.ttlMs === 0) throw new BusError("expired", "At once");
    const isCut = frame.kind === FrameKind.send && frame.aux > 0;
    return {
      envelope: present({ ...said, type, deduplicationId, id }),
      payload: isCut ? { bytes: frame.payload.toHex() } : payloadOf(frame),
    };
  }
}

/** The code of an error that a decoder may throw. */
export function codeOf(error: unknown): string {
  if (error instanceof BusError) return error.code;
  throw error;
}

function frameLimit(maxMessageBytes: number): number {
  return maxMessageBytes + 2 * LIMITS.maxEnvelopeBytes;
}

function refuse(): never {
  throw new BusError("protocol", "Cannot read frame as it is out of order");
}

/** As a session does: a direct message without recipient is a broadcast, and a request without one finds nobody. */
function checkSent(kind: FrameKind, fields: MessageFields): void {
  if (kind === FrameKind.request || fields.type === "direct") return;
  if (fields.type === "publish") return checkAddress(fields);
  throw new BusError("invalid_message", "Cannot send message of this type");
}

function failureOf({ payload }: Frame): ReadFrame {
  const body = decodeObject("failure", payload);
  const members = FAILURE.filter((name) => Object.hasOwn(body, name));
  return {
    body: Object.fromEntries(members.map((name) => [name, body[name]])),
  };
}

function payloadOf({ flags, payload }: Frame): ReadFrame {
  return orRefusal(() => {
    const value = decodePayload(payload, (flags & FrameFlag.binary) !== 0);
    return value instanceof Uint8Array
      ? { bytes: value.toHex() }
      : { json: value };
  });
}

function orRefusal(read: () => ReadFrame): ReadFrame {
  try {
    return read();
  } catch (error) {
    return { refusal: codeOf(error) };
  }
}

function present(fields: object): ReadFrame {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
}
