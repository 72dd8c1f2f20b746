import type { CopyUpdate } from "./copy_update.ts";
import type { KeptMailbox } from "./kept_mailboxes.ts";

/** A message with several recipients, whose copies share its record. */
export interface KeptMessage {
  /** Its record. */
  readonly key: number;
  /** Copies that have not ended: with the last one it goes. */
  open: number;
}

/** What is known of a copy beside its record and its mailbox. */
export interface KeptCopyInit {
  /** Its message's record, where it is not its own. */
  readonly message?: KeptMessage | undefined;
  /** When its message came in again, by the wall clock. @default {0: when it was sent} */
  readonly acceptedAt?: number;
  /** What it brings from before a restart. */
  readonly restored?: { readonly expiresAt: number | undefined };
}

/** What the store has of a copy. */
export class KeptCopy {
  /** Its record. */
  readonly key: number;
  /** The mailbox's record. */
  readonly mailbox: KeptMailbox;
  /** The message's record, where it is not its own. */
  readonly message: KeptMessage | undefined;
  /** When its message came in again, by the wall clock; 0 if that was when it was sent. */
  readonly acceptedAt: number;
  /** When its time to live ends, by the monotonic clock, where it began before a restart. */
  readonly expiresAt: number | undefined;
  /** Whether it was accepted before a restart: it may have been handed out then. */
  readonly isRestored: boolean;
  /** The last change of its state, which may be taken out until a commit has taken it. */
  update: CopyUpdate | undefined;

  /** A copy that is in the store, or about to be. */
  constructor(
    key: number,
    mailbox: KeptMailbox,
    { message, acceptedAt = 0, restored }: KeptCopyInit = {},
  ) {
    this.key = key;
    this.mailbox = mailbox;
    this.message = message;
    this.acceptedAt = acceptedAt;
    this.isRestored = restored !== undefined;
    this.expiresAt = restored?.expiresAt;
  }
}
