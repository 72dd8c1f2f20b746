import type { Command } from "commander";
import { z } from "zod";
import { CommandError } from "../command_error.ts";
import { EXIT } from "../exit_code.ts";
import { type SocketOption, withSocket } from "../reach.ts";
import { askKeeper } from "../serving/store_keeper.ts";
import { keeperOf, withStoreFile } from "../store_file.ts";
import type { Terminal } from "../terminal.ts";
import { count, visible } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar verify crew.db
  busbar verify crew.db --json | jq .damaged

Reads every record, and ends with status 7 if one is not what was written. A bus
that has the store open looks itself; commits wait meanwhile. Where no bus has
it, a damaged file is opened as a bus would: what is damaged is set aside.`;

const ReportSchema = z.object({
  ok: z.boolean(),
  records: z.record(z.string(), z.number()),
  damaged: z.array(
    z.object({ kind: z.string(), key: z.number(), damage: z.string() }),
  ),
  problems: z.array(z.string()),
  setAside: z.number(),
});

/** What a check found. */
export type Report = z.infer<typeof ReportSchema>;

/** What `busbar verify` may be told. */
interface Options extends SocketOption {
  readonly json?: boolean;
}

/** Adds `busbar verify`. */
export function addVerify(program: Command, terminal: Terminal): void {
  const command = program.command("verify")
    .summary("check a store's file")
    .description("Checks the whole file of a store, and every record of it.")
    .argument("<store>", "the store's file")
    .option("--json", "print a line of JSON");
  withSocket(command)
    .addHelpText("after", EXAMPLES)
    .action((store: string, options: Options) =>
      verify(terminal, store, options)
    );
}

async function verify(
  terminal: Terminal,
  path: string,
  options: Options,
): Promise<void> {
  const keeper = await keeperOf(terminal, options, path);
  const report = keeper === undefined
    ? ReportSchema.parse(await withStoreFile(path, (store) => store.verify()))
    : await askKeeper(keeper, { work: "verify" }, ReportSchema);
  if (options.json) terminal.printJson(report);
  else for (const line of reportLines(report)) terminal.print(line);
  const problem = problemOf(report);
  if (problem === undefined) return;
  throw new CommandError(
    EXIT.problems,
    `Cannot vouch for ${path} as all of it must be what was written: ${problem}`,
  );
}

/** What a check found, as people read it. */
export function reportLines(report: Report): string[] {
  const { records, damaged, problems, setAside } = report;
  return [
    ...Object.entries(records).map(([kind, number]) =>
      `${kind.padEnd(14)}${count(number)}`
    ),
    ...damaged.map(({ kind, key, damage }) =>
      visible(`damaged       ${kind} ${key}: ${damage}`)
    ),
    ...problems.map((problem) => visible(`problem       ${problem}`)),
    `${"set aside".padEnd(14)}${count(setAside)}`,
  ];
}

/** Why a store is not as it was written; what was set aside counts until somebody has looked at it. */
function problemOf({ ok, setAside }: Report): string | undefined {
  if (!ok) {
    return "it is damaged; restore a backup, or let a bus set aside what cannot be read";
  }
  return setAside > 0
    ? `${setAside} of its records were set aside as damaged`
    : undefined;
}
