/**
 * Our own figures: `deno task bench`, or `deno task bench --json` for a program.
 * Only figures of one run compare: machines drift, and neighbours disturb.
 */
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { inProcessWorks } from "./in_process.ts";
import { type Figure, measure } from "./measure.ts";
import { openSocketBench } from "./unix_socket.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: {
    json: { type: "boolean", default: false },
    runs: { type: "string", default: "5" },
    "duration-ms": { type: "string", default: "500" },
  },
  allowPositionals: true,
});
// `deno task bench -- --json` hands on the dashes, after which nothing is an option.
const json = values.json || positionals.includes("--json");
const runs = wholeNumber("--runs", values.runs);
const durationMs = wholeNumber("--duration-ms", values["duration-ms"]);

await using socket = await openSocketBench();
const works = [...inProcessWorks(), ...socket.works];
const figures = await measure(works, {
  runs,
  durationMs,
  onRound: showProgress,
});

const head = {
  busbar: await version(),
  deno: Deno.version.deno,
  v8: Deno.version.v8,
  system: `${Deno.build.os} ${Deno.build.arch}`,
  processor: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  runs,
  durationMs,
};
if (json) console.log(JSON.stringify({ ...head, figures }, null, 2));
else print();

function print(): void {
  console.log(
    `busbar ${head.busbar}, Deno ${head.deno}, V8 ${head.v8}, ${head.system}`,
  );
  console.log(
    `${head.cores} cores of ${head.processor}, ${head.memoryGiB} GiB`,
  );
  console.log(
    `median of ${runs} interleaved runs of ${durationMs} ms; slowest and fastest run`,
  );
  for (const [group, rows] of Map.groupBy(figures, (figure) => figure.group)) {
    console.log(
      `\n${group.padEnd(46)}${"per second".padStart(12)}${"from".padStart(12)}${
        "to".padStart(12)
      }`,
    );
    for (const row of rows) console.log(line(row));
  }
}

function line({ name, perSecond, latencyUs }: Figure): string {
  const { median, min, max } = perSecond;
  const rates = [median, min, max].map((rate) => rounded(rate).padStart(12));
  const trip = latencyUs
    ? `  p50 ${rounded(latencyUs.p50)} µs, p99 ${rounded(latencyUs.p99)} µs`
    : "";
  return name.padEnd(46) + rates.join("") + trip;
}

function rounded(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function showProgress(round: number): void {
  const text = round === 0 ? "warming up" : `run ${round} of ${runs}`;
  if (Deno.stderr.isTerminal()) console.error(text);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(
    `Cannot measure as ${name} must be a whole number above 0: current value is ${text}`,
  );
}

async function version(): Promise<string> {
  const config = new URL("../deno.json", import.meta.url);
  const { version } = JSON.parse(await Deno.readTextFile(config)) as {
    version: string;
  };
  return version;
}
