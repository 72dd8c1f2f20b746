import type { Message } from "../core/message.ts";
import type { Payload } from "../transports/transport.ts";

/** The payload of a reply: as a value, with its size, or as the bytes it came in. */
export type Body =
  | { readonly value: unknown; readonly bytes: number }
  | { readonly encoded: Payload };

/** What its holder makes of a delivery. */
export type Verdict =
  | { readonly kind: "ack" }
  | {
    readonly kind: "nack";
    /** Wait before the next attempt; left out, the retry policy decides. */
    readonly delayMs?: number;
    /** The retry policy of the holder has given up. */
    readonly giveUp?: boolean;
    readonly reason?: string;
  }
  | { readonly kind: "reject"; readonly reason: string }
  | { readonly kind: "return" } // never begun: it is for another, and no failure
  | { readonly kind: "reply"; readonly body: Body }
  | { readonly kind: "end" } // the streamed reply is whole
  | { readonly kind: "fail"; readonly message: string }; // the responder threw

/** Why a delivery was taken from its holder. */
export type LeaseEnd =
  | "timeout"
  | "cancelled"
  | "deadline"
  | "closed"
  | "disconnected";

/** What whoever handles a delivery keeps for it. */
export interface Held {
  /** The lease has ended. */
  end(cause: LeaseEnd): void;
  /** Further pieces of a streamed reply may be sent. */
  grant(pieces: number): void;
}

/** A delivery in the hands of whoever handles it. */
export interface HeldLease {
  /** Kept by the consumer that has it. */
  held?: Held;
  /** Which attempt it is, from 1. */
  readonly attempt: number;
  /** Whether it was handed out before, or may have been. */
  readonly redelivered: boolean;
  /** Whether a response is waited for. */
  readonly isRequest: boolean;
  /** Whether the message comes again if the holder fails. */
  readonly requiresAck: boolean;
  /**
   * The message.
   *
   * @throws {BusError} With code `"invalid_message"` if its payload cannot be read.
   */
  message(): Message;
  /** Ends the delivery. A second call, or one after the lease has ended, changes nothing. */
  settle(verdict: Verdict): void;
  /** Starts the ack deadline anew. */
  extend(): void;
  /** Sends one piece of a streamed reply; the holder keeps to what it was granted. */
  piece(body: Body): void;
}

/** Where deliveries go. No method may throw. */
export interface Consumer<L extends HeldLease = HeldLease> {
  /** Whether a delivery would be started now. */
  ready(): boolean;
  /** Hands over a delivery. */
  take(lease: L): void;
  /** Takes a delivery away again. */
  ended(lease: L, cause: LeaseEnd): void;
  /** Allows further pieces of a streamed reply. */
  granted(lease: L, pieces: number): void;
}

/** What a consumer takes in, and how. */
export interface ConsumerSpec {
  /** Direct messages and broadcasts, requests, or publishes. */
  readonly kind: "direct" | "requests" | "topic";
  /** The topics; of requests, all if left out. */
  readonly pattern?: string;
  /** The group it shares publishes with. */
  readonly queue?: string;
  /** The name under which the subscription outlives its consumer. */
  readonly durable?: string;
  /** Deliveries in hand at the same time. */
  readonly concurrency: number;
  /** How long one may take, in milliseconds; the bus's own if left out. */
  readonly ackTimeoutMs?: number;
  /** Failures after which a message is given up; the bus's own if left out. */
  readonly maxAttempts?: number;
  /** Messages that may wait; the bus's own if left out. */
  readonly maxMessages?: number;
  /** What happens to the next one then; the bus's own if left out. */
  readonly overflow?: "wait" | "reject" | "drop-oldest" | "drop-newest";
}
