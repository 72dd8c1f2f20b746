import { allCheckers } from "./check/all.ts";
import { Violation } from "./check/checker.ts";
import type { Line } from "./history.ts";
import { type Plan, planOf } from "./plan.ts";
import { type Outcome, simulate, type SimulateOptions } from "./simulate.ts";

/** Which seeds a shard runs. */
export interface ShardWork {
  readonly from: number;
  readonly count: number;
  /** Every so many seeds, one is run twice, to compare what happened. */
  readonly twiceEvery: number;
}

/** A run that broke a law. */
export interface Failure {
  readonly seed: number;
  readonly text: string;
}

/** What a shard has seen. */
export interface ShardReport {
  readonly runs: number;
  readonly twice: number;
  readonly steps: number;
  readonly lines: number;
  readonly virtualMs: number;
  /** Kinds of lines, of what the bus told, of errors and of faults, with how often each was there. */
  readonly seen: Readonly<Record<string, number>>;
  /** How many kinds of faults acted in the run that had the fewest. */
  readonly fewestFaultKinds: number;
  readonly failures: readonly Failure[];
}

/** Runs a plan under every checker. @returns What it broke, if anything. */
export async function check(
  plan: Plan,
  { hash, watch }: Pick<SimulateOptions, "hash" | "watch"> = {},
): Promise<Outcome | Error> {
  let stray: unknown;
  const onStray = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    stray ??= event.reason;
  };
  globalThis.addEventListener("unhandledrejection", onStray);
  try {
    const checkers = allCheckers();
    const outcome = await simulate(plan, { checkers, hash, watch });
    if (stray === undefined) return outcome;
    const text = stray instanceof Error ? stray.stack : String(stray);
    return new Error(`L5 a promise was rejected and nobody looked: ${text}`);
  } catch (error) {
    if (error instanceof Violation) return error;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    globalThis.removeEventListener("unhandledrejection", onStray);
  }
}

/** Runs one seed after the other. `onRun` hears of each. */
export async function runShard(
  { from, count, twiceEvery }: ShardWork,
  onRun: (failure: Failure | undefined) => void = () => {},
): Promise<ShardReport> {
  const tally = new Tally();
  for (let seed = from; seed < from + count; seed++) {
    const isTwice = seed % twiceEvery === 0;
    const failure = await tally.run(seed, isTwice);
    onRun(failure);
  }
  return tally;
}

/** Adds runs up. */
class Tally implements ShardReport {
  runs = 0;
  twice = 0;
  steps = 0;
  lines = 0;
  virtualMs = 0;
  fewestFaultKinds = Infinity;
  readonly seen: Record<string, number> = {};
  readonly failures: Failure[] = [];

  async run(seed: number, isTwice: boolean): Promise<Failure | undefined> {
    this.runs++;
    const kinds = new Set<string>();
    const watch = (line: Line) => {
      const key = keyOf(line);
      this.seen[key] = (this.seen[key] ?? 0) + 1;
      if (line.type === "fault") kinds.add(line.kind);
    };
    const outcome = await check(planOf(seed), { hash: isTwice, watch });
    if (outcome instanceof Error) return this.#fail(seed, outcome);
    this.steps += outcome.steps;
    this.lines += outcome.lines;
    this.virtualMs += outcome.virtualMs;
    this.fewestFaultKinds = Math.min(this.fewestFaultKinds, kinds.size);
    for (const [name, count] of Object.entries(outcome.faults)) {
      const key = `net ${name}`;
      this.seen[key] = (this.seen[key] ?? 0) + count;
    }
    return isTwice ? await this.#again(seed, outcome) : undefined;
  }

  async #again(seed: number, first: Outcome): Promise<Failure | undefined> {
    this.twice++;
    const second = await check(planOf(seed), { hash: true });
    if (!(second instanceof Error) && second.digest === first.digest) {
      return undefined;
    }
    return this.#fail(seed, new Error("it does not happen twice the same"));
  }

  #fail(seed: number, error: Error): Failure {
    const text = error instanceof Violation
      ? error.message
      : error.stack ?? error.message;
    const failure = { seed, text };
    this.failures.push(failure);
    return failure;
  }
}

function keyOf(line: Line): string {
  switch (line.type) {
    case "told":
      return line.event.type === "delivery_ended"
        ? `told ${line.event.type} ${line.event.outcome}`
        : line.event.type === "dead_letter_added" ||
            line.event.type === "message_dropped"
        ? `told ${line.event.type} ${line.event.reason}`
        : `told ${line.event.type}`;
    case "called":
      return `called ${line.what.verb}`;
    case "rejected":
      return `rejected ${line.code}`;
    case "fault":
      return `fault ${line.kind}`;
    case "bus_ended":
      return `bus_ended ${line.how}`;
    case "settling":
      return `settling ${line.verb}`;
    default:
      return line.type;
  }
}
