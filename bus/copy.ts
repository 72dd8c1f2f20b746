import type { Deadline } from "../core/deadlines.ts";
import type { Prioritised } from "../core/priority_queue.ts";
import type { KeptCopy } from "./durable/kept_copy.ts";
import type { Envelope } from "./envelope.ts";
import type { WaitingCopy } from "./history.ts";
import type { Lease } from "./lease.ts";
import type { Mailbox } from "./mailbox.ts";
import type { MessageRecord } from "./message_record.ts";
import type { OpenRequest } from "./requests.ts";

/** Where a copy is: in exactly one of these. */
export type CopyState = "ready" | "delayed" | "leased" | "done";

/** One message for one recipient, from accept until it is handled or given up. */
export class Copy implements Prioritised, WaitingCopy {
  /** Order of accept. */
  readonly seq: number;
  /** When the bus accepted it, by the monotonic clock. */
  readonly acceptedAt: number;
  /** The message. */
  readonly envelope: Envelope;
  /** Where it waits. */
  readonly mailbox: Mailbox;
  /** What the history knows of the message; nothing of an only copy that nobody has had. */
  record: MessageRecord | undefined;
  /** Its place in the history, as long as it has no record. */
  place = -1;
  /** What the store has of it; nothing where it is in memory alone. */
  readonly kept: KeptCopy | undefined;
  /** The request that it asks, while somebody waits for the reply. */
  request: OpenRequest | undefined;
  /** Where it is. */
  state: CopyState = "ready";
  /** How often it was handed out. */
  attempts = 0;
  /** How often its handler failed. */
  failures = 0;
  /** How often it came back because its consumer left. */
  returns = 0;
  /** Whoever has it in hand. */
  lease: Lease | undefined;
  /** When its time to live ends. */
  expiry: Deadline | undefined;
  /** When it is to be tried again. */
  delay: Deadline | undefined;

  /** A copy that is ready to be handed out. */
  constructor(
    init: {
      seq: number;
      acceptedAt: number;
      envelope: Envelope;
      mailbox: Mailbox;
      record: MessageRecord | undefined;
      kept: KeptCopy | undefined;
    },
  ) {
    this.seq = init.seq;
    this.acceptedAt = init.acceptedAt;
    this.envelope = init.envelope;
    this.mailbox = init.mailbox;
    this.record = init.record;
    this.kept = init.kept;
  }

  /** Urgency, after the rules. */
  get priority(): number {
    return this.envelope.head.priority;
  }

  /** When its time to live ends, by the monotonic clock; `undefined` if never. */
  get expiresAt(): number | undefined {
    const { ttlMs } = this.envelope.head;
    if (ttlMs === undefined) return undefined;
    return this.kept?.expiresAt ?? this.acceptedAt + ttlMs;
  }

  /** Whether the first pieces of its reply have gone out: it cannot be begun anew. */
  get isAnsweredInPart(): boolean {
    return this.request !== undefined && this.request.pieces > 0;
  }

  /** Whether its time to live has ended at `nowMs` of the monotonic clock. */
  isExpired(nowMs: number): boolean {
    const { expiresAt } = this;
    return expiresAt !== undefined && nowMs >= expiresAt;
  }
}
