import type { Change } from "../../storage/store.ts";
import type { KeptMailbox } from "./kept_mailboxes.ts";

/** A message with several recipients, whose copies share its record. */
export interface KeptMessage {
  /** Its record. */
  readonly key: number;
  /** Copies that have not ended: with the last one it goes. */
  open: number;
}

/** What the store has of a copy. */
export class KeptCopy {
  /** Its record. */
  readonly key: number;
  /** The mailbox's record. */
  readonly mailbox: KeptMailbox;
  /** The message's record, where it is not its own. */
  readonly message: KeptMessage | undefined;
  /** When its time to live ends, by the monotonic clock, where it began before a restart. */
  readonly expiresAt: number | undefined;
  /** Whether it was accepted before a restart: it may have been handed out then. */
  readonly isRestored: boolean;
  /** The last change of its state, and the commit that takes it. */
  update:
    | { readonly changes: Change[]; readonly generation: number }
    | undefined;

  /** A copy that is in the store, or about to be. */
  constructor(
    key: number,
    mailbox: KeptMailbox,
    message?: KeptMessage,
    restored?: { readonly expiresAt: number | undefined },
  ) {
    this.key = key;
    this.mailbox = mailbox;
    this.message = message;
    this.isRestored = restored !== undefined;
    this.expiresAt = restored?.expiresAt;
  }
}
