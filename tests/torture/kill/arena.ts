import { Child } from "../../peers/child.ts";
import { pause } from "../../peers/pause.ts";
import { waitUntil } from "../../peers/peer_case.ts";
import { Dice } from "../../support/dice.ts";
import type { StoreKind } from "../programs/stores.ts";
import { inOrderOfTime, readSaid, type Said } from "../said.ts";
import { type FoundLetter, Judge, type Verdict } from "./judge.ts";
import { LEASE_MS, MAX_ATTEMPTS, SHORT_LEASE_MS } from "./rules.ts";

const SIDES = ["left", "right"] as const;
/** Read last, so that an end is heard after the beginning that it belongs to. */
const DIARIES = ["left", "right", "host"] as const;
const IN_ORDER = ["desk", "reader", "sleepy", "away", "columnist"];
const DRAIN_MS = 30_000;
/** By when most of a recovery is over, in milliseconds. */
const RECOVERY_MS = 50;
const LIFE_MS = 400;
const AGENT_SHARE = 0.08;
const PROGRAMS = "../../torture/programs/";

/** What a stretch came to. */
export interface Stretch extends Verdict {
  readonly letters: number;
}

/** A bus that dies and comes back, with agents around it. */
export class Arena implements AsyncDisposable {
  /** Kills of a bus that had hardly begun. */
  early = 0;
  /** Agents' processes that were killed. */
  agentsKilled = 0;
  readonly #directory: string;
  readonly #kind: StoreKind;
  readonly #seed: number;
  readonly #dice: Dice;
  readonly #agents = new Map<string, Child>();
  readonly #lives = new Map<string, number>();
  /** How much of each diary has been read. */
  readonly #heard = new Map<string, number>();
  /** Kills of agents that have not been judged. */
  readonly #kills: Said[] = [];
  #host: Child | undefined;
  #opened: Promise<unknown> = Promise.resolve();
  /** The next host, with everything loaded. */
  #spare: Promise<Child> | undefined;
  #stretches = 0;

  private constructor(directory: string, kind: StoreKind, seed: number) {
    this.#directory = directory;
    this.#kind = kind;
    this.#seed = seed;
    this.#dice = new Dice(seed).fork("kills");
  }

  /** Starts a bus and its agents. */
  static async open(
    directory: string,
    kind: StoreKind,
    seed: number,
  ): Promise<Arena> {
    const arena = new Arena(directory, kind, seed);
    await arena.#startHost();
    await arena.#opened;
    await Promise.all(SIDES.map((side) => arena.#startAgents(side)));
    await Promise.all(SIDES.map((side) => arena.#ask(side, "greet")));
    return arena;
  }

  /** Kills the bus so many times, then has everything come to rest, and judges. */
  async stretch(rounds: number): Promise<Stretch> {
    const stretch = ++this.#stretches;
    const begin = (side: string) => this.#ask(side, "begin", stretch);
    await Promise.all(SIDES.map(begin));
    for (let round = 0; round < rounds; round++) {
      const isEarly = this.#dice.chance(0.25);
      if (isEarly) this.early++;
      await pause(this.#dice.int(0, isEarly ? RECOVERY_MS : LIFE_MS));
      const side = this.#dice.pick(SIDES);
      const isDouble = this.#dice.chance(AGENT_SHARE);
      if (isDouble) await this.#killAgents(side);
      await this.#killHost();
      if (isDouble) {
        await this.#startAgents(side);
        await begin(side);
      }
    }
    return await this.#rest();
  }

  /** Ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [this.#host, await this.#spare, ...this.#agents.values()];
    await Promise.all(all.map((one) => one?.[Symbol.asyncDispose]()));
  }

  async #rest(): Promise<Stretch> {
    await this.#opened;
    await Promise.all(SIDES.map((side) => this.#ask(side, "rest")));
    const isEmpty = async () => await this.#host?.ask("pending") === 0;
    const tookMs = await waitUntil(isEmpty, DRAIN_MS);
    const letters = await this.#host?.ask<FoundLetter[]>("letters") ?? [];
    await this.#ask("right", "goodbye");
    const judge = new Judge({
      maxAttempts: MAX_ATTEMPTS,
      leaseMs: (agent) => agent === "sleepy" ? SHORT_LEASE_MS : LEASE_MS,
      inOrder: IN_ORDER,
    });
    for (const said of this.#hear()) judge.take(said);
    const verdict = judge.verdict(letters);
    const problems = [...verdict.problems];
    if (tookMs === Infinity) problems.push("the bus has not become empty");
    return { ...verdict, problems, letters: letters.length };
  }

  /** What was said since the last time, in the order of time. */
  #hear(): Said[] {
    const diaries = DIARIES.map((name) => {
      const text = Deno.readTextFileSync(`${this.#directory}/${name}.log`);
      const from = this.#heard.get(name) ?? 0;
      this.#heard.set(name, text.length);
      return readSaid(text.slice(from));
    });
    return inOrderOfTime(this.#kills.splice(0), ...diaries);
  }

  async #startHost(): Promise<void> {
    const host = await (this.#spare ?? this.#loadHost());
    this.#host = host;
    this.#opened = host.ask("open");
    // It may be killed before it has answered.
    this.#opened.catch(() => {});
    this.#spare = this.#loadHost();
    this.#spare.catch(() => {});
  }

  #loadHost(): Promise<Child> {
    const args = [this.#directory, this.#kind, this.#seed, this.#live("host")];
    return Child.start(`${PROGRAMS}host.ts`, args);
  }

  async #killHost(): Promise<void> {
    await this.#host?.[Symbol.asyncDispose]();
    await this.#startHost();
  }

  async #startAgents(side: string): Promise<void> {
    const args = [this.#directory, side, this.#seed, this.#live(side)];
    const agents = await Child.start(`${PROGRAMS}agents.ts`, args);
    this.#agents.set(side, agents);
    await agents.ask("join");
  }

  async #killAgents(side: string): Promise<void> {
    this.agentsKilled++;
    const at = Date.now();
    await this.#agents.get(side)?.[Symbol.asyncDispose]();
    this.#kills.push({ at, say: "killed", until: Date.now() });
  }

  async #ask(side: string, command: string, ...args: unknown[]): Promise<void> {
    await this.#agents.get(side)?.ask(command, ...args);
  }

  #live(name: string): number {
    const life = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, life);
    return life;
  }
}
