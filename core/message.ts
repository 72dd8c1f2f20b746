/** What a message is for. */
export type MessageType =
  | "direct"
  | "publish"
  | "subscribe"
  | "unsubscribe"
  | "request"
  | "response"
  | "ack"
  | "error"
  | "heartbeat"
  | "control";

/** Every {@linkcode MessageType}, in the order of their numbers on the wire. */
export const MESSAGE_TYPES: readonly MessageType[] = [
  "direct",
  "publish",
  "subscribe",
  "unsubscribe",
  "request",
  "response",
  "ack",
  "error",
  "heartbeat",
  "control",
];

/**
 * One message, as the bus accepted it. In process it is handed over by
 * reference: neither the sender nor a receiver may change it or its payload.
 */
export interface Message<P = unknown> {
  /** UUID of version 7, given by the bus. */
  readonly id: string;
  /** What the message is for. */
  readonly type: MessageType;
  /** The agent that sent it; set by the bus. */
  readonly sender: string;
  /** The agent it is for; absent on publishes and broadcasts. */
  readonly recipient?: string;
  /** What it is about, as dot-separated tokens: `"jobs.build.done"`. */
  readonly topic?: string;
  /** Joins a response to its request. */
  readonly requestId?: string;
  /** Joins the messages of one conversation; replies inherit it. */
  readonly correlationId?: string;
  /** Any JSON value, or a `Uint8Array`. */
  readonly payload: P;
  /** Urgency as a whole number from 0 to 100; higher goes first; 50 unless said otherwise. */
  readonly priority: number;
  /** When the bus accepted it, in milliseconds since the Unix epoch. */
  readonly timestamp: number;
  /** Time to live from then on, in milliseconds. */
  readonly ttlMs?: number;
  /** 1 on the first delivery, one more on each that follows. */
  readonly attempt: number;
  /** Whether delivery is at-least-once (`true`) or at-most-once (`false`). */
  readonly requiresAck: boolean;
  /** `traceparent`, `content-type`, and whatever the user adds. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a user may say of a message; the bus adds the rest. */
export type MessageInit<P = unknown> =
  & Pick<Message<P>, "type" | "sender" | "payload">
  & Partial<
    Pick<
      Message<P>,
      | "recipient"
      | "topic"
      | "requestId"
      | "correlationId"
      | "priority"
      | "ttlMs"
      | "requiresAck"
      | "headers"
    >
  >
  & {
    /**
     * A second send by the same sender with the same value, within two minutes,
     * adds nothing and resolves to the first one's id.
     */
    readonly deduplicationId?: string;
  };
