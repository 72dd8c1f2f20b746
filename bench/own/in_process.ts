import { Child } from "../process/child.ts";
import type { Figures } from "../rounds.ts";
import type { Benchmark, FigureName } from "./benchmark.ts";

const GROUP = "in one process";

const RATE: readonly FigureName[] = ["perSecond", "ownUs"];

const DURABLE: readonly FigureName[] = [...RATE, "p50Us", "p99Us"];

/** What is measured within a process, by the names in `programs/in_process.ts`. */
export const inProcess: readonly Benchmark[] = [
  local("send, 1 to 1"),
  local("send, 1 to 1, with acks"),
  local("send, 1 to 1, without history"),
  local("send, 1 to 1, with 1,000 rules"),
  local("publish, 1 to 8"),
  local("publish, 1 to 8, with acks"),
  local("send, durable, 1 under way", ...DURABLE),
  local("send, durable, 64 under way", ...DURABLE),
  local("send, durable, 1,024 under way", ...DURABLE),
  local("request, 1 in flight"),
  local("request, 64 in flight"),
  local("route among 1,000 rules of which few match", "us"),
  local("stats() with 10,000 topics", "us"),
  local("stats() with 10,000 topics, and its perTopic", "us"),
];

function local(name: string, ...figures: FigureName[]): Benchmark {
  return {
    name: `${GROUP}: ${name}`,
    group: GROUP,
    figures: figures.length > 0 ? figures : RATE,
    run: async (build, ms) => {
      const program = "own/programs/in_process.ts";
      const args = [name, String(ms)];
      await using child = Child.spawn(program, args, { build });
      return await child.hear<Figures>();
    },
  };
}
