import type { ChainLink } from "../core/chain.ts";
import type { Deadline } from "../core/deadlines.ts";
import type { Message } from "../core/message.ts";
import type { Body, Held, HeldLease, Verdict } from "./consumer.ts";
import type { Copy } from "./copy.ts";
import { onAttempt } from "./envelope.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Attachment } from "./mailbox.ts";
import type { DeliveryNote } from "./message_record.ts";

/** A copy in the hands of a consumer, from its start until it is settled or taken back. */
export class Lease implements HeldLease, ChainLink<Lease> {
  /** What is handed out. */
  readonly copy: Copy;
  /** To whom. */
  readonly attachment: Attachment;
  /** Which attempt it is. */
  readonly attempt: number;
  /** When it must be settled; none where no ack is required. */
  deadline: Deadline | undefined = undefined;
  /** What its consumer calls it on a connection; 0 in process. */
  number = 0;
  /** Kept by the chain of leases that its consumer holds. */
  previous: Lease | undefined = undefined;
  /** Kept by the same. */
  next: Lease | undefined = undefined;
  /** Kept by its consumer. */
  held: Held | undefined = undefined;
  /** Where the history has it. */
  readonly note: DeliveryNote;
  readonly #deliveries: Deliveries;

  /** Called by {@linkcode Deliveries.start}. */
  constructor(
    deliveries: Deliveries,
    copy: Copy,
    attachment: Attachment,
    note: DeliveryNote,
  ) {
    this.#deliveries = deliveries;
    this.copy = copy;
    this.attachment = attachment;
    this.attempt = copy.attempts;
    this.note = note;
  }

  /** Whether it was handed out before, or may have been: before a restart nobody may have been told. */
  get redelivered(): boolean {
    return this.attempt > 1 || this.copy.kept?.isRestored === true;
  }

  /** Whether a response is waited for. */
  get isRequest(): boolean {
    return this.attachment.spec.kind === "requests";
  }

  /** Whether the message comes again if the holder fails. */
  get requiresAck(): boolean {
    return this.copy.envelope.head.requiresAck;
  }

  /** The message, on this attempt. */
  message(): Message {
    return onAttempt(this.copy.envelope, this.attempt);
  }

  /** Ends the delivery. */
  settle(verdict: Verdict): void {
    this.#deliveries.settle(this, verdict);
  }

  /** Starts the ack deadline anew. */
  extend(): void {
    this.#deliveries.extend(this);
  }

  /** Sends one piece of a streamed reply. */
  piece(body: Body): void {
    this.#deliveries.piece(this, body);
  }
}
