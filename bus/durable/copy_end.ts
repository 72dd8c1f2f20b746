import type { BusError } from "../../core/errors.ts";
import type { Change } from "../../storage/store.ts";
import type { Copy } from "../copy.ts";
import type { JournalEntry } from "./journal.ts";
import type { KeptCopy } from "./kept_copy.ts";

/** Whoever waits for it to be kept that a copy has ended well. */
export interface EndListener {
  /** It is, or why it is not. */
  finished(copy: Copy, error?: BusError): void;
}

/** The removal of a copy that has ended well, and the entry that it is. */
export class CopyEnd implements JournalEntry {
  readonly type = "remove";
  readonly kind = "copy";
  /** The copy's record. */
  readonly key: number;
  /** Itself, and what ends with it. */
  readonly changes: readonly Change[];
  /** It takes what is kept away. */
  readonly grows = false;
  readonly #copy: Copy;
  readonly #listener: EndListener;

  /** `more` is what ends with the copy; `listener` is told when it is made. */
  constructor(
    copy: Copy,
    kept: KeptCopy,
    { more, listener }: {
      more: readonly Change[];
      listener: EndListener;
    },
  ) {
    this.key = kept.key;
    this.changes = more.length === 0 ? [this] : [this, ...more];
    this.#copy = copy;
    this.#listener = listener;
  }

  /** Told by the journal. */
  done(error?: BusError): void {
    this.#listener.finished(this.#copy, error);
  }
}
