/**
 * What a bus keeps, by kind, in the order in which it is read back:
 *
 * - `rule`: a routing rule.
 * - `agent`: an agent whose mailbox outlives its presence.
 * - `subscription`: a durable subscription.
 * - `sends`: the identities of sends that were accepted together.
 * - `message`: a message with several recipients.
 * - `copy`: a message's place in one recipient's mailbox; with one recipient,
 *   the message too.
 * - `letter`: a dead letter.
 * - `history`: messages that have ended, with what became of them.
 */
export type RecordKind =
  | "rule"
  | "agent"
  | "subscription"
  | "sends"
  | "message"
  | "copy"
  | "letter"
  | "history";

/** Every {@linkcode RecordKind}, in the order in which they are read. */
export const RECORD_KINDS: readonly RecordKind[] = [
  "rule",
  "agent",
  "subscription",
  "sends",
  "message",
  "copy",
  "letter",
  "history",
];

/** One record, as it is read back. */
export interface StoredRecord {
  /** What it is of. */
  readonly kind: RecordKind;
  /** Tells records of a kind apart, and gives their order: a whole number from 0, at most `Number.MAX_SAFE_INTEGER`. */
  readonly key: number;
  /** What of it never changes. */
  readonly body: Uint8Array;
  /** What of it does. */
  readonly state: Uint8Array;
  /**
   * What is wrong with it, where it is not what was written. It has been set
   * aside: the store holds it no longer, and keeps what is left of it for a
   * person to look at.
   */
  readonly damage?: string;
}

/** One change of what is kept. A store may hold on to its bytes until the change is committed. */
export type Change =
  /** A new record, or one in the place of that with its kind and key. */
  | {
    readonly type: "put";
    readonly kind: RecordKind;
    readonly key: number;
    readonly body: Uint8Array;
    readonly state: Uint8Array;
  }
  /** Another state of a record; nothing where there is none. */
  | {
    readonly type: "update";
    readonly kind: RecordKind;
    readonly key: number;
    readonly state: Uint8Array;
  }
  /** A record's end; nothing where there is none. */
  | {
    readonly type: "remove";
    readonly kind: RecordKind;
    readonly key: number;
  };

/** How large a store is. */
export interface StoreSize {
  /** What it takes where it is kept, in bytes; what the last commit brought may count as it came. */
  readonly bytes: number;
  /** Records in it. */
  readonly records: number;
}

/**
 * Where a bus keeps what must survive it. It belongs to one bus at a time: its
 * calls come one after the other, `open` first.
 */
export interface Store extends AsyncDisposable {
  /** A word for logs and for the inspector: `"sqlite"`. */
  readonly name: string;
  /** How large it is, as of the last commit. */
  readonly size: StoreSize;
  /**
   * Takes hold of the store, and reads it: records in the order of
   * {@linkcode RECORD_KINDS}, those of a kind by key. Every record is checked.
   *
   * @throws {BusError} With code `"storage"` if it cannot be opened, is in use,
   * or was written by a newer version; it is left as it was.
   */
  open(): AsyncIterable<readonly StoredRecord[]>;
  /**
   * Makes changes, in their order: all of them, or none. When it resolves they
   * are kept, whatever happens next. `urgent` ones lead to less being kept, and
   * may use space that is held back for them.
   *
   * @throws {BusError} With code `"storage"` if they could not be made: none was.
   */
  commit(
    changes: readonly Change[],
    options?: { readonly urgent?: boolean },
  ): Promise<void>;
  /** Lets go of the store. What was committed stays. Safe to call twice. */
  close(): Promise<void>;
}
