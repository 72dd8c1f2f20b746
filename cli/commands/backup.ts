import type { Command } from "commander";
import { z } from "zod";
import { absolute } from "../absolute_path.ts";
import { CommandError } from "../command_error.ts";
import { EXIT } from "../exit_code.ts";
import { type SocketOption, withSocket } from "../reach.ts";
import { askKeeper } from "../serving/store_keeper.ts";
import { keeperOf, withStoreFile } from "../store_file.ts";
import type { Terminal } from "../terminal.ts";
import { counted, size } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar backup crew.db crew-monday.db
  busbar backup crew.db crew-monday.db --socket run/crew.sock

A bus that has the store open makes the copy itself, and goes on; the copy is of
the last commit. It has its name only once all of it is on the disk.`;

/** What `busbar backup` may be told. */
interface Options extends SocketOption {
  readonly json?: boolean;
}

/** Adds `busbar backup`. */
export function addBackup(program: Command, terminal: Terminal): void {
  const command = program.command("backup")
    .summary("copy a store's file")
    .description("Writes a copy of a store to a new file.")
    .argument("<store>", "the store's file")
    .argument("<copy>", "a file that does not exist")
    .option("--json", "print a line of JSON");
  withSocket(command)
    .addHelpText("after", EXAMPLES)
    .action((store: string, copy: string, options: Options) =>
      backup(terminal, store, copy, options)
    );
}

async function backup(
  terminal: Terminal,
  path: string,
  copy: string,
  options: Options,
): Promise<void> {
  const keeper = await keeperOf(terminal, options, path);
  await checkFree(copy);
  const records = keeper === undefined
    ? await withStoreFile(path, async (store) => {
      await store.backup(copy);
      return store.size.records;
    })
    : await copyBy(keeper, absolute(copy));
  const { size: bytes } = await Deno.stat(copy);
  if (options.json) terminal.printJson({ store: path, copy, records, bytes });
  else terminal.print(`${copy}: ${counted(records, "record")}, ${size(bytes)}`);
}

async function copyBy(keeper: string, copy: string): Promise<number> {
  const schema = z.looseObject({ records: z.number() });
  const { records } = await askKeeper(keeper, { work: "backup", copy }, schema);
  return records;
}

async function checkFree(copy: string): Promise<void> {
  const isTaken = await Deno.lstat(copy).then(() => true, (error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
  if (!isTaken) return;
  throw new CommandError(
    EXIT.failed,
    `Cannot write the copy to ${copy} as there must be no such file: there is one; name another`,
  );
}
