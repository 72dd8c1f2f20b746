import { seededRandom } from "../../../testing/mod.ts";
import {
  type BusSettings,
  type Command,
  deliveryName,
  type Start,
} from "./commands.ts";
import { arrange, type Choose, drive } from "./drive.ts";
import { Handlers } from "./handlers.ts";
import { type Copy, ModelBus } from "./model_bus.ts";
import type { Consumer } from "./model_routes.ts";
import { ProgramMaker } from "./program_maker.ts";
import { RealBus } from "./real_bus.ts";
import { settle } from "./step_clock.ts";
import { resultsOf, startsOf, type View, viewOf } from "./views.ts";

/** Orders of what happens at one instant that are tried before two are said to differ. */
const SCHEDULES = 60;

/** Where the bus and its model went different ways. */
export interface Difference {
  readonly step: number;
  readonly what: string;
}

/** A program that was run: what it did, and the first difference, if any. */
export interface Run {
  readonly commands: Command[];
  readonly settings: BusSettings;
  readonly difference: Difference | undefined;
}

/** Draws a program of this seed and runs it on the bus and on the model. */
export async function runSeed(seed: number, steps: number): Promise<Run> {
  const maker = new ProgramMaker(seed);
  const commands: Command[] = [];
  const difference = await compare(maker.settings, function* (modelNow) {
    while (commands.length < steps) {
      const command = maker.next(modelNow());
      commands.push(command);
      yield command;
    }
  });
  return { commands, settings: maker.settings, difference };
}

/** Runs given commands on both. */
export function runCommands(
  settings: BusSettings,
  commands: readonly Command[],
): Promise<Difference | undefined> {
  return compare(settings, () => commands);
}

/** The same program with every command taken out that the difference does not need. */
export async function shrink(
  { commands, settings, difference }: Run,
): Promise<Command[]> {
  let left = commands.slice(0, (difference?.step ?? 0) + 1);
  for (let size = left.length >> 1; size > 0; size >>= 1) {
    for (let at = left.length - size; at >= 0; at -= size) {
      const fewer = left.toSpliced(at, size);
      const found = await runCommands(settings, fewer);
      if (found && kindOf(found) === kindOf(difference)) left = fewer;
    }
  }
  return left;
}

/** A difference in words: the seed that brings it back, and the commands it needs. */
export function describe(
  seed: number,
  { difference, settings }: Run,
  commands: readonly Command[],
): string {
  return [
    `seed ${seed}, command ${difference?.step}: ${difference?.what}`,
    `The bus and its model still differ after these ${commands.length}:`,
    ...commands.map((command) => JSON.stringify(command)),
    `with ${JSON.stringify(settings)}`,
  ].join("\n");
}

/** The first path that differs: another difference is another story. */
function kindOf(difference: Difference | undefined): string | undefined {
  return difference?.what.split(":")[0];
}

async function compare(
  settings: BusSettings,
  program: (modelNow: () => ModelBus) => Iterable<Command>,
): Promise<Difference | undefined> {
  const pair = new Pair(settings);
  let step = 0;
  try {
    for (const command of program(() => pair.model)) {
      await pair.apply(command);
      step++;
    }
    await pair.end();
    return undefined;
  } catch (error) {
    return { step, what: (error as Error).message };
  } finally {
    await pair.real.bus.close();
  }
}

/** A command that was done, with what the model needs to do it again. */
interface Done {
  readonly command: Command;
  readonly starts: readonly Start[];
  readonly schedule: number;
  readonly view: View;
}

/** The bus and its model, side by side. */
class Pair {
  readonly real: RealBus;
  model: ModelBus;
  readonly #settings: BusSettings;
  readonly #done: Done[] = [];
  /** Deliveries that began before this command. */
  #started = 0;

  constructor(settings: BusSettings) {
    this.#settings = settings;
    this.real = new RealBus(settings);
    this.model = newModel(settings);
  }

  /**
   * Does a command on both.
   *
   * @throws {Error} If they differ, in whatever order the model does what
   * happens at one instant.
   */
  async apply(command: Command): Promise<void> {
    await this.real.apply(command);
    const { starts } = this.real;
    const view = this.real.view();
    let first: unknown;
    for (let schedule = 0; schedule < SCHEDULES; schedule++) {
      try {
        if (first) this.#rewind();
        const done = { command, starts, schedule, view };
        this.#applyToModel(done);
        this.#check(view);
        this.#done.push(done);
        this.#started = this.model.leases.length;
        return;
      } catch (error) {
        first ??= error;
      }
    }
    throw first;
  }

  /** Closes the bus, which must leave no timer behind. */
  async end(): Promise<void> {
    const { bus, clock } = this.real;
    await bus.close();
    await settle();
    refuse(differencesOf("timers", clock.timers, 0));
  }

  #rewind(): void {
    this.model = newModel(this.#settings);
    for (const done of this.#done) this.#applyToModel(done);
  }

  #applyToModel({ command, starts, schedule, view }: Done): void {
    this.model.pick = (copy, free) => picked(this.model, starts, copy, free);
    drive(this.model, command, chooserOf(schedule));
    arrange(this.model, view.letters);
  }

  #check(view: View): void {
    const { model, real } = this;
    refuse([
      ...differencesOf(
        "starts",
        byBox(real.starts, model),
        byBox(startsOf(model, this.#started), model),
      ),
      ...differencesOf("calls", real.settled, resultsOf(model)),
      ...differencesOf("bus", view, viewOf(model)),
    ]);
  }
}

/** A model whose handlers do what those of the bus do. */
function newModel(settings: BusSettings): ModelBus {
  const model = new ModelBus(settings);
  const handlers = new Handlers(model);
  model.play = (lease) => handlers.play(lease);
  return model;
}

/** Who had the copy of those who were free, as the bus was seen to start it. */
function picked(
  { leases }: ModelBus,
  starts: readonly Start[],
  { message }: Copy,
  free: Consumer[],
): Consumer | undefined {
  const taken = new Set(leases.map((one) => one.id));
  const names = free.map(({ id }) => deliveryName(message.id, id, taken));
  const start = starts.find(({ id }) => names.includes(id));
  return free[start ? names.indexOf(start.id) : 0];
}

/** The first schedule always takes what came first, the next what came last, the others what comes by chance. */
function chooserOf(schedule: number): Choose {
  if (schedule < 2) return (of) => schedule * (of - 1);
  const random = seededRandom(schedule);
  return (of) => Math.floor(random.next() * of);
}

function refuse(differences: string[]): void {
  if (differences.length > 0) throw new Error(differences.join("\n"));
}

/** Mailboxes hand out side by side: only the order within one is promised. */
function byBox(starts: readonly Start[], { leases }: ModelBus): Start[] {
  const keyOf = ({ id }: Start) =>
    leases.find((one) => one.id === id)?.copy.box.key ?? "";
  return starts.toSorted((one, other) =>
    one.at - other.at || keyOf(one).localeCompare(keyOf(other))
  );
}

/** The paths at which two values differ, each with what is there. */
export function differencesOf(
  path: string,
  real: unknown,
  model: unknown,
): string[] {
  if (isSame(real, model)) return [];
  if (real instanceof Map && model instanceof Map) {
    const [one, other] = [Object.fromEntries(real), Object.fromEntries(model)];
    return differencesOf(path, one, other);
  }
  if (!isBranch(real) || !isBranch(model)) {
    const [is, should] = [JSON.stringify(real), JSON.stringify(model)];
    return [`${path}: the bus has ${is}, the model ${should}`];
  }
  const names = new Set([...Object.keys(real), ...Object.keys(model)]);
  return [...names].flatMap((name) =>
    differencesOf(`${path}.${name}`, real[name], model[name])
  );
}

/** The same without a trace of paths: nearly every time, that is all. */
function isSame(real: unknown, model: unknown): boolean {
  if (Object.is(real, model)) return true;
  if (real instanceof Map && model instanceof Map) {
    if (real.size !== model.size) return false;
    for (const [key, value] of model) if (real.get(key) !== value) return false;
    return true;
  }
  if (Array.isArray(real) && Array.isArray(model)) {
    return real.length === model.length &&
      real.every((one, at) => isSame(one, model[at]));
  }
  if (!isBranch(real) || !isBranch(model)) return false;
  for (const name in model) if (!isSame(real[name], model[name])) return false;
  for (const name in real) {
    if (real[name] !== undefined && model[name] === undefined) return false;
  }
  return true;
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
