import type { Change } from "../../storage/store.ts";
import type { Mailbox } from "../mailbox.ts";
import type { Journal } from "./journal.ts";
import {
  encodeMailbox,
  mailboxKind,
  type MailboxState,
  mailboxState,
} from "./mailbox_bytes.ts";

/** What the store has of a mailbox. */
export interface KeptMailbox {
  /** Its record. */
  readonly key: number;
  /** The record's kind. */
  readonly kind: "agent" | "subscription";
  /** Copies of it that have not ended. */
  open: number;
  /** The state of a copy in it that has a record of its own, and that nobody has had yet. */
  fresh: Uint8Array | undefined;
  /** Whether it outlives its consumers. */
  isDurable: boolean;
  /** Nobody will take from it again: with the last of its copies the record goes. */
  isClosed: boolean;
}

/** Mailboxes that outlive the process, or have copies that do. */
export class KeptMailboxes {
  readonly #journal: Journal;
  readonly #nextKey: () => number;
  readonly #kept = new Map<Mailbox, KeptMailbox>();

  /** Nothing is kept yet. */
  constructor(journal: Journal, nextKey: () => number) {
    this.#journal = journal;
    this.#nextKey = nextKey;
  }

  /** Keeps that there is a mailbox, and whether it outlives its consumers, unless that is kept. */
  keep(mailbox: Mailbox, isDurable: boolean): KeptMailbox {
    const known = this.#kept.get(mailbox);
    if (known && (known.isDurable || !isDurable)) return known;
    const kept = known ?? keptAs(this.#nextKey(), mailboxKind(mailbox));
    kept.isDurable = isDurable;
    // It was closed while a message was on its way to it: what ends with the
    // copy is not to be found by the next.
    kept.isClosed = mailbox.closed;
    if (!mailbox.closed) this.#kept.set(mailbox, kept);
    const { kind, key } = kept;
    const body = encodeMailbox(mailbox);
    const state = mailboxState(stateOf(kept));
    this.#write([{ type: "put", kind, key, body, state }]);
    return kept;
  }

  /** A mailbox has been read back. */
  restored(
    mailbox: Mailbox,
    key: number,
    { kind, isDurable }: Pick<KeptMailbox, "kind" | "isDurable">,
  ): KeptMailbox {
    const kept = { ...keptAs(key, kind), isDurable };
    // Two may have become one: the younger record goes with its copies.
    kept.isClosed = mailbox.closed || this.#kept.has(mailbox);
    if (!kept.isClosed) this.#kept.set(mailbox, kept);
    return kept;
  }

  /** Nobody will take from a mailbox again. */
  forget(mailbox: Mailbox): void {
    const kept = this.#kept.get(mailbox);
    if (!kept || this.#journal.closed) return;
    this.#kept.delete(mailbox);
    this.close(kept);
  }

  /** The record goes, at once or with the last of its copies. */
  close(kept: KeptMailbox): void {
    kept.isClosed = true;
    const { kind, key } = kept;
    this.#write(
      kept.open === 0
        ? [{ type: "remove", kind, key }]
        : [{ type: "update", kind, key, state: mailboxState("closed") }],
    );
  }

  /** A copy of it has ended. @returns What else ends with that. */
  release(kept: KeptMailbox): readonly Change[] {
    kept.open--;
    const { kind, key } = kept;
    const isLast = kept.open === 0 && kept.isClosed;
    return isLast ? [{ type: "remove", kind, key }] : NOTHING;
  }

  #write(changes: readonly Change[]): void {
    this.#journal.write({ changes, grows: false });
  }
}

function stateOf({ isClosed, isDurable }: KeptMailbox): MailboxState {
  if (isClosed) return "closed";
  return isDurable ? "durable" : "open";
}

const NOTHING: readonly Change[] = [];

function keptAs(key: number, kind: KeptMailbox["kind"]): KeptMailbox {
  return {
    ...{ key, kind, open: 0, fresh: undefined },
    ...{ isDurable: false, isClosed: false },
  };
}
