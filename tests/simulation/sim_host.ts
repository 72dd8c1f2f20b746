import { type BusEvent, MessageBus, type Transport } from "../../mod.ts";
import type { Dice } from "../support/dice.ts";
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
  /** Something was told in this step. */
  hasTold: boolean;
}

/** The process of the bus: started, killed, closed and started again, with all that the bus tells written down. */
export class SimHost {
  readonly #world: World;
  readonly #settings: BusSettings;
  readonly #dice: Dice;
  #life: Life | undefined;
  #lives = 0;
  #isClosing = false;

  /** Not started yet. */
  constructor(world: World, settings: BusSettings, dice: Dice) {
    this.#world = world;
    this.#settings = settings;
    this.#dice = dice;
    world.afterEachStep(() => this.#gauge());
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
    });
    const life: Life = {
      name: this.lifeName,
      bus,
      process,
      read: Promise.resolve(),
      hasTold: false,
    };
    this.#life = life;
    this.#world.record({
      type: "bus_started",
      bus: life.name,
      settings: this.#settings,
    });
    this.#addHandlers(life);
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

  /** Ends the bus without a word. */
  kill(): void {
    const life = this.#life;
    if (!life) return;
    this.#world.record({ type: "bus_ended", bus: life.name, how: "killed" });
    this.#end(life);
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
      this.#world.record({ type: "told", bus, event: toldOf(event) });
    }
  }

  #gauge(): void {
    const life = this.#life;
    if (!life?.hasTold) return;
    life.hasTold = false;
    const { backpressure, requests, deadLetters } = life.bus;
    const { pending, pendingBytes, reserved, waiting } = backpressure
      .snapshot();
    this.#world.record({
      type: "gauges",
      bus: life.name,
      pending,
      pendingBytes,
      reserved,
      waiting,
      requests: requests.size,
      letters: deadLetters.size,
    });
  }
}

/** Silence after which either side of a connection asks for a sign of life. */
export const HEARTBEAT_MS = 4_000;
const RULE_WAIT_MS = 7;

function createBus(
  settings: BusSettings,
  ports: Pick<
    ConstructorParameters<typeof MessageBus>[0] & object,
    "clock" | "tasks" | "random"
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

function toldOf(event: BusEvent): Told {
  return event.type === "message_accepted"
    ? { ...event, message: factsOf(event.message) }
    : event;
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
