import type { BusError } from "../../core/errors.ts";
import type { Change } from "../../storage/store.ts";
import type { Copy } from "../copy.ts";
import { encodeCopyState } from "./copy_state.ts";
import type { JournalEntry } from "./journal.ts";
import type { KeptCopy } from "./kept_copy.ts";

const NOTHING: readonly Change[] = [];

/**
 * The change of a copy that goes on, and the entry that it alone is. Its state
 * is encoded when the change is made: most copies have ended by then, and it is
 * not made at all.
 */
export class CopyUpdate implements JournalEntry {
  /** Whether a commit has taken it. */
  isTaken = false;
  /** Whether nobody waits for it. */
  isLazy = false;
  /** When the next commit is to take it, if so. */
  dueAtMs = 0;
  /** Told when it is made. */
  readonly done: ((error?: BusError) => void) | undefined;
  /** How long it is not to be tried again, in milliseconds. */
  delayMs = 0;
  /** Until when that is, by the wall clock. */
  notBefore = 0;
  readonly #copy: Copy;
  readonly #kept: KeptCopy;
  #isOut = false;
  #changes: readonly Change[] | undefined;
  #state: Uint8Array | undefined;

  /** What the copy is like when the change is made; `done` is told of it. */
  constructor(
    copy: Copy,
    kept: KeptCopy,
    done?: (error?: BusError) => void,
  ) {
    this.#copy = copy;
    this.#kept = kept;
    this.done = done;
  }

  // Not fields: there is one of these for every message, and hardly one is made.

  /** What it does with the copy's record. */
  get type(): "update" {
    return "update";
  }

  /** What the record is of. */
  get kind(): "copy" {
    return "copy";
  }

  /** The copy's record. */
  get key(): number {
    return this.#kept.key;
  }

  /** It takes the place of what is kept. */
  get grows(): boolean {
    return false;
  }

  /** Itself, until it is taken out. */
  get changes(): readonly Change[] {
    if (this.#isOut) return NOTHING;
    return this.#changes ??= [this];
  }

  /** Has it not be made, as something later is. */
  takeOut(): void {
    this.#isOut = true;
  }

  /** The copy's state when this was first read. */
  get state(): Uint8Array {
    return this.#state ??= this.#encode();
  }

  #encode(): Uint8Array {
    const { attempts, failures, returns } = this.#copy;
    const { mailbox, message, acceptedAt } = this.#kept;
    return encodeCopyState({
      mailbox: mailbox.key,
      message: message?.key ?? 0,
      attempts,
      failures,
      returns,
      delayMs: this.delayMs,
      notBefore: this.notBefore,
      acceptedAt,
    });
  }
}
