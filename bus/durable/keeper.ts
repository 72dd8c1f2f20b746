import type { BusError } from "../../core/errors.ts";
import type { Change, StoredRecord } from "../../storage/store.ts";
import type { Copy } from "../copy.ts";
import type { Letter } from "../dead_letter_office.ts";
import type { Decision } from "../decision.ts";
import type { Entrant } from "../entrant.ts";
import type { Envelope } from "../envelope.ts";
import type { Mailbox } from "../mailbox.ts";
import { encodeCopyState } from "./copy_state.ts";
import { CopyEnd, type EndListener } from "./copy_end.ts";
import { CopyUpdate } from "./copy_update.ts";
import type { Journal } from "./journal.ts";
import { Keeping, type KeepListener } from "./keeping.ts";
import { KeptCopy, type KeptCopyInit, type KeptMessage } from "./kept_copy.ts";
import { type KeptMailbox, KeptMailboxes } from "./kept_mailboxes.ts";
import { encodeLetter } from "./letter_bytes.ts";
import { MessageBytes } from "./message_bytes.ts";

const NO_BYTES = new Uint8Array(0);
/** What nearly every copy begins with. */
const NEW: KeptCopyInit = {};

/**
 * What of the bus outlives its process: accepted messages that require an
 * acknowledgement, the mailboxes in which they wait, and dead letters. It says
 * what is to be written when something happens to them; the journal writes it.
 */
export class Keeper {
  readonly #journal: Journal;
  readonly #now: () => number;
  readonly #messages = new MessageBytes();
  readonly #mailboxes: KeptMailboxes;
  #lastKey = 0;
  #isOpen = false;

  /** Writes to the journal; `now` reads the wall clock. */
  constructor(journal: Journal, now: () => number) {
    this.#journal = journal;
    this.#now = now;
    this.#mailboxes = new KeptMailboxes(journal, () => this.nextKey());
  }

  /** Whether what an earlier process left is back. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Why nothing more can be kept: the store fails, and has too much to catch up with already. */
  get overflow(): BusError | undefined {
    return this.#journal.overflow;
  }

  /** Why nothing can be kept at the moment. */
  get trouble(): BusError | undefined {
    return this.#journal.trouble;
  }

  /** What was left is back; `lastKey` is the highest key of its records. */
  open(lastKey: number): void {
    this.#lastKey = lastKey;
    this.#isOpen = true;
  }

  /** A key for a record that comes after all others. */
  nextKey(): number {
    return ++this.#lastKey;
  }

  /** Whether a message outlives the process. A request does not: whoever waits for its reply would be gone. */
  concerns({ head: { requiresAck, type } }: Envelope): boolean {
    return requiresAck && type !== "request";
  }

  /**
   * Keeps every copy of a message that has its room, and every dead letter that
   * it leaves at once; `listener` is told when they are kept, or why they are
   * not, and then decides.
   *
   * @returns What will become of the send.
   * @throws {BusError} If it cannot be encoded; nobody is told then.
   */
  keep(entrant: Entrant, listener: KeepListener): Decision {
    const { recipients: { own, added }, letters, letter, replay } = entrant;
    const acceptedAt = replay ? this.#now() : 0;
    const changes = own.length === 1 && added.length === 0
      ? this.#putOne(entrant, acceptedAt)
      : this.#putAll(entrant, acceptedAt);
    for (const one of letters ?? []) changes.push(this.#putLetter(one));
    if (letter?.kept !== undefined) changes.push(removeLetter(letter.kept));
    const keeping = new Keeping(entrant, changes, { keeper: this, listener });
    this.#journal.write(keeping);
    return keeping;
  }

  /** The journal has made a message's entry, or cannot. */
  made(keeping: Keeping, error: BusError | undefined): void {
    const { entrant: { kept = [], letters = [], replay }, listener } = keeping;
    if (error) this.#neverKept(kept);
    else if (replay?.signal.aborted) {
      const { reason } = replay.signal;
      for (const letter of letters) this.forgetLetter(letter);
      return this.#forget(kept, () => listener.kept(keeping, reason));
    }
    listener.kept(keeping, error);
  }

  #neverKept(kept: readonly KeptCopy[]): void {
    const changes = kept.flatMap((one) => this.#mailboxes.release(one.mailbox));
    if (changes.length === 0) return;
    this.#journal.write({ changes, grows: false });
  }

  /** Takes back what was kept of a message that is not to come in after all. */
  #forget(kept: readonly KeptCopy[], done: () => void): void {
    const changes = kept.flatMap((one) => this.#endOf(one));
    this.#journal.write({ changes, grows: false, done });
  }

  /** No copy refers to a message any more. */
  forgetMessage({ key }: KeptMessage): void {
    const changes: Change[] = [{ type: "remove", kind: "message", key }];
    this.#journal.write({ changes, grows: false });
  }

  /** Keeps that a copy was handed out. Without `done` nobody waits for that. */
  handedOut(copy: Copy, done?: (error?: BusError) => void): void {
    if (copy.kept) {
      this.#update(new CopyUpdate(copy, copy.kept, done), copy.kept);
    }
  }

  /** Keeps that a copy waits again, for `delayMs` at least. */
  requeued(copy: Copy, delayMs: number): void {
    if (!copy.kept) return;
    const update = new CopyUpdate(copy, copy.kept);
    update.delayMs = delayMs;
    update.notBefore = delayMs > 0 ? this.#now() + delayMs : 0;
    this.#update(update, copy.kept, false);
  }

  #update(
    update: CopyUpdate,
    kept: KeptCopy,
    mayWait = update.done === undefined,
  ): void {
    // Where it takes the place of what somebody waits for, it waits no longer than that.
    update.isLazy = !this.#supersede(kept) && mayWait;
    kept.update = update;
    this.#journal.write(update);
  }

  /** Keeps that a copy has ended well. */
  finish(copy: Copy, kept: KeptCopy, listener: EndListener): void {
    const more = this.#release(kept);
    this.#journal.write(new CopyEnd(copy, kept, { more, listener }));
  }

  /** Keeps that a copy has become a dead letter. */
  bury(
    kept: KeptCopy,
    letter: Letter,
    done: (error?: BusError) => void,
  ): void {
    const changes = [...this.#endOf(kept), this.#putLetter(letter)];
    this.#journal.write({ changes, grows: false, done });
  }

  /** Keeps a dead letter of a message that was not kept. While the store has too much to catch up with, it is in memory alone. */
  keepLetter(letter: Letter): void {
    if (!this.#isOpen || this.#journal.overflow) return;
    this.#journal.write({ changes: [this.#putLetter(letter)], grows: false });
  }

  /** A dead letter is gone. */
  forgetLetter({ origin }: Letter): void {
    if (origin.kept === undefined) return;
    const changes = [removeLetter(origin.kept)];
    this.#journal.write({ changes, grows: false });
  }

  /**
   * Keeps that there is a mailbox, and whether it outlives its consumers. While
   * the store has too much to catch up with, one that does not is kept with its
   * first copy only.
   */
  keepMailbox(mailbox: Mailbox, isDurable: boolean): void {
    if (!this.#isOpen || (!isDurable && this.#journal.overflow)) return;
    this.#mailboxes.keep(mailbox, isDurable);
  }

  /** A mailbox has been read back. */
  restoredMailbox(
    mailbox: Mailbox,
    { key, kind }: Pick<StoredRecord, "key" | "kind">,
    isDurable: boolean,
  ): KeptMailbox {
    const known = kind === "agent" ? "agent" : "subscription";
    return this.#mailboxes.restored(mailbox, key, { kind: known, isDurable });
  }

  /** The record of a mailbox that is no more, and has no copies. */
  forgetPlace(kept: KeptMailbox): void {
    this.#mailboxes.close(kept);
  }

  /** Nobody will take from a mailbox again. */
  forgetMailbox(mailbox: Mailbox): void {
    this.#mailboxes.forget(mailbox);
  }

  /** Makes what was written, as far as the store can, and lets go of it. */
  close(): Promise<void> {
    return this.#journal.close();
  }

  /** The only copy of a message. */
  #putOne(entrant: Entrant, acceptedAt: number): Change[] {
    const { envelope, recipients: { own: [mailbox] } } = entrant;
    const body = this.#messages.encode(envelope);
    const copy = this.#newCopy(
      mailbox as Mailbox,
      acceptedAt === 0 ? NEW : { acceptedAt },
    );
    copy.mailbox.open++;
    entrant.kept = [copy];
    return [putCopy(copy, body)];
  }

  #putAll(entrant: Entrant, acceptedAt: number): Change[] {
    const { envelope, recipients: { own, added } } = entrant;
    const changes: Change[] = [];
    const body = this.#messages.encode(envelope);
    const message = own.length > 1
      ? this.#putMessage(body, own.length, changes)
      : undefined;
    const kept: KeptCopy[] = [];
    for (const mailbox of own) {
      const copy = this.#newCopy(mailbox, { message, acceptedAt });
      changes.push(putCopy(copy, message ? NO_BYTES : body));
      kept.push(copy);
    }
    for (const { envelope, mailbox } of added) {
      if (!mailbox) continue;
      const body = this.#messages.encode(envelope);
      const copy = this.#newCopy(mailbox, { acceptedAt });
      changes.push(putCopy(copy, body));
      kept.push(copy);
    }
    for (const { mailbox } of kept) mailbox.open++;
    entrant.kept = kept;
    return changes;
  }

  #putMessage(body: Uint8Array, open: number, changes: Change[]): KeptMessage {
    const key = this.nextKey();
    changes.push({ type: "put", kind: "message", key, body, state: NO_BYTES });
    return { key, open };
  }

  #newCopy(mailbox: Mailbox, init: KeptCopyInit): KeptCopy {
    const known = this.#mailboxes.keep(mailbox, false);
    return new KeptCopy(this.nextKey(), known, init);
  }

  /** A copy has ended. @returns What else ends with it. */
  #release(kept: KeptCopy): readonly Change[] {
    const { message, mailbox } = kept;
    const released = this.#mailboxes.release(mailbox);
    this.#supersede(kept);
    if (!message || --message.open > 0) return released;
    return [...released, {
      type: "remove",
      kind: "message",
      key: message.key,
    }];
  }

  #endOf(kept: KeptCopy): readonly Change[] {
    const { key } = kept;
    return [{ type: "remove", kind: "copy", key }, ...this.#release(kept)];
  }

  /** What has not been written yet need not be, as something later is. @returns Whether it was not lazy. */
  #supersede({ update }: KeptCopy): boolean {
    if (!update || update.isTaken) return false;
    update.takeOut();
    return !update.isLazy;
  }

  #putLetter(letter: Letter): Change {
    const key = this.nextKey();
    letter.origin.kept = key;
    const body = this.#messages.encodeSafely(letter.origin.envelope);
    const state = encodeLetter(letter);
    return { type: "put", kind: "letter", key, body, state };
  }
}

/** A copy that nobody has had yet. */
function putCopy(copy: KeptCopy, body: Uint8Array): Change {
  const { key, message, acceptedAt, mailbox } = copy;
  const state = message || acceptedAt !== 0
    ? freshState(copy)
    : mailbox.fresh ??= freshState(copy);
  return { type: "put", kind: "copy", key, body, state };
}

function freshState({ mailbox, message, acceptedAt }: KeptCopy): Uint8Array {
  const counts = { attempts: 0, failures: 0, returns: 0 };
  const times = { notBefore: 0, delayMs: 0, acceptedAt };
  return encodeCopyState({
    mailbox: mailbox.key,
    message: message?.key ?? 0,
    ...counts,
    ...times,
  });
}

function removeLetter(key: number): Change {
  return { type: "remove", kind: "letter", key };
}
