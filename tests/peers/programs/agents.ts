// Many agents of one process, each with a connection of its own: `agents.ts PATH`.
import { type Agent, connect } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";
import { pause } from "../pause.ts";
import { programArgs, serveCommands } from "./commands.ts";
import {
  countFailure,
  Sending,
  type SendingFigures,
  type SendingPlan,
} from "./sending.ts";

/** How work went. */
export interface WorkFigures {
  /** Requests that were answered. */
  readonly answered: number;
  /** What the others failed with, by code. */
  readonly failures: Record<string, number>;
  /** How long requests took, in milliseconds. */
  readonly p50Ms: number;
  /** How long the slowest hundredth took at least, in milliseconds. */
  readonly p99Ms: number;
  /** Requests answered in a second. */
  readonly perSecond: number;
}

/** How many are connected at the same time. */
const AT_ONCE = 64;
const [path] = programArgs();
const transport = unixTransport(path as string);
const agents: Agent[] = [];
let work: Work | undefined;
let sending: Sending | undefined;
const handled = new Map<string, number>();

/** Requests to "echo", one after the other by each agent, until stopped. */
class Work {
  readonly #startedAt = performance.now();
  readonly #tookMs: number[] = [];
  readonly #failures: Record<string, number> = {};
  readonly #loops: Promise<void>[];
  #isOver = false;

  constructor(pauseMs: number) {
    this.#loops = agents.map((agent) => this.#loop(agent, pauseMs));
  }

  async stop(): Promise<WorkFigures> {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    this.#isOver = true;
    await Promise.all(this.#loops);
    const sorted = this.#tookMs.sort((a, b) => a - b);
    const at = (part: number) =>
      sorted[Math.floor(sorted.length * part)] ?? NaN;
    return {
      answered: sorted.length,
      failures: this.#failures,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      perSecond: sorted.length / seconds,
    };
  }

  async #loop(agent: Agent, pauseMs: number): Promise<void> {
    while (!this.#isOver) {
      const from = performance.now();
      try {
        await agent.request("echo", "say it", { timeoutMs: 5_000 });
        this.#tookMs.push(performance.now() - from);
      } catch (error) {
        countFailure(this.#failures, error);
      }
      await pause(pauseMs);
    }
  }
}

await serveCommands({
  join: async (prefix: string, many: number): Promise<number> => {
    const from = performance.now();
    let next = 0;
    const joinAll = async () => {
      while (next < many) {
        const name = `${prefix}-${next++}`;
        agents.push(await connect(transport, { name }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, joinAll));
    return performance.now() - from;
  },
  /** Each sends a message a second to "counter", none at the same moment as another. */
  report: async (seconds: number): Promise<Record<string, number>> => {
    const ends: Record<string, number> = {};
    const reports = agents.map(async (agent, at) => {
      await pause(at / agents.length * 1_000);
      const sends: Promise<void>[] = [];
      for (let n = 0; n < seconds; n++) {
        const sent = agent.send("counter", `report ${n}`, {
          requiresAck: true,
        });
        sends.push(sent.then(
          () => void (ends.accepted = (ends.accepted ?? 0) + 1),
          (error) => countFailure(ends, error),
        ));
        await pause(1_000);
      }
      await Promise.all(sends);
    });
    await Promise.all(reports);
    return ends;
  },
  startWork: (pauseMs: number) => {
    work = new Work(pauseMs);
  },
  stopWork: () => work?.stop(),
  /** The first one sends, until told to stop. */
  startSending: (plan: SendingPlan) => {
    if (agents[0]) sending = new Sending(agents[0], plan);
  },
  stopSending: (): Promise<SendingFigures> | undefined => sending?.stop(),
  /** Each takes so many at the same time, and so long for each. */
  consume: (concurrency: number, tookMs: number) => {
    for (const agent of agents) {
      agent.receive(async ({ id }) => {
        handled.set(id, (handled.get(id) ?? 0) + 1);
        if (tookMs > 0) await pause(tookMs);
      }, { concurrency });
    }
  },
  /** What was begun, by message. */
  handled: (): [string, number][] => [...handled],
  leave: async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.close()));
  },
});
