import { type BusEvent, MessageBus, type Transport } from "../../mod.ts";
import type { Dice } from "../support/dice.ts";
import { type Fate, SimDisk } from "./disk/sim_disk.ts";
import { type CommitMoment, SimStore } from "./disk/sim_store.ts";
import type { BusSettings, Snapshot, Told } from "./history.ts";
import type { SimProcess } from "./net/sim_process.ts";
import { factsOf } from "./payloads.ts";
import type { World } from "./world.ts";

/** Where the bus listens. */
const ADDRESS = "bus";

/** One life of the bus. */
interface Life {
  /** `bus#1`, `bus#2` … */
  readonly name: string;
  readonly bus: MessageBus;
  readonly process: SimProcess;
  /** Settles when all that it has told is written down. */
  read: Promise<void>;
  /** What the bus before it has left is back. */
  isBack: boolean;
  /** Something was told in this step. */
  hasTold: boolean;
  /** Copies that were pending when that was looked at last. */
  pending: number;
}

/** The process of the bus: started, killed, closed and started again, with all that the bus tells written down. */
export class SimHost {
  readonly #world: World;
  readonly #settings: BusSettings;
  readonly #dice: Dice;
  /** Where the bus keeps what outlives it, if it is to. */
  readonly disk: SimDisk | undefined;
  #life: Life | undefined;
  #lives = 0;
  #isClosing = false;
  /** In which moment of a commit the bus is to be killed. */
  #ambush: { moment: CommitMoment; onKilled: () => void } | undefined;
  #isAmbushed = false;

  /** Not started yet. */
  constructor(world: World, settings: BusSettings, dice: Dice) {
    this.#world = world;
    this.#settings = settings;
    this.#dice = dice;
    if (settings.hasStore) this.disk = new SimDisk({ dice: dice.fork("disk") });
    world.afterEachStep(() => this.#endStep());
  }

  /** The bus, while it lives and is not closing. */
  get bus(): MessageBus | undefined {
    return this.#isClosing ? undefined : this.#life?.bus;
  }

  /** The life of the bus that is, or was last. */
  get lifeName(): string {
    return `bus#${this.#lives}`;
  }

  /** The process of the bus that lives. */
  get process(): SimProcess | undefined {
    return this.#life?.process;
  }

  /** Whether there is a bus, be it one that closes. */
  get alive(): boolean {
    return this.#life !== undefined;
  }

  /** Whether there is a bus that has back what the one before it has left. */
  get isBack(): boolean {
    return this.#life?.isBack ?? false;
  }

  /** The way to the bus, for a process. */
  transportFor(process: SimProcess): Transport {
    return this.#world.network.transport(ADDRESS, process);
  }

  /** Starts the bus, unless it lives. */
  start(): void {
    if (this.#life) return;
    const { network, tasks } = this.#world;
    const process = network.process("host");
    this.#lives++;
    const bus = createBus(this.#settings, {
      clock: process.clock,
      tasks: process.tasks(tasks),
      random: this.#dice.fork(this.#lives),
      store: this.#createStore(process),
    });
    const life: Life = {
      name: this.lifeName,
      bus,
      process,
      read: Promise.resolve(),
      hasTold: false,
      isBack: false,
      pending: 0,
    };
    this.#life = life;
    this.#world.record({
      type: "bus_started",
      bus: life.name,
      settings: this.#settings,
    });
    this.#addHandlers(life);
    // A store that cannot be opened now may be, later.
    bus.ready().then(
      () => life.isBack = true,
      () => this.#startAgain(life),
    );
    life.read = this.#read(life);
    const { reconnectGraceMs } = this.#settings;
    const heartbeatMs = HEARTBEAT_MS;
    void bus.listen(this.transportFor(process), {
      reconnectGraceMs,
      heartbeatMs,
    }).catch(() => {
      // It was closed, or killed, before it came to listen.
    });
  }

  /** Ends the bus without a word; and, by its fate, what its disk has not synced. */
  kill(fate: Fate = "kept"): void {
    const life = this.#life;
    if (!life) return;
    this.#world.record({ type: "bus_ended", bus: life.name, how: "killed" });
    this.#end(life);
    this.disk?.crash(fate);
  }

  /** Ends the bus without a word, at this moment of its next commit. */
  killInCommit(moment: CommitMoment, onKilled: () => void): () => void {
    const ambush = { moment, onKilled };
    this.#ambush = ambush;
    return () => {
      if (this.#ambush === ambush) this.#ambush = undefined;
    };
  }

  /** Closes the bus in order; with `drainMs`, after it has finished what it has, or that time. */
  async close(drainMs?: number): Promise<void> {
    const life = this.#life;
    if (!life || this.#isClosing) return;
    const { bus, name } = life;
    if (drainMs !== undefined) {
      await bus.drain({ timeoutMs: drainMs }).catch(() => {});
      if (this.#life !== life || this.#isClosing) return;
    }
    this.#isClosing = true;
    this.#world.record({ type: "bus_ended", bus: name, how: "closing" });
    await bus.close();
    if (this.#life !== life) return;
    // What it told last is still on its way to the history.
    await life.read;
    if (this.#life !== life) return;
    this.#world.record({ type: "bus_ended", bus: name, how: "closed" });
    this.#end(life);
  }

  /** Writes down what the bus shows of itself. */
  look(quiet = false): void {
    const life = this.#life;
    if (!life || this.#isClosing) return;
    this.#world.record({
      type: "snapshot",
      bus: life.name,
      quiet,
      shown: snapshotOf(life.bus, quiet ? Infinity : RECENT),
    });
  }

  /** Writes down the rules, which have changed. */
  noteRules(): void {
    const life = this.#life;
    if (!life) return;
    const rules = life.bus.router.rules();
    this.#world.record({ type: "rules", bus: life.name, rules });
  }

  #end(life: Life): void {
    this.#life = undefined;
    this.#isClosing = false;
    this.#world.network.kill(life.process);
  }

  async #startAgain(life: Life): Promise<void> {
    if (this.#life !== life || this.#isClosing) return;
    await this.close();
    this.#world.clock.schedule(START_AGAIN_MS, () => this.start());
  }

  #createStore(process: SimProcess): SimStore | undefined {
    const { disk } = this;
    return disk && new SimStore({
      disk,
      process,
      stopsAt: (moment) => {
        if (this.#ambush?.moment !== moment) return false;
        // At the end of the step, when all that was told is written down.
        this.#isAmbushed = true;
        return true;
      },
    });
  }

  #endStep(): void {
    this.#gauge();
    if (!this.#isAmbushed) return;
    const ambush = this.#ambush;
    this.#ambush = undefined;
    this.#isAmbushed = false;
    this.kill();
    ambush?.onKilled();
  }

  #addHandlers({ bus: { router }, process }: Life): void {
    router.registerHandler("look", () => {});
    router.registerHandler("wait", () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      process.clock.schedule(RULE_WAIT_MS, resolve);
      return promise;
    });
    router.registerHandler("refuse", () => {
      throw new Error("refused by a rule");
    });
  }

  async #read(life: Life): Promise<void> {
    for await (const event of life.bus.events()) {
      if (this.#life !== life) return;
      life.hasTold = true;
      const bus = life.name;
      const told = toldOf(event, life.bus);
      this.#world.record({ type: "told", bus, event: told });
      if (event.type === "store_opened") this.noteRules();
    }
  }

  #gauge(): void {
    const life = this.#life;
    if (!life) return;
    const { backpressure, requests, deadLetters, state, health } = life.bus;
    // What was kept at last is let go of without a word.
    const isNews = life.hasTold ||
      (this.disk && backpressure.pending !== life.pending);
    if (!isNews) return;
    life.hasTold = false;
    const { pending, pendingBytes, reserved, waiting } = backpressure
      .snapshot();
    life.pending = pending;
    this.#world.record({
      type: "gauges",
      bus: life.name,
      pending,
      pendingBytes,
      reserved,
      waiting,
      requests: requests.size,
      letters: deadLetters.size,
      // While it drains it is not ready, whatever its store is.
      ...(this.disk && state === "open" && { ready: health.ready }),
    });
  }
}

/** Silence after which either side of a connection asks for a sign of life. */
export const HEARTBEAT_MS = 4_000;
const RULE_WAIT_MS = 7;
const START_AGAIN_MS = 50;

function createBus(
  settings: BusSettings,
  ports: Pick<
    ConstructorParameters<typeof MessageBus>[0] & object,
    "clock" | "tasks" | "random" | "store"
  >,
): MessageBus {
  const { maxPending, maxPendingBytes, waitTimeoutMs } = settings;
  const { ackTimeoutMs, maxAttempts, agingStepMs } = settings;
  return new MessageBus({
    ...ports,
    maxMessageBytes: settings.maxMessageBytes,
    requestTimeoutMs: settings.requestTimeoutMs,
    backpressure: { maxPending, maxPendingBytes, timeoutMs: waitTimeoutMs },
    delivery: { ackTimeoutMs, maxAttempts, agingStepMs },
    mailbox: {
      maxMessages: settings.maxMailboxMessages,
      overflow: settings.overflow,
    },
    deadLetters: {
      maxEntries: settings.maxDeadLetters,
      whenFull: settings.whenDeadLettersFull,
    },
    history: { maxEntries: settings.maxHistoryEntries },
  });
}

function toldOf(event: BusEvent, { deadLetters }: MessageBus): Told {
  switch (event.type) {
    case "message_accepted":
    case "message_restored":
      return { ...event, message: factsOf(event.message) };
    case "dead_letter_restored": {
      const message = deadLetters.get(event.id)?.message;
      return { ...event, message: message && factsOf(message) };
    }
    default:
      return event;
  }
}

/** Messages of the history that are looked at while much is going on. */
const RECENT = 20;

function snapshotOf(bus: MessageBus, limit: number): Snapshot {
  return {
    stats: bus.stats(),
    backpressure: bus.backpressure.snapshot(),
    agents: bus.agents(),
    requests: bus.requests.size,
    lostEvents: bus.lostEvents,
    letters: bus.deadLetters.entries().map((letter) => ({
      id: letter.id,
      messageId: letter.message.id,
      reason: letter.reason,
      attempts: letter.attempts,
      agent: letter.agent,
    })),
    history: bus.history({ limit }).map(({ message, outcome, deliveries }) => ({
      messageId: message.id,
      outcome,
      deliveries: deliveries.length,
    })),
  };
}
