import { LIMITS } from "../../core/limits.ts";
import { MESSAGE_TYPES, type MessageType } from "../../core/message.ts";
import { isWhole } from "../../core/message_check.ts";
import { nameProblem, topicProblem } from "../../core/topic.ts";
import {
  type Frame,
  FrameFlag,
  FrameKind,
  HeadTag,
  type ReceivedFrame,
  type Slab,
} from "../../transports/transport.ts";
import { KnownTexts } from "./known_texts.ts";
import { ReceivedEnvelope, type SharedHead } from "./received_envelope.ts";

/** By their numbers on the wire, the types that are read here. */
const TYPES: readonly (MessageType | undefined)[] = MESSAGE_TYPES.map((type) =>
  ["direct", "publish", "request"].includes(type) ? type : undefined
);
/** Bytes in front of a field's value: its tag and its length. */
const FIELD_BYTES = 3;
const ID_BYTES = 36;
const MAX_PRIORITY = 100;

/**
 * Reads what a client sends, as far as that can be done without making
 * anything of it but one object: almost all that is ever sent. Whatever is out
 * of the ordinary, or wrong, it leaves to be read field by field.
 */
export class SubmissionReader {
  readonly #sender: string;
  readonly #slab: Slab;
  readonly #names = new KnownTexts((name) => nameProblem(name) === undefined);
  readonly #topics = new KnownTexts((topic) =>
    topicProblem(topic) === undefined
  );
  // What the head says that is read; of one reader, as reading it makes nothing.
  #type: MessageType | undefined;
  #recipient: string | undefined;
  #topic: string | undefined;
  #ttlMs: number | undefined;
  #idAt = -1;
  #requestIdAt = -1;
  #correlationIdAt = -1;
  #last: SharedHead | undefined;

  /** Reads what is sent in the name of `sender`, and keeps it in `slab`. */
  constructor(sender: string, slab: Slab) {
    this.#sender = sender;
    this.#slab = slab;
  }

  /**
   * Reads a message that is sent directly, broadcast or published, or a request.
   *
   * @returns `undefined` if it is none, is wrong, or says more than these
   * mostly do: it is still to be read then.
   */
  read(frame: ReceivedFrame, timestamp: number): ReceivedEnvelope | undefined {
    const { priority, payloadBytes } = frame;
    if (priority > MAX_PRIORITY || !this.#readHead(frame)) return undefined;
    const type = this.#type;
    if (type === undefined || this.#idAt < 0) return undefined;
    if (!this.#isAddressed(frame, type)) return undefined;
    const { bytes, headAt, end, chunk } = frame;
    const at = this.#slab.keep(bytes, headAt, end, chunk);
    const block = this.#slab.kept;
    const shared = this.#sharedHead(frame, type);
    return new ReceivedEnvelope(shared, { block, at, payloadBytes }, timestamp);
  }

  /** That of the last message, unless this one's says anything else. */
  #sharedHead(
    { priority, flags, headBytes }: ReceivedFrame,
    type: MessageType,
  ): SharedHead {
    const last = this.#last;
    const requiresAck = (flags & FrameFlag.requiresAck) !== 0;
    const binary = (flags & FrameFlag.binary) !== 0;
    const isSame = last !== undefined && last.type === type &&
      last.recipient === this.#recipient && last.topic === this.#topic &&
      last.priority === priority && last.ttlMs === this.#ttlMs &&
      last.requiresAck === requiresAck && last.binary === binary &&
      last.headBytes === headBytes && last.idAt === this.#idAt &&
      last.requestIdAt === this.#requestIdAt &&
      last.correlationIdAt === this.#correlationIdAt;
    if (isSame) return last;
    this.#last = {
      sender: this.#sender,
      type,
      recipient: this.#recipient,
      topic: this.#topic,
      priority,
      ttlMs: this.#ttlMs,
      requiresAck,
      binary,
      headBytes,
      idAt: this.#idAt,
      requestIdAt: this.#requestIdAt,
      correlationIdAt: this.#correlationIdAt,
    };
    return this.#last;
  }

  /** Whether it says where it goes in the way of its type, and comes in the frame for that. */
  #isAddressed({ kind, aux }: Frame, type: MessageType): boolean {
    if (kind === FrameKind.request) {
      return type === "request" && this.#recipient !== undefined;
    }
    // A second number says that only its beginning is there.
    if (aux !== 0 || type === "request") return false;
    return type === "direct" ||
      (this.#topic !== undefined && this.#recipient === undefined);
  }

  /** Reads the fields. @returns Whether there are only such as are read here, each once, and right. */
  #readHead({ bytes, headAt, payloadAt, headBytes }: ReceivedFrame): boolean {
    if (headBytes > LIMITS.maxEnvelopeBytes) return false;
    this.#type =
      this.#recipient =
      this.#topic =
      this.#ttlMs =
        undefined;
    this.#idAt = this.#requestIdAt = this.#correlationIdAt = -1;
    let seen = 0;
    for (let at = headAt; at < payloadAt;) {
      const tag = bytes[at] as number;
      const start = at + FIELD_BYTES;
      const end = start + readUint16(bytes, at + 1);
      const isNew = tag < 31 && ((seen >>> tag) & 1) === 0;
      if (end > payloadAt || !isNew) return false;
      if (!this.#readField(tag, bytes, start, end, headAt)) return false;
      seen |= 1 << tag;
      at = end;
    }
    return true;
  }

  #readField(
    tag: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    headAt: number,
  ): boolean {
    switch (tag) {
      case HeadTag.type:
        this.#type = end - start === 1
          ? TYPES[bytes[start] as number]
          : undefined;
        return this.#type !== undefined;
      case HeadTag.id:
        this.#idAt = start - headAt;
        return end - start === ID_BYTES && isAscii(bytes, start, end);
      case HeadTag.recipient:
        this.#recipient = this.#names.read(bytes, start, end);
        return this.#recipient !== undefined;
      case HeadTag.topic:
        this.#topic = this.#topics.read(bytes, start, end);
        return this.#topic !== undefined;
      case HeadTag.requestId:
        this.#requestIdAt = start - headAt;
        return isId(bytes, start, end);
      case HeadTag.correlationId:
        this.#correlationIdAt = start - headAt;
        return isId(bytes, start, end);
      case HeadTag.ttlMs:
        this.#ttlMs = readTtl(bytes, start, end);
        return this.#ttlMs !== undefined;
      default:
        return false;
    }
  }
}

function isId(bytes: Uint8Array, start: number, end: number): boolean {
  return end > start && end - start <= LIMITS.maxIdChars &&
    isAscii(bytes, start, end);
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at] as number;
  return seen < 0x80;
}

/** A time to live that is right, and not over on arrival. */
function readTtl(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | undefined {
  if (end - start !== 8) return undefined;
  const ttlMs = new DataView(bytes.buffer, bytes.byteOffset + start)
    .getFloat64(0);
  return isWhole(ttlMs, LIMITS.maxDurationMs) && ttlMs > 0 ? ttlMs : undefined;
}

function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
