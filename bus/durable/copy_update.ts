import type { Copy } from "../copy.ts";
import { encodeCopyState } from "./copy_state.ts";
import type { KeptCopy } from "./kept_copy.ts";

/**
 * The change of a copy that goes on. Its state is encoded when the change is
 * made: most copies have ended by then, and it is not made at all.
 */
export class CopyUpdate {
  readonly type = "update";
  readonly kind = "copy";
  /** The copy's record. */
  readonly key: number;
  /** How long it is not to be tried again, in milliseconds. */
  delayMs = 0;
  /** Until when that is, by the wall clock. */
  notBefore = 0;
  readonly #copy: Copy;
  readonly #kept: KeptCopy;
  #state: Uint8Array | undefined;

  /** What the copy is like when the change is made. */
  constructor(copy: Copy, kept: KeptCopy) {
    this.key = kept.key;
    this.#copy = copy;
    this.#kept = kept;
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
