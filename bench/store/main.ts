/**
 * How long a bus takes to be ready that finds many messages in its store, and
 * what of it the store alone takes: `deno run -A bench/store/main.ts`.
 * `--messages N` sets how many, `--rounds N` how often.
 */
import { readOptions, showProgress, wholeNumber } from "../arguments.ts";
import { describeMachine, machineText } from "../machine.ts";
import { rounded } from "../own/benchmark.ts";
import { type Build, prepareBuild, ROOT } from "../process/build.ts";
import {
  type Measurement,
  type Outcome,
  runRounds,
  valuesOf,
} from "../rounds.ts";
import { spread } from "../statistics.ts";
import { openBus, readStore, withFilled } from "./opening.ts";

const values = readOptions({
  messages: { type: "string", default: "1000000" },
  rounds: { type: "string", default: "3" },
});
const messages = wholeNumber("--messages", values.messages);
const rounds = wholeNumber("--rounds", values.rounds);

const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
try {
  const build = await prepareBuild("now", ROOT, folder);
  showProgress(`fills a store with ${messages} messages`);
  const outcomes = await withFilled(messages, build, (path) => {
    const onStart = (key: string, round: number) =>
      showProgress(`round ${round + 1}: ${key}`);
    return runRounds(measurementsOf(path, build), { rounds, onStart });
  });
  console.log(machineText(await describeMachine()));
  console.log(`${rounded(messages)} messages, median of ${rounds} rounds`);
  for (const [key, outcome] of outcomes) console.log(lineOf(key, outcome));
} finally {
  await Deno.remove(folder, { recursive: true });
}

function measurementsOf(path: string, build: Build): Measurement[] {
  return [
    {
      key: "read and checked, on one thread",
      run: () => readStore(path, "here", build),
    },
    {
      key: "read and checked by the store's thread, and handed over",
      run: () => readStore(path, "there", build),
    },
    {
      key: "back in a bus that is ready",
      run: () => openBus(path, messages, build),
    },
  ];
}

function lineOf(key: string, outcome: Outcome): string {
  if (outcome.failure) throw outcome.failure;
  const { median, min, max } = spread(valuesOf(outcome, "ms"));
  const rate = rounded(messages / median * 1_000);
  return `${key}: ${rounded(median)} ms (${rounded(min)} - ${
    rounded(max)
  }), ${rate} a second`;
}
