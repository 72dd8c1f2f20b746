import type { BusError } from "../../core/errors.ts";
import type { Change } from "../../storage/store.ts";
import { Decision } from "../decision.ts";
import type { Entrant } from "../entrant.ts";
import type { KeyedSend } from "../send_keys.ts";
import type { JournalEntry } from "./journal.ts";

/** Whoever lets a message in that is to be kept first. */
export interface KeepListener {
  /** All of it is in the store, or, with an error, nothing: the listener decides what becomes of the send. */
  kept(keeping: Keeping, error?: unknown): void;
}

/** Who works on a {@linkcode Keeping}. */
export interface KeepingParts {
  /** Who has it kept, and is told first. */
  readonly keeper: {
    /** The journal has made it, or cannot. */
    made(keeping: Keeping, error: BusError | undefined): void;
  };
  /** Who lets it in. */
  readonly listener: KeepListener;
}

/**
 * A message on its way into the store: the entry that its copies are together,
 * and what will become of its send, which is decided by whoever lets it in.
 */
export class Keeping extends Decision implements JournalEntry {
  /** The message. */
  readonly entrant: Entrant;
  /** Its copies, and what goes for them. */
  readonly changes: readonly Change[];
  /** It is refused where there is no room for it. */
  readonly grows = true;
  /** Who lets it in. */
  readonly listener: KeepListener;
  readonly #keeper: KeepingParts["keeper"];

  /** What is to be kept of a message. */
  constructor(
    entrant: Entrant,
    changes: readonly Change[],
    { keeper, listener }: KeepingParts,
  ) {
    super();
    this.entrant = entrant;
    this.changes = changes;
    this.listener = listener;
    this.#keeper = keeper;
  }

  /** What tells its send from others, where that is kept. */
  get send(): KeyedSend | undefined {
    return this.entrant.sends && this.entrant;
  }

  /** Told by the journal. */
  done(error?: BusError): void {
    this.#keeper.made(this, error);
  }
}
