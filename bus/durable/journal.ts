import type { Clock } from "../../core/clock.ts";
import type { Deadlines } from "../../core/deadlines.ts";
import { BusError, errorText } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Tasks } from "../../core/tasks.ts";
import type { Change, Store } from "../../storage/store.ts";
import type { KeyedSend } from "../send_keys.ts";

/** Changes that are made together or not at all. */
export interface JournalEntry {
  /** The changes, in their order. */
  readonly changes: readonly Change[];
  /**
   * Whether more is kept because of it. Such an entry is refused when the store
   * cannot take it; any other is tried until it is made.
   */
  readonly grows: boolean;
  /** Whether nobody waits for it: it is made a while later, if its changes were not taken out by then. */
  readonly isLazy?: boolean;
  /** Set where somebody looks: whether a commit has taken it, so that its changes stand. */
  isTaken?: boolean;
  /** The send that it comes of, where that has to be known again. */
  readonly send?: KeyedSend | undefined;
  /** When the next commit is to take it where nobody waits, by the monotonic clock. Said by the journal. */
  dueAtMs?: number;
  /** Told when it is kept, or why it is not. */
  readonly done?: ((error?: BusError) => void) | undefined;
}

/** What is kept of the entries of one commit together. */
export interface Together {
  /** The changes, beyond the entries' own. */
  readonly changes: readonly Change[];
  /** Told when they are made. */
  readonly committed: () => void;
}

/** Whoever keeps something of the entries of one commit together, beyond their own changes. */
export interface JournalCompanion {
  /** An entry begins to wait for a commit. */
  gather(entry: JournalEntry): void;
  /** What is kept of entries that one commit makes: of all that were gathered, but for those that go on waiting. */
  take(
    entries: readonly JournalEntry[],
    waiting: readonly JournalEntry[],
  ): Together;
  /** The same of entries that were taken before, and are made again. */
  again(entries: readonly JournalEntry[]): Together;
}

/** What a {@linkcode Journal} works with. */
export interface JournalOptions {
  /** Where time comes from. */
  clock: Clock;
  /** How work is put off. */
  tasks: Tasks;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** Where entries go. */
  store: Store;
  /** Runs what tells many that their entry is made. */
  tellAll: (task: () => void) => void;
  /** Who keeps more of entries than their own changes. */
  companion: JournalCompanion;
  /** Told when the store begins to fail, and when it works again. */
  onTrouble: (error: BusError | undefined) => void;
}

/**
 * Entries on their way into the store. While one commit is under way, those
 * that come meanwhile gather for the next: many share one, and a lone one is
 * not kept waiting. That a copy was handed out waits for a while: nearly all have
 * ended by then, and it is never written.
 */
export class Journal {
  readonly #options: JournalOptions;
  #gathered: JournalEntry[] = [];
  /** Those for which nobody waits, the oldest first. */
  #lazy: JournalEntry[] = [];
  #isScheduled = false;
  #isWaiting = false;
  #isProbing = false;
  #isCommitting = false;
  #isClosing = false;
  #isClosed = false;
  #trouble: BusError | undefined;
  #idle: (() => void)[] = [];

  /** Writes nothing yet. */
  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Why the last commit failed, while none has succeeded since. */
  get trouble(): BusError | undefined {
    return this.#trouble;
  }

  /** Why nothing more can be taken in: the store fails, and too much waits for it already. */
  get overflow(): BusError | undefined {
    const waiting = this.#gathered.length + this.#lazy.length;
    return waiting >= LIMITS.maxJournalEntries ? this.#trouble : undefined;
  }

  /** Whether nothing is written any more. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /** Has an entry made, soon. After the end it is refused. */
  write(entry: JournalEntry): void {
    if (this.#isClosed) return entry.done?.(closed());
    if (entry.isLazy) return this.#put(entry);
    this.#gather(entry);
    this.#commitSoon();
  }

  /** Makes what was written, as far as the store can, and lets go of the store. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosing = true;
    if (this.#gatherDue() || this.#isCommitting) {
      this.#commitSoon();
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    this.#isClosed = true;
    for (const entry of this.#gathered.splice(0)) entry.done?.(closed());
    await this.#options.store.close();
  }

  #commitSoon(): void {
    if (this.#isScheduled || this.#isCommitting) return;
    this.#isScheduled = true;
    this.#options.tasks.soon(() => {
      this.#isScheduled = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    let made: readonly JournalEntry[] | undefined = [];
    do {
      const next = this.#gatherDue() ? this.#commit(this.#take()) : undefined;
      // Whoever waits is told while the store is at work on what came meanwhile.
      this.#tellAll(made);
      made = next ? await next : [];
    } while (made && (made.length > 0 || this.#gatherDue()));
    this.#isCommitting = false;
    if (made) this.#commitLater();
    else this.#tryAgainLater();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #tellAll(made: readonly JournalEntry[]): void {
    if (made.length === 0) return;
    this.#options.tellAll(() => {
      for (const entry of made) entry.done?.();
    });
  }

  #put(entry: JournalEntry): void {
    const { clock } = this.#options;
    entry.dueAtMs = clock.monotonic() + LIMITS.lazyCommitMs;
    this.#lazy.push(entry);
    this.#commitLater();
  }

  /**
   * Those whose time has come go with the next commit; at the end, all. What was
   * taken out of them is forgotten.
   *
   * @returns Whether there is something for a commit to make.
   */
  #gatherDue(): boolean {
    const lazy = this.#lazy;
    const nowMs = this.#isClosing || lazy.length === 0
      ? Infinity
      : this.#options.clock.monotonic();
    let count = 0;
    for (const entry of lazy) {
      const isOver = entry.changes.length === 0;
      if (!isOver && dueAt(entry) > nowMs) break;
      if (!isOver) this.#gather(entry);
      count++;
    }
    if (count > 0) lazy.splice(0, count);
    return this.#gathered.length > 0;
  }

  #gather(entry: JournalEntry): void {
    this.#gathered.push(entry);
    this.#options.companion.gather(entry);
  }

  /** What one commit makes: all that is gathered, or as much of it as one may hold. */
  #take(): readonly JournalEntry[] {
    let changes = 0;
    let bytes = 0;
    let count = 0;
    for (const entry of this.#gathered) {
      changes += entry.changes.length;
      for (const change of entry.changes) bytes += bytesOf(change);
      const isTooMuch = changes > LIMITS.maxCommitChanges ||
        bytes > LIMITS.maxCommitBytes;
      if (count > 0 && isTooMuch) break;
      count++;
    }
    const taken = this.#gathered;
    this.#gathered = taken.splice(count);
    for (const entry of taken) {
      if (entry.isTaken === false) entry.isTaken = true;
    }
    return taken;
  }

  /** @returns Those that are made and not told so yet; nothing where some are still to be made. */
  async #commit(
    entries: readonly JournalEntry[],
  ): Promise<readonly JournalEntry[] | undefined> {
    const { companion } = this.#options;
    try {
      await this.#make(entries, companion.take(entries, this.#gathered));
    } catch (error) {
      return await this.#refuse(entries, toStorageError(error));
    }
    this.#tell(undefined);
    return entries;
  }

  /** What would have the store keep more is refused; what is left is made from the space that is held back. */
  async #refuse(
    entries: readonly JournalEntry[],
    failure: BusError,
  ): Promise<readonly JournalEntry[] | undefined> {
    this.#tell(failure);
    this.#probeLater();
    for (const entry of entries) if (entry.grows) entry.done?.(failure);
    // Of those whose changes were taken out, and for which nobody waits, nothing is left to make.
    const rest = entries.filter(({ grows, changes, done }) =>
      !grows && (changes.length > 0 || done !== undefined)
    );
    if (rest.length === 0) return rest;
    const { companion } = this.#options;
    try {
      await this.#make(rest, companion.again(rest), true);
      return rest;
    } catch {
      for (const entry of rest) companion.gather(entry);
      this.#gathered = [...rest, ...this.#gathered];
      return undefined;
    }
  }

  async #make(
    entries: readonly JournalEntry[],
    together: Together,
    urgent = false,
  ): Promise<void> {
    const changes: Change[] = [];
    for (const entry of entries) {
      for (const change of entry.changes) changes.push(change);
    }
    changes.push(...together.changes);
    if (changes.length > 0) {
      await this.#options.store.commit(changes, { urgent });
    }
    together.committed();
  }

  /** Looks again when the first of those for which nobody waits is due. */
  #commitLater(): void {
    const [first] = this.#lazy;
    if (!first || this.#isWaiting || this.#isCommitting) return;
    this.#isWaiting = true;
    this.#options.deadlines.add(dueAt(first), () => {
      this.#isWaiting = false;
      if (this.#gatherDue()) this.#commitSoon();
      else this.#commitLater();
    });
  }

  #tryAgainLater(): void {
    const { clock, deadlines } = this.#options;
    const atMs = clock.monotonic() + LIMITS.commitRetryMs;
    deadlines.add(atMs, () => this.#commitSoon());
  }

  /** Whoever waits for the bus to be well again sends nothing that could show that it is. */
  #probeLater(): void {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const { clock, deadlines } = this.#options;
    deadlines.add(clock.monotonic() + LIMITS.commitRetryMs, () => {
      this.#isProbing = false;
      if (this.#trouble) this.write({ changes: [PROBE], grows: true });
    });
  }

  #tell(trouble: BusError | undefined): void {
    if (trouble === undefined && this.#trouble === undefined) return;
    const isNews = (trouble === undefined) !== (this.#trouble === undefined);
    this.#trouble = trouble;
    if (isNews) this.#options.onTrouble(trouble);
  }
}

/** Changes nothing, as keys begin with 1, but needs a store that works. */
const PROBE: Change = { type: "remove", kind: "sends", key: 0 };

function dueAt({ dueAtMs = 0 }: JournalEntry): number {
  return dueAtMs;
}

function bytesOf(change: Change): number {
  return change.type === "put" ? change.body.length : 0;
}

function closed(): BusError {
  return new BusError("closed", "Cannot send message as the bus is closed");
}

/** Whatever a store fails with, the sender is told that nothing was kept. */
export function toStorageError(error: unknown): BusError {
  if (error instanceof BusError && error.code === "storage") return error;
  const text = `The store could not keep it: ${errorText(error)}`;
  return new BusError("storage", text, { cause: error });
}
