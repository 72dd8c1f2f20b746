import type { Command } from "commander";
import { CommandError } from "../command_error.ts";
import { EXIT } from "../exit_code.ts";
import { namesOf } from "../new_agent/templates.ts";
import { writeAgent } from "../new_agent/write_agent.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  busbar new agent coder
  busbar new agent web/reviewer --folder agents`;

/** Adds `busbar new` and what it can make. */
export function addNew(program: Command, terminal: Terminal): void {
  const made = program.command("new")
    .summary("begin an agent, with a test that runs")
    .description("Begins something new.");
  made.command("agent")
    .description("Writes an agent, and a test for it that runs.")
    .argument("<name>", "the agent's name on the bus")
    .option("-d, --folder <path>", "where the files go", ".")
    .addHelpText("after", EXAMPLES)
    .action((name: string, { folder }: { folder: string }) =>
      newAgent(terminal, name, folder)
    );
}

async function newAgent(
  terminal: Terminal,
  name: string,
  folder: string,
): Promise<void> {
  checkName(name);
  const names = namesOf(name);
  const { files, missingImports } = await writeAgent(folder, names);
  for (const file of files) terminal.print(file.replace(/^\.\//, ""));
  if (missingImports) {
    terminal.note(
      `add to the imports of your deno.json: ${JSON.stringify(missingImports)}`,
    );
  }
  const place = folder === "." ? "" : `${folder}/`;
  terminal.note(
    `test it with "deno test -A ${place}${names.file}_test.ts", run it with "deno run -A ${place}${names.file}.ts" beside "busbar serve"`,
  );
}

/** As the bus has names; and so that a file and a function can be called after it. */
function checkName(name: string): void {
  const isName = name.length <= 255 && /^[A-Za-z0-9_.:/-]+$/.test(name);
  if (isName && /[A-Za-z]/.test(namesOf(name).file[0] ?? "")) return;
  throw new CommandError(
    EXIT.usage,
    `Cannot make agent as its name must be 1 to 255 letters, digits, -, _, ., : and /, and begin with a letter: current value is "${name}"`,
  );
}
