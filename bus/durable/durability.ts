import type { Clock } from "../../core/clock.ts";
import type { Deadlines } from "../../core/deadlines.ts";
import type { BusError } from "../../core/errors.ts";
import type { EventHub } from "../../core/event_stream.ts";
import type { Tasks } from "../../core/tasks.ts";
import type { MessageRouter } from "../../router/message_router.ts";
import type { Store, StoredRecord } from "../../storage/store.ts";
import { logOf } from "../../telemetry/telemetry.ts";
import type { Dispatcher } from "../dispatcher.ts";
import { Journal, toStorageError } from "./journal.ts";
import { Keeper } from "./keeper.ts";
import { KeptHistory, type KeptHistoryOptions } from "./kept_history.ts";
import { KeptRules } from "./kept_rules.ts";
import { MessageBytes } from "./message_bytes.ts";
import type { StoreStats } from "../records.ts";
import { Recovery, type RecoveryOptions } from "./recovery.ts";
import { SendsLog } from "./sends_log.ts";

/** What {@linkcode Durability} works with. */
export interface DurabilityOptions {
  /** Where time comes from. */
  clock: Clock;
  /** How work is put off. */
  tasks: Tasks;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** Who hands out what was let in. */
  dispatcher: Pick<Dispatcher, "answerFirst">;
  /** Who watches. */
  events: EventHub;
  /** Where everything is kept. */
  store: Store;
  /** The rules. */
  router: MessageRouter;
  /** How much of the history is kept; none without it. */
  keptHistory: Pick<KeptHistoryOptions, "maxEntries" | "maxAgeMs"> | undefined;
}

/** What {@linkcode Durability.recover} brings back, and where to. */
export type RecoverOptions = Omit<
  RecoveryOptions,
  | "clock"
  | "store"
  | "sends"
  | "rules"
  | "keptHistory"
  | "keeper"
  | "onOpened"
  | "onDamaged"
>;

const log = logOf("storage");

/** What of a bus outlives its process: the store, and everything between it and the bus. */
export class Durability {
  /** Where everything is kept. */
  readonly store: Store;
  /** What is written when something happens to messages, mailboxes and dead letters. */
  readonly keeper: Keeper;
  /** Likewise to rules. */
  readonly rules: KeptRules;
  /** Likewise when a message has ended, if that is kept. */
  readonly history: KeptHistory | undefined;
  readonly #options: DurabilityOptions;
  readonly #journal: Journal;
  readonly #sends: SendsLog;
  #recovered: Promise<void> | undefined;
  #failure: BusError | undefined;

  /** Nothing is read yet. */
  constructor(options: DurabilityOptions) {
    this.#options = options;
    this.store = options.store;
    const { clock, router } = options;
    const { tasks, deadlines, dispatcher, store } = options;
    const nextKey = () => this.keeper.nextKey();
    this.#sends = new SendsLog(clock, nextKey);
    this.#journal = new Journal({
      ...{ clock, tasks, deadlines, store },
      tellAll: (task) => dispatcher.answerFirst(task),
      companion: this.#sends,
      onTrouble: (error) => this.#onTrouble(error),
    });
    this.keeper = new Keeper(this.#journal, () => clock.now());
    this.rules = new KeptRules(this.#journal, router, nextKey);
    const { keptHistory } = options;
    this.history = keptHistory && new KeptHistory({
      ...{ clock, deadlines, nextKey, ...keptHistory },
      journal: this.#journal,
      messages: new MessageBytes(),
    });
  }

  /** Whether what an earlier process has left is back. */
  get isOpen(): boolean {
    return this.keeper.isOpen;
  }

  /** What is kept, and what could not be. */
  get stats(): StoreStats {
    const { name, size: { bytes, records } } = this.store;
    return { name, bytes, records, historyLost: this.history?.lost ?? 0 };
  }

  /** Why nothing can be kept at the moment. */
  get problem(): BusError | undefined {
    return this.#journal.trouble;
  }

  /** Why the store could not be opened. */
  get failure(): BusError | undefined {
    return this.#failure;
  }

  /**
   * Brings back what an earlier process has left.
   *
   * @throws {BusError} With code `"storage"` if the store cannot be opened.
   */
  recover(options: RecoverOptions): Promise<void> {
    this.#recovered = this.#recover(options);
    return this.#recovered;
  }

  /** Makes what was written, as far as the store can, and lets go of it. */
  async close(): Promise<void> {
    await this.#recovered?.catch(() => {});
    this.history?.close();
    await this.keeper.close();
  }

  async #recover(options: RecoverOptions): Promise<void> {
    const recovery = new Recovery({
      ...options,
      clock: this.#options.clock,
      store: this.store,
      sends: this.#sends,
      rules: this.rules,
      keptHistory: this.history,
      keeper: this.keeper,
      onOpened: () => this.#options.events.emit({ type: "store_opened" }),
      onDamaged: (record, problem) => this.#onDamaged(record, problem),
    });
    try {
      await recovery.run();
    } catch (error) {
      this.#failure = toStorageError(error);
      log.error("The store could not be opened: {error}", {
        error: this.#failure.message,
      });
      throw this.#failure;
    }
  }

  #onTrouble(error: BusError | undefined): void {
    const { events } = this.#options;
    if (error) {
      log.error("The store fails: {error}", { error: error.message });
      events.emit({ type: "store_failing", reason: error.message });
    } else {
      log.warn("The store works again", {});
      events.emit({ type: "store_recovered" });
    }
  }

  #onDamaged({ kind, key }: StoredRecord, problem: string): void {
    log.error("A record of the store was damaged: {kind} {key}: {problem}", {
      kind,
      key,
      problem,
    });
    const { events } = this.#options;
    events.emit({ type: "record_damaged", kind, key, problem });
  }
}
