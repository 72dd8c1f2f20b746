import type { Connection } from "./connection.ts";

export type { Connection };

/** Where peers arrive. Iterating yields each connection once; the loop ends on close. */
export interface TransportListener
  extends AsyncIterable<Connection>, AsyncDisposable {
  /** Where it listens, for logs and for the inspector. */
  readonly address: string;
  /** Takes no more connections; those taken stay open. Safe to call twice. */
  close(): Promise<void>;
}

/** A way between processes, or within one. */
export interface Transport {
  /** A word for logs and for the inspector: `"unix"`. */
  readonly name: string;
  /**
   * Starts to listen.
   *
   * @throws {BusError} With code `"unreachable"` if the address is taken or
   * cannot be used.
   */
  listen(): Promise<TransportListener>;
  /**
   * Connects to whoever listens.
   *
   * @throws {BusError} With code `"unreachable"` if nobody listens; the
   * `reason` of `signal` as soon as it aborts.
   */
  dial(options?: { signal?: AbortSignal }): Promise<Connection>;
}

export {
  BareFrame,
  CONTROL_KINDS,
  type Frame,
  frame,
  frameBytes,
  type FrameFields,
  FrameFlag,
  FrameKind,
  HEADER_BYTES,
  type OutgoingFrame,
} from "./wire/frame.ts";
export type { ReceivedFrame } from "./wire/received_frame.ts";
export {
  FrameChannel,
  type FrameChannelOptions,
  type Instant,
} from "./wire/channel.ts";
export { copyBytes } from "./wire/copy_bytes.ts";
export { MessageEncoder } from "./wire/message_encoder.ts";
export { decodeEnvelope } from "./wire/envelope_decoder.ts";
export { EnvelopeReader, type TextSource } from "./wire/envelope_reader.ts";
export {
  encodeEnvelope,
  EnvelopeEncoder,
  type EnvelopeFields,
} from "./wire/envelope.ts";
export {
  decodePayload,
  encodePayload,
  jsonOf,
  type Payload,
  PayloadEncoder,
} from "./wire/payload.ts";
export { Slab } from "./wire/slab.ts";
export { HeadTag } from "./wire/head_tag.ts";
export { readText } from "./wire/text.ts";
