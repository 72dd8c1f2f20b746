/**
 * The reasons a bus operation can fail, as a closed set. Callers branch on the
 * code, never on the text of an error.
 */
export type BusErrorCode =
  | "invalid_message" // The message breaks a rule of its form; sending it again changes nothing.
  | "too_large" // The encoded message is over `maxMessageBytes`.
  | "expired" // The time to live had ended before anybody could handle it.
  | "backpressure_timeout" // No room came free before the sender's wait ended.
  | "overflow" // A bounded queue was full and its policy is to refuse.
  | "no_recipient" // Nobody serves the name that a request was sent to.
  | "request_timeout" // No reply came before the deadline; the work may have happened.
  | "cancelled" // The other side gave the work up.
  | "routing_failed" // A routing rule's handler threw.
  | "rejected" // A handler, a peer or a policy said no and will say no again.
  | "remote" // The responder threw; the text is the responder's.
  | "unreachable" // The peer, or the address, is not there at the moment.
  | "protocol" // The peer broke the wire protocol.
  | "unauthorized" // The peer did not prove who it is.
  | "forbidden" // The peer may not do this.
  | "rate_limited" // The peer does this too often.
  | "storage" // The store could not keep the message.
  | "closed"; // The bus, agent, connection or subscription was already closed.

/** Every code; one left out here does not compile. */
const CODES: Readonly<Record<BusErrorCode, true>> = {
  invalid_message: true,
  too_large: true,
  expired: true,
  backpressure_timeout: true,
  overflow: true,
  no_recipient: true,
  request_timeout: true,
  cancelled: true,
  routing_failed: true,
  rejected: true,
  remote: true,
  unreachable: true,
  protocol: true,
  unauthorized: true,
  forbidden: true,
  rate_limited: true,
  storage: true,
  closed: true,
};

/** Whether a value, such as one that a peer sent, is a code. */
export function isBusErrorCode(value: unknown): value is BusErrorCode {
  return typeof value === "string" && Object.hasOwn(CODES, value);
}

const RETRYABLE: ReadonlySet<BusErrorCode> = new Set<BusErrorCode>([
  "backpressure_timeout",
  "overflow",
  "no_recipient",
  "request_timeout",
  "unreachable",
  "rate_limited",
  "storage",
]);

/** Options of {@linkcode BusError}. */
export interface BusErrorOptions {
  /** The message that the failure is about. */
  messageId?: string;
  /** What led to this error. */
  cause?: unknown;
  /**
   * Whether the same call may succeed later without a change by the caller.
   *
   * @default {whatever holds for the code, see the reference of errors}
   */
  retryable?: boolean;
}

/** The one error that bus operations fail with. */
export class BusError extends Error {
  /** Why the operation failed. */
  readonly code: BusErrorCode;
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** The message that the failure is about, when there is one. */
  readonly messageId?: string;

  /** Makes an error with a code and a text for people. */
  constructor(
    code: BusErrorCode,
    message: string,
    options: BusErrorOptions = {},
  ) {
    super(
      message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "BusError";
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
    if (options.messageId !== undefined) this.messageId = options.messageId;
  }
}

/** Whether it is an error of the bus. Safe for whatever was thrown, also for what throws when it is looked at. */
export function isBusError(thrown: unknown): thrown is BusError {
  try {
    return thrown instanceof BusError;
  } catch {
    return false;
  }
}

/** An error of the bus as it is; whatever else was thrown as the cause of one with code `"cancelled"`. */
export function toBusError(thrown: unknown): BusError {
  if (isBusError(thrown)) return thrown;
  return new BusError("cancelled", errorText(thrown), { cause: thrown });
}

/** The text of whatever was thrown, cut to what a record keeps. */
export function errorText(thrown: unknown, maxChars = 4_096): string {
  let text: string;
  try {
    // Whatever stands where the text should be, it is made one here, where it may fail.
    text = String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    text = "a value that cannot be shown";
  }
  return text.length <= maxChars ? text : text.slice(0, maxChars - 1) + "…";
}
