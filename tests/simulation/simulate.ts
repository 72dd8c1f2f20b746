import { CallLog } from "./call_log.ts";
import { LIMITS } from "../../core/limits.ts";
import { type Checker, Violation } from "./check/checker.ts";
import { Dice } from "../support/dice.ts";
import { History, type Line } from "./history.ts";
import { Nemesis } from "./nemesis.ts";
import type { SimProcess } from "./net/sim_process.ts";
import type { FaultCounts } from "./net/weather.ts";
import { Operator } from "./operator.ts";
import type { Action, Plan } from "./plan.ts";
import { HEARTBEAT_MS, SimHost } from "./sim_host.ts";
import { type Scene, SimProgram } from "./sim_program.ts";
import { SimWork } from "./sim_work.ts";
import { World } from "./world.ts";

/** What a run has come to. */
export interface Outcome {
  /** The SHA-256 of the history; empty if that was not asked for. */
  readonly digest: string;
  readonly steps: number;
  readonly lines: number;
  /** Time that has passed in the simulated world. */
  readonly virtualMs: number;
  /** How often each fault of the network has acted. */
  readonly faults: Readonly<FaultCounts>;
  /** The history, where it is kept. */
  readonly history: readonly Line[];
}

/** How a run is watched. */
export interface SimulateOptions {
  readonly checkers: readonly Checker[];
  /** Keeps the history, to be looked at. */
  readonly keep?: boolean;
  /** Makes the SHA-256 of the history. */
  readonly hash?: boolean;
  /** Shown each line as it is written. */
  readonly watch?: (line: Line) => void;
}

const PACE = LIMITS as { pacedPending: number };

/**
 * From how many copies on senders pause, in every other schedule: as far from
 * the limit as it is otherwise, where no schedule has so many.
 */
function pacedIn({ seed, settings }: Plan): number | undefined {
  return seed % 2 === 1 ? Math.ceil(settings.maxPending * 0.4) : undefined;
}

/** Longest that everything may take once all is healed, in virtual milliseconds. */
const HEALING_MS = 60_000;

/**
 * Runs a plan to its end: programs and faults in their time, then everything is
 * healed, all work is finished, and the bus is closed.
 *
 * @throws {Violation} If a law is broken.
 */
export async function simulate(
  plan: Plan,
  { checkers, keep, hash, watch }: SimulateOptions,
): Promise<Outcome> {
  const watchers = checkers.map((one) => (line: Line) => one.take(line));
  const history = new History(watch ? [watch, ...watchers] : watchers, {
    keep,
    hash,
  });
  const run = new Run(plan, history);
  const usual = LIMITS.pacedPending;
  PACE.pacedPending = pacedIn(plan) ?? usual;
  try {
    await run.live();
    await run.heal();
    await run.close();
  } finally {
    PACE.pacedPending = usual;
  }
  for (const checker of checkers) checker.end();
  const { world } = run;
  return {
    digest: history.digest(),
    steps: world.step,
    lines: history.size,
    virtualMs: world.clock.monotonic(),
    faults: { ...world.network.counts },
    history: history.lines,
  };
}

/** One run of one plan. */
class Run {
  readonly world: World;
  readonly #plan: Plan;
  readonly #dice: Dice;
  readonly #host: SimHost;
  readonly #work: SimWork;
  readonly #calls: CallLog;
  readonly #operator: Operator;
  readonly #nemesis: Nemesis;
  readonly #programs: readonly SimProgram[];
  /** Those that agents run in, without the bus's. */
  readonly #processes = new Map<string, SimProcess>();
  readonly #numbers = { consumer: 0, instance: 0 };

  constructor(plan: Plan, history: History) {
    this.#plan = plan;
    this.#dice = new Dice(plan.seed).fork("run");
    const world = this.world = new World(this.#dice, history);
    this.#host = new SimHost(world, plan.settings, this.#dice.fork("bus"));
    this.#work = new SimWork(world, plan);
    this.#calls = new CallLog(world);
    this.#operator = new Operator(this.#host, this.#calls);
    this.#nemesis = new Nemesis({
      world,
      host: this.#host,
      processes: () => [...this.#processes.values()],
    });
    const scene: Scene = {
      world,
      host: this.#host,
      work: this.#work,
      calls: this.#calls,
      processOf: (name) => this.#processOf(name),
      nextOf: (kind) => ++this.#numbers[kind],
      random: (purpose) => this.#dice.fork(purpose),
      durables: new Map(),
    };
    this.#programs = plan.slots.map((slot) => new SimProgram(slot, scene));
    world.afterEachStep(() => this.#noteDeaths());
  }

  /** Everything in its time. */
  async live(): Promise<void> {
    const { clock } = this.world;
    this.#host.start();
    for (const [index, program] of this.#programs.entries()) {
      void program.begin(this.#dice.fork(`begin ${index}`).int(1, 2 ** 31));
    }
    for (const action of this.#plan.actions) {
      clock.schedule(action.atMs, () => this.#do(action));
    }
    for (const fault of this.#plan.faults) {
      clock.schedule(fault.atMs, () => this.#nemesis.begin(fault));
    }
    await this.world.run(() => false, this.#plan.endMs);
  }

  /** No more faults: whoever is away comes back, and all that is under way ends. */
  async heal(): Promise<void> {
    this.world.record({ type: "healed" });
    this.#work.heal();
    this.#nemesis.heal();
    // One that drains or closes just now is followed by another; rules come back with the store.
    const isOpen = () => this.#host.bus?.state === "open" && this.#host.isBack;
    const openMs = this.world.clock.monotonic() + HEALING_MS;
    await this.world.run(isOpen, openMs);
    this.#operator.heal();
    let healing = this.#programs.length;
    for (const program of this.#programs) {
      void this.#bringBack(program).then(() => healing--);
    }
    const isQuiet = () => healing === 0 && this.#isQuiet();
    const becomesQuiet = async () => {
      const untilMs = this.world.clock.monotonic() + HEALING_MS;
      if (await this.world.run(isQuiet, untilMs)) return;
      this.#host.look();
      this.#fail("L1", `finishes: ${this.#unfinished(healing)}`);
    };
    await becomesQuiet();
    // Connections that are half open have to be found out, and made again.
    const { reconnectGraceMs } = this.#plan.settings;
    const foundMs = this.world.clock.monotonic() + FINDING_MS +
      reconnectGraceMs;
    await this.world.run(() => false, foundMs);
    await becomesQuiet();
    for (const program of this.#programs) await this.#checkServed(program);
    await becomesQuiet();
    this.world.record({ type: "quiescent" });
    this.#host.look(true);
  }

  /** Everybody leaves, and the bus is closed. */
  async close(): Promise<void> {
    let isClosed = false;
    void (async () => {
      for (const program of this.#programs) await program.leave();
      await this.#host.close();
      isClosed = true;
    })();
    const untilMs = this.world.clock.monotonic() + HEALING_MS;
    if (!await this.world.run(() => isClosed, untilMs)) {
      this.#fail("L3", "closes");
    }
    await this.world.run(() => false, untilMs);
    if (this.world.clock.timers > 0) this.#fail("L3", "ends every timer");
  }

  async #bringBack(program: SimProgram): Promise<void> {
    for (;;) {
      await program.heal();
      if (program.joined) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.world.clock.schedule(REJOIN_MS, resolve);
      await promise;
    }
  }

  /** Whoever has come back is served as before. */
  async #checkServed(program: SimProgram): Promise<void> {
    let isServed: boolean | undefined;
    void program.serves().then((serves) => isServed = serves);
    const untilMs = this.world.clock.monotonic() + HEALING_MS;
    const isOver = () => isServed !== undefined && this.#isQuiet();
    await this.world.run(isOver, untilMs);
    if (!isServed) this.#fail("L1", "takes in a message of one who is back");
  }

  #isQuiet(): boolean {
    const { bus } = this.#host;
    if (!bus || this.#calls.open > 0 || this.#work.running > 0) return false;
    const { pending, waiting } = bus.backpressure;
    return pending === 0 && waiting === 0 && bus.requests.size === 0;
  }

  #noteDeaths(): void {
    for (const [name, { alive }] of this.#processes) {
      if (alive) continue;
      this.#processes.delete(name);
      this.world.record({ type: "process_killed", process: name });
    }
  }

  #unfinished(healing: number): string {
    const { bus } = this.#host;
    const { pending = NaN, waiting = NaN } = bus?.backpressure ?? {};
    return `${healing} programs are away, ${this.#calls.open} calls open, ` +
      `${this.#work.running} handlers at work, ${pending} copies pending, ` +
      `${waiting} senders waiting, ${bus?.requests.size} requests open`;
  }

  #do(action: Action): void {
    const dice = new Dice(action.seed);
    switch (action.kind) {
      case "replay":
        return this.#operator.replay(dice);
      case "discard":
        return this.#operator.discard(dice);
      case "rule":
        return this.#operator.changeRules(dice);
      case "look":
        return this.#host.look();
      default:
        this.#programs[action.slot % this.#programs.length]?.do(action);
    }
  }

  #processOf(name: string): SimProcess {
    this.#noteDeaths();
    const known = this.#processes.get(name);
    if (known) return known;
    const process = this.world.network.process(name);
    this.#processes.set(name, process);
    this.world.record({ type: "process_started", process: name });
    return process;
  }

  #fail(law: string, what: string): never {
    const line: Line = {
      type: "quiescent",
      step: this.world.step,
      atMs: this.world.clock.monotonic(),
    };
    throw new Violation(law, `nothing in bounded time ${what}`, line);
  }
}

const REJOIN_MS = 100;
/** Three heartbeats, in which silence is noticed, and a connection is made again. */
const FINDING_MS = 3 * HEARTBEAT_MS;
