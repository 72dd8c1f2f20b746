import { checksum, CHECKSUM_BYTES } from "./checksum.ts";

/** Bytes of a frame's header, the length field included. */
export const HEADER_BYTES = 20;

/** Bytes of the header that the length field counts: all but itself. */
export const COUNTED_HEADER_BYTES = 16;

/** Bytes that the checksums of a frame take: one behind its header, one behind everything. */
export const FRAME_CHECKSUM_BYTES = 2 * CHECKSUM_BYTES;

/** The bits of a header's form. Bits without a name are 0, and ignored by who reads them. */
export const FrameForm = {
  /** There is a checksum behind the header, and one behind everything. */
  checksummed: 1,
} as const;

/** What a frame is for. The numbers are those on the wire, and never change their meaning. */
export const FrameKind = {
  /** Client to bus: the first frame, who the client is. */
  hello: 1,
  /** Bus to client: what was agreed. */
  welcome: 2,
  /** Both ways: why the sender closes. */
  goodbye: 3,
  /** Both ways: answered at once by a pong with the same id. */
  ping: 4,
  /** Both ways: answers a ping. */
  pong: 5,
  /** Client to bus: a message. */
  send: 10,
  /** Client to bus: a message that wants a reply. */
  request: 11,
  /** Client to bus: starts a consumer. */
  attach: 12,
  /** Bus to client: the consumer is there. */
  attached: 13,
  /** Client to bus: ends a consumer. */
  detach: 14,
  /** Bus to client: the consumer is gone. */
  detached: 15,
  /** Bus to client: the message of a send was accepted. */
  accepted: 20,
  /** Bus to client: an operation was refused. */
  refused: 21,
  /** Bus to client: so many more sends may come. */
  credit: 22,
  /** Bus to client: one copy of a message, under a lease. */
  deliver: 30,
  /** Client to bus: handled. */
  ack: 31,
  /** Client to bus: try again. */
  nack: 32,
  /** Client to bus: refused for good. */
  reject: 33,
  /** Client to bus: still working. */
  extend: 34,
  /** Bus to client: the lease is over. */
  leaseEnd: 35,
  /** Both ways: the one reply to a request. */
  reply: 40,
  /** Both ways: one piece of a streamed reply. */
  piece: 41,
  /** Both ways: the stream of pieces is complete. */
  end: 42,
  /** Both ways: the request failed. */
  fail: 43,
  /** Client to bus: the requester gave up. */
  cancel: 44,
  /** Both ways: so many more pieces may come. */
  grant: 45,
} as const;

/** What a frame is for, as its number on the wire. */
export type FrameKind = typeof FrameKind[keyof typeof FrameKind];

/** The bits of a frame's flags. Bits without a name are 0, and ignored by who reads them. */
export const FrameFlag = {
  /** The payload is bytes, not JSON. */
  binary: 1,
  /** Delivery is at-least-once, and the send is answered. */
  requiresAck: 2,
  /** The requester wants pieces, not one reply. */
  stream: 4,
  /** This copy was handed out before. */
  redelivered: 8,
  /** What is in hand may still be settled. */
  drain: 16,
  /** Of a nack: the bus decides when to try again. */
  policy: 32,
  /** Of a nack: do not try again. */
  giveUp: 64,
  /** Of a nack: its handler never began, so it is no failure. */
  unstarted: 128,
} as const;

/** A frame as it is sent: its header's fields, and a body that it writes itself. */
export interface OutgoingFrame {
  /** What it is for. */
  readonly kind: FrameKind;
  /** Bits of {@linkcode FrameFlag}. */
  readonly flags: number;
  /** Urgency of the message it carries, 0 to 100; 0 where it carries none. */
  readonly priority: number;
  /** Which operation, consumer or lease it is about, 0 to 2^32 - 1. */
  readonly id: number;
  /** A second number whose meaning the kind gives, 0 to 2^32 - 1. */
  readonly aux: number;
  /** How many bytes the encoded envelope takes; 0 where there is none. */
  readonly headBytes: number;
  /** How many bytes the payload takes; 0 where there is none. */
  readonly payloadBytes: number;
  /**
   * Writes the head, and the payload right behind it, into `target` from
   * `offset` on, where just so many bytes are kept for them. Called once for
   * each time it is sent, while it is sent; not where both are empty.
   */
  writeBody(target: Uint8Array, offset: number): void;
}

/** One frame: a header of fixed size, then the head, then the payload. */
export interface Frame extends OutgoingFrame {
  /** The encoded envelope; empty where there is none. */
  readonly head: Uint8Array;
  /** The payload; empty where there is none. */
  readonly payload: Uint8Array;
}

/** What may be said of a frame that is made by {@linkcode frame}. */
export type FrameFields = Partial<
  Pick<Frame, "flags" | "priority" | "id" | "aux" | "head" | "payload">
>;

/** A head or payload of no bytes. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A frame of one kind; what `fields` leaves out is 0 or empty. */
export function frame(kind: FrameKind, fields: FrameFields = {}): Frame {
  return new WholeFrame(kind, fields);
}

/** A frame whose head and payload are there as bytes. */
class WholeFrame implements Frame {
  readonly kind: FrameKind;
  readonly flags: number;
  readonly priority: number;
  readonly id: number;
  readonly aux: number;
  readonly head: Uint8Array;
  readonly payload: Uint8Array;

  constructor(kind: FrameKind, fields: FrameFields) {
    this.kind = kind;
    this.flags = fields.flags ?? 0;
    this.priority = fields.priority ?? 0;
    this.id = fields.id ?? 0;
    this.aux = fields.aux ?? 0;
    this.head = fields.head ?? NO_BYTES;
    this.payload = fields.payload ?? NO_BYTES;
  }

  get headBytes(): number {
    return this.head.length;
  }

  get payloadBytes(): number {
    return this.payload.length;
  }

  writeBody(target: Uint8Array, offset: number): void {
    const { head, payload } = this;
    if (head.length > 0) target.set(head, offset);
    if (payload.length > 0) target.set(payload, offset + head.length);
  }
}

/** A frame that is its header alone, to be changed and sent again. */
export class BareFrame implements OutgoingFrame {
  /** What it is for. */
  readonly kind: FrameKind;
  /** Bits of {@linkcode FrameFlag}. */
  flags = 0;
  /** None of a message. */
  readonly priority = 0;
  /** Which operation, consumer or lease it is about. */
  id = 0;
  /** A second number whose meaning the kind gives. */
  aux = 0;
  /** It has no head. */
  readonly headBytes = 0;
  /** It has no payload. */
  readonly payloadBytes = 0;

  /** A frame whose numbers are 0. */
  constructor(kind: FrameKind) {
    this.kind = kind;
  }

  /** There is nothing to write. */
  writeBody(): void {}
}

/**
 * The kinds that travel in front of all others of their direction: what they
 * say does not depend on the frames they overtake, and must not wait for them.
 */
export const CONTROL_KINDS: ReadonlySet<FrameKind> = new Set<FrameKind>([
  FrameKind.ping,
  FrameKind.pong,
  FrameKind.ack,
  FrameKind.nack,
  FrameKind.reject,
  FrameKind.extend,
  FrameKind.credit,
  FrameKind.grant,
]);

const KNOWN_KINDS = flagTable(Object.values(FrameKind));
const CONTROL_TABLE = flagTable(CONTROL_KINDS);

/** Whether a number read from the wire is a kind of this version. */
export function isFrameKind(kind: number): kind is FrameKind {
  return KNOWN_KINDS[kind] === 1;
}

/** Whether a kind is one of {@linkcode CONTROL_KINDS}. */
export function isControlKind(kind: FrameKind): boolean {
  return CONTROL_TABLE[kind] === 1;
}

/** Bytes that a frame takes on the wire. */
export function frameBytes(frame: OutgoingFrame, checksums = false): number {
  const bytes = HEADER_BYTES + frame.headBytes + frame.payloadBytes;
  return checksums ? bytes + FRAME_CHECKSUM_BYTES : bytes;
}

/**
 * Writes a frame into `target`, where it must fit, from `offset` on.
 *
 * @returns The offset of the first byte after it.
 */
export function writeFrame(
  frame: OutgoingFrame,
  target: Uint8Array,
  offset: number,
  checksums = false,
): number {
  const { headBytes, payloadBytes } = frame;
  const sumBytes = checksums ? CHECKSUM_BYTES : 0;
  const bodyAt = offset + HEADER_BYTES + sumBytes;
  const end = bodyAt + headBytes + payloadBytes + sumBytes;
  writeUint32(target, offset, end - offset - 4);
  target[offset + 4] = frame.kind;
  target[offset + 5] = frame.flags;
  target[offset + 6] = frame.priority;
  target[offset + 7] = checksums ? FrameForm.checksummed : 0;
  writeUint32(target, offset + 8, frame.id);
  writeUint32(target, offset + 12, frame.aux);
  writeUint32(target, offset + 16, headBytes);
  if (headBytes + payloadBytes > 0) frame.writeBody(target, bodyAt);
  if (checksums) writeChecksums(target, offset, end);
  return end;
}

/** Reads four bytes, big-endian, as a number from 0 to 2^32 - 1. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  // Four calls of `byteAt()` would be too much for the engine to inline: a tenth
  // of the time of a frame.
  return (((bytes[offset] as number) << 24) |
    ((bytes[offset + 1] as number) << 16) |
    ((bytes[offset + 2] as number) << 8) |
    (bytes[offset + 3] as number)) >>> 0;
}

/** Adds the checksums of a frame that is written but for them. */
function writeChecksums(target: Uint8Array, offset: number, end: number): void {
  const headerEnd = offset + HEADER_BYTES;
  const ofHeader = checksum(target, offset, headerEnd);
  writeUint32(target, headerEnd, ofHeader);
  // Goes on from the header's, so that a body counts behind its own header only.
  const bodyAt = headerEnd + CHECKSUM_BYTES;
  const ofAll = checksum(target, bodyAt, end - CHECKSUM_BYTES, ofHeader);
  writeUint32(target, end - CHECKSUM_BYTES, ofAll);
}

/** Writes a number from 0 to 2^32 - 1 in four bytes, big-endian. */
export function writeUint32(
  bytes: Uint8Array,
  offset: number,
  value: number,
): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** One byte per number, 1 for those given: asked once per frame, where a Set is slow. */
function flagTable(numbers: Iterable<number>): Uint8Array {
  const table = new Uint8Array(256);
  for (const number of numbers) table[number] = 1;
  return table;
}
