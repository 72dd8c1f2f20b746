import type { BusError } from "../../core/errors.ts";
import type { Change } from "../../storage/store.ts";
import type { Copy } from "../copy.ts";
import { encodeCopyState } from "./copy_state.ts";
import type { JournalEntry } from "./journal.ts";
import type { KeptCopy } from "./kept_copy.ts";

/**
 * The change of a copy that goes on, and the entry that it alone is. Its state
 * is encoded when the change is made: most copies have ended by then, and it is
 * not made at all.
 */
export class CopyUpdate implements JournalEntry {
  readonly type = "update";
  readonly kind = "copy";
  /** The copy's record. */
  readonly key: number;
  /** Itself, until it is taken out. */
  readonly changes: Change[];
  /** It takes the place of what is kept. */
  readonly grows = false;
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
  #state: Uint8Array | undefined;

  /** What the copy is like when the change is made; `done` is told of it. */
  constructor(
    copy: Copy,
    kept: KeptCopy,
    done?: (error?: BusError) => void,
  ) {
    this.key = kept.key;
    this.changes = [this];
    this.#copy = copy;
    this.#kept = kept;
    this.done = done;
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
