/**
 * What a durable bus withstands: `deno run -A tests/torture/main.ts [kill]
 * [powercut] [order] [--rounds N] [--seed 0x2a]`. One line a part; ends with
 * status 1 if a limit did not hold.
 */
import { parseArgs } from "node:util";
import { Report } from "../peers/report.ts";
import { orderPart, powercutPart } from "./disk_parts.ts";
import { killPart } from "./kill/kill_part.ts";
import type { Part } from "./part.ts";

const PARTS: readonly Part[] = [
  killPart("sqlite"),
  powercutPart("sqlite"),
  orderPart("sqlite"),
];

const { values, positionals } = parseArgs({
  args: Deno.args.filter((arg) => arg !== "--"),
  options: { rounds: { type: "string" }, seed: { type: "string" } },
  allowPositionals: true,
});
const seed = Number(values.seed ?? Date.now() % 2 ** 32);
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const wanted = PARTS.filter(({ name }) =>
  positionals.length === 0 || positionals.includes(name)
);
const isWrong = wanted.length < positionals.length || !Number.isInteger(seed) ||
  (rounds !== undefined && !(rounds >= 1));
if (isWrong) {
  const names = PARTS.map(({ name }) => name).join(" ");
  console.log(`There are: ${names}, --rounds from 1, --seed a whole number`);
  Deno.exit(2);
}
// They wait most of the time, each in a process of its own.
const outcomes = await Promise.all(
  wanted.length === 1 ? wanted.map(passes) : wanted.map(passesApart),
);
Deno.exit(outcomes.every((ok) => ok) ? 0 : 1);

async function passesApart({ name }: Part): Promise<boolean> {
  const options = [
    "--seed",
    `${seed}`,
    ...rounds ? ["--rounds", `${rounds}`] : [],
  ];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename ?? "", name, ...options],
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return success;
}

async function passes({ name, run }: Part): Promise<boolean> {
  const report = new Report();
  const directory = await Deno.makeTempDir({ prefix: "torture-" });
  const from = performance.now();
  let error: unknown;
  let ignored: string | undefined;
  try {
    ignored = await run(report, { rounds, seed, directory });
  } catch (thrown) {
    error = thrown;
  }
  const isMissed = ignored !== undefined && Deno.env.get("CI") === "true";
  const ok = report.ok && error === undefined && !isMissed;
  const word = !ok ? "FAILED " : ignored === undefined ? "ok     " : "ignored";
  const seconds = ((performance.now() - from) / 1_000).toFixed(1);
  const shown = ignored ?? report;
  console.log(
    `${word} ${name} (${seconds} s), seed 0x${seed.toString(16)}: ${shown}`,
  );
  if (error !== undefined) console.log(error);
  if (ok) await Deno.remove(directory, { recursive: true });
  else console.log(`        kept in ${directory}`);
  return ok;
}
