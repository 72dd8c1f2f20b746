import { loadTimers, systemClock } from "../core/clock.ts";
import { Deadlines } from "../core/deadlines.ts";
import { EventHub } from "../core/event_stream.ts";
import { LIMITS } from "../core/limits.ts";
import { IdSource, systemRandom } from "../core/random.ts";
import { systemTasks, type Tasks } from "../core/tasks.ts";
import { LetterQueue } from "../dlq/dead_letter_queue.ts";
import { MessageRouter } from "../router/message_router.ts";
import { TrieTable } from "../router/trie_table.ts";
import type { Store } from "../storage/store.ts";
import { Acceptance } from "./acceptance.ts";
import { Backpressure } from "./backpressure.ts";
import { DeadLetterOffice, type LetterOrigin } from "./dead_letter_office.ts";
import { Deduplication } from "./deduplication.ts";
import { Deliveries } from "./deliveries.ts";
import { Directory, type MailboxInit } from "./directory.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Durability } from "./durable/durability.ts";
import { Endings } from "./endings.ts";
import { Entrance } from "./entrance.ts";
import { Gate } from "./gate.ts";
import { History } from "./history.ts";
import { InstantClock } from "./instant_clock.ts";
import { Intake } from "./intake.ts";
import { LetterAges } from "./letter_ages.ts";
import { Mailbox } from "./mailbox.ts";
import type { MessageBusOptions } from "./options.ts";
import { checkedOptions, type WholeOptions } from "./options_check.ts";
import { Pace } from "./pace.ts";
import { Replies } from "./replies.ts";
import { RequestTable } from "./requests.ts";
import { Counters } from "./stats.ts";

/**
 * The parts of a bus, put together. Each part is handed what it uses and knows
 * nothing of the rest; only here can the whole be seen.
 */
export class Engine {
  /** The options with every default. */
  readonly options: WholeOptions;
  /** Where time comes from; held while frames are taken that arrived together. */
  readonly clock: InstantClock;
  /** How work is put off. */
  readonly tasks: Tasks;
  /** Where ids come from. */
  readonly ids: IdSource;
  /** Where waits are bounded: the bus's only timer. */
  readonly deadlines: Deadlines;
  /** Who watches. */
  readonly events: EventHub;
  /** What is counted. */
  readonly counters: Counters = new Counters();
  /** What is remembered. */
  readonly history: History;
  /** The rules. */
  readonly router: MessageRouter;
  /** What outlives the process; nothing without a store. */
  readonly durability: Durability | undefined;
  /** Which sends were made before. */
  readonly deduplication: Deduplication;
  /** When what an earlier process has left is back. */
  readonly ready: Promise<void>;
  /** What could not be handled. */
  readonly deadLetters: LetterQueue<LetterOrigin>;
  /** Who writes dead letters. */
  readonly office: DeadLetterOffice;
  /** How much there is room for. */
  readonly backpressure: Backpressure;
  /** Who is slowed down long before there is none. */
  readonly pace: Pace;
  /** Where senders wait for it. */
  readonly gate: Gate;
  /** Who waits for replies. */
  readonly requests: RequestTable;
  /** What is under way. */
  readonly deliveries: Deliveries;
  /** Who is there. */
  readonly directory: Directory;
  /** Decides when deliveries start. */
  readonly dispatcher: Dispatcher;
  /** The door for everything that comes in. */
  readonly entrance: Entrance;
  /** The way to it. */
  readonly intake: Intake;
  /** Called when copies have finished, or nobody is there to finish them. */
  readonly onReleased: Set<() => void> = new Set();

  #acceptance!: Acceptance;

  /** Parts that know each other only through this. */
  constructor(options: MessageBusOptions) {
    loadTimers();
    const whole = this.options = checkedOptions(options);
    const { random = systemRandom, tasks = systemTasks } = options;
    const clock = new InstantClock(options.clock ?? systemClock);
    this.clock = clock;
    this.tasks = tasks;
    this.ids = new IdSource(clock, random);
    this.deadlines = new Deadlines(clock, { idleMs: LIMITS.idleTimerMs });
    this.events = new EventHub(() => clock.now());
    this.history = this.#createHistory();
    this.dispatcher = new Dispatcher(tasks);
    this.router = new MessageRouter({
      onChange: (ruleId) => this.#onRulesChanged(ruleId),
    });
    this.durability = this.#createDurability(options.store);
    this.deduplication = new Deduplication(clock, random);
    this.deadLetters = this.#createDeadLetters();
    this.office = new DeadLetterOffice(this.deadLetters, this.#ports());
    this.backpressure = new Backpressure({
      maxPending: whole.maxPending,
      maxPendingBytes: whole.maxPendingBytes,
      onRoom: () => {
        this.gate.roomMade();
        this.#tellReleased();
      },
    });
    this.pace = this.#createPace();
    this.gate = this.#createGate();
    this.requests = new RequestTable({
      ...this.#ports(),
      abandon: (copy, cause) => this.deliveries.abandon(copy, cause),
    });
    this.deliveries = this.#createDeliveries();
    this.directory = new Directory({
      ...this.#ports(),
      topics: new TrieTable(),
      createMailbox: (init) => this.#createMailbox(init),
      closeMailbox: (mailbox) => this.deliveries.closeMailbox(mailbox),
      takeBack: (lease) => this.deliveries.takeBack(lease),
      onDetached: () => this.#onDetached(),
    });
    this.entrance = this.#createEntrance();
    this.intake = this.#createIntake();
    this.ready = this.#recover();
    // Whoever sends is told, too.
    this.ready.catch(() => {});
  }

  /** Whether no message may come in as the dead letters are full. */
  get isStopped(): boolean {
    return this.options.whenDeadLettersFull === "stop" && this.deadLetters.full;
  }

  /** Largest payload, in bytes. */
  get maxMessageBytes(): number {
    return this.options.maxMessageBytes;
  }

  /** Longest wait for a reply where the requester does not say, in milliseconds. */
  get requestTimeoutMs(): number {
    return this.options.requestTimeoutMs;
  }

  #onRulesChanged(ruleId: string): void {
    this.events.emit({ type: "rules_changed", ruleId });
    this.durability?.rules.changed(ruleId);
    // Whoever waits may need less room now, or none.
    this.gate.roomMade();
  }

  #onDetached(): void {
    this.#tellReleased();
    // Likewise with a recipient less.
    this.gate.roomMade();
  }

  #tellReleased(): void {
    for (const told of this.onReleased) told();
  }

  #ports() {
    const { clock, tasks, ids, deadlines, events, counters, history } = this;
    const keeper = this.durability?.keeper;
    return { clock, tasks, ids, deadlines, events, counters, history, keeper };
  }

  #createHistory(): History {
    const { maxHistoryEntries, maxHistoryAgeMs } = this.options;
    const monotonic = () => this.clock.monotonic();
    return new History(maxHistoryEntries, maxHistoryAgeMs, monotonic);
  }

  #createPace(): Pace {
    const { backpressure } = this;
    return new Pace({ ...this.#ports(), backpressure });
  }

  #createGate(): Gate {
    const { backpressure, options } = this;
    const { waitMs, waitTimeoutMs: timeoutMs } = options;
    return new Gate({ ...this.#ports(), backpressure, waitMs, timeoutMs });
  }

  #createDurability(store: Store | undefined): Durability | undefined {
    if (!store) return undefined;
    const { clock, tasks, deadlines, dispatcher, events, router } = this;
    const ports = { clock, tasks, deadlines, dispatcher, events };
    const { isHistoryDurable, maxHistoryEntries: maxEntries } = this.options;
    const maxAgeMs = this.options.maxHistoryAgeMs;
    const keptHistory = isHistoryDurable ? { maxEntries, maxAgeMs } : undefined;
    const durability = new Durability({ ...ports, router, store, keptHistory });
    const { history } = durability;
    if (history) this.history.onEnded = (record) => history.add(record);
    return durability;
  }

  async #recover(): Promise<void> {
    const { durability, directory, backpressure, deduplication } = this;
    const { history } = this;
    if (!durability) return;
    try {
      await durability.recover({
        directory,
        backpressure,
        deduplication,
        history,
        acceptance: this.#acceptance,
        addLetter: (letter) => this.office.restore(letter),
        fileLetter: (init) => this.office.file(init),
        ids: this.ids,
        formerMailbox: (init) => this.#createFormerMailbox(init),
      });
    } finally {
      this.gate.roomMade();
    }
  }

  /** One that takes nothing in any more: what comes back to it goes to whatever is in its place. */
  #createFormerMailbox(init: MailboxInit): Mailbox {
    const mailbox = this.#createMailbox(init);
    mailbox.closed = true;
    return mailbox;
  }

  #createDeadLetters(): LetterQueue<LetterOrigin> {
    const { maxDeadLetters, whenDeadLettersFull } = this.options;
    const ages = this.#createLetterAges();
    return new LetterQueue<LetterOrigin>({
      maxEntries: maxDeadLetters,
      maxBytes: LIMITS.maxDeadLetterBytes,
      evictOldest: whenDeadLettersFull === "evict-oldest",
      redeliver: ({ origin, letter }, replay) =>
        this.intake.redeliver(origin, letter.reason, replay),
      onAdded: ({ letter }) => ages?.added(letter),
      onRemoved: (stored, cause) => {
        const { id, message } = stored.letter;
        ages?.removed(id);
        const messageId = message.id;
        this.durability?.keeper.forgetLetter(stored);
        this.events.emit({ type: "dead_letter_removed", id, messageId, cause });
        this.gate.roomMade();
      },
    });
  }

  #createLetterAges(): LetterAges | undefined {
    const { maxDeadLetterAgeMs: maxAgeMs } = this.options;
    if (maxAgeMs === Infinity) return undefined;
    const { clock, deadlines } = this;
    const forget = (id: string) => this.deadLetters.expire(id);
    return new LetterAges({ clock, deadlines, maxAgeMs, forget });
  }

  #createDeliveries(): Deliveries {
    const { ackTimeoutMs, maxAttempts, retry, maxMessageBytes } = this.options;
    const { backpressure, office, requests } = this;
    const ports = this.#ports();
    const replies = new Replies({ ...ports, requests, maxMessageBytes });
    const parts = { ...ports, backpressure, office, replies };
    return new Deliveries({
      ...ports,
      endings: new Endings(parts),
      replies,
      ackTimeoutMs,
      maxAttempts,
      retry,
    });
  }

  #createMailbox(init: MailboxInit): Mailbox {
    const { maxMailboxMessages, overflow, agingStepMs } = this.options;
    return new Mailbox({
      ...init,
      maxMessages: init.maxMessages ?? maxMailboxMessages,
      overflow: init.overflow ?? overflow,
      agingStepMs,
      monotonic: () => this.clock.monotonic(),
      instant: this.clock,
      dispatcher: this.dispatcher,
      start: (copy, attachment) => this.deliveries.start(copy, attachment),
      onRoom: (line) => this.gate.wake(line),
      onParked: () => this.#tellReleased(),
    });
  }

  #createIntake(): Intake {
    const { entrance, requests, office, deduplication } = this;
    return new Intake({
      ...this.#ports(),
      entrance,
      requests,
      office,
      deduplication,
      maxMessageBytes: this.options.maxMessageBytes,
      keepsSends: this.durability !== undefined,
    });
  }

  #createEntrance(): Entrance {
    const { router, directory, backpressure, gate } = this;
    const { deliveries, requests, office, durability } = this;
    const parts = { ...this.#ports(), router, directory, office };
    const more = { deliveries, requests, backpressure };
    this.#acceptance = new Acceptance({ ...parts, ...more });
    return new Entrance({
      ...parts,
      backpressure,
      gate,
      acceptance: this.#acceptance,
      isStopped: () => this.isStopped,
      failure: () => durability?.failure,
      findSend: (send) => this.deduplication.findMade(send),
    });
  }
}
