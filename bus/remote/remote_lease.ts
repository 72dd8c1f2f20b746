import type { Message } from "../../core/message.ts";
import {
  type FrameFields,
  FrameFlag,
  FrameKind,
} from "../../transports/transport.ts";
import type {
  Body,
  Consumer,
  ConsumerSpec,
  Held,
  HeldLease,
  Verdict,
} from "../consumer.ts";
import { payloadOf } from "./message_frame.ts";

/** Who takes what is said of leases to the bus. */
export interface LeaseHolder {
  /** Says how a lease ends. */
  settle(lease: RemoteLease, verdict: Verdict): void;
  /** Says something else of a lease that is open. */
  say(lease: RemoteLease, kind: FrameKind, fields: FrameFields): void;
}

/** The number of a lease of which nothing more is said. */
export const NO_NUMBER = -1;

/** A delivery that came over a connection. */
export class RemoteLease implements HeldLease {
  /** What the bus calls it; {@linkcode NO_NUMBER} once it is settled, or its connection lost. */
  number: number;
  /** Kept by its consumer. */
  held: Held | undefined = undefined;
  /** Which attempt it is. */
  readonly attempt: number;
  /** Whether it was handed out before, or may have been. */
  readonly redelivered: boolean;
  /** Whether a response is waited for. */
  readonly isRequest: boolean;
  /** Whether the message comes again if the holder fails. */
  readonly requiresAck: boolean;
  /** Who has it in hand. */
  readonly consumer: Consumer;
  readonly #holder: LeaseHolder;
  readonly #message: Message;
  readonly #failure: { readonly error: unknown } | undefined;

  /** A lease that is open; its message cannot be read if there is a `failure`. */
  constructor(
    number: number,
    { spec, consumer }: { spec: ConsumerSpec; consumer: Consumer },
    holder: LeaseHolder,
    { message, redelivered, failure }: {
      message: Message;
      redelivered: boolean;
      failure: { readonly error: unknown } | undefined;
    },
  ) {
    this.number = number;
    this.attempt = message.attempt;
    this.redelivered = redelivered;
    this.isRequest = spec.kind === "requests";
    this.requiresAck = message.requiresAck;
    this.consumer = consumer;
    this.#holder = holder;
    this.#message = message;
    this.#failure = failure;
  }

  message(): Message {
    if (this.#failure) throw this.#failure.error;
    return this.#message;
  }

  settle(verdict: Verdict): void {
    this.#holder.settle(this, verdict);
  }

  extend(): void {
    this.#holder.say(this, FrameKind.extend, {});
  }

  piece(body: Body): void {
    const { bytes, binary } = payloadOf(body);
    const flags = binary ? FrameFlag.binary : 0;
    this.#holder.say(this, FrameKind.piece, { flags, payload: bytes });
  }
}
