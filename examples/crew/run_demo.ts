import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { MessageBus } from "../../mod.ts";
import { type InspectorServer, serveInspector } from "../../inspector/mod.ts";
import type { CommandLine } from "./command_line.ts";
import { type Display, figuresText } from "./display.ts";
import { Foreman } from "./foreman.ts";
import { openHall } from "./hall.ts";
import { Notebook } from "./notebook.ts";
import { ReportFile } from "./report_file.ts";
import { Rounds } from "./rounds.ts";
import { Staff } from "./staff.ts";

/** The folder of the project itself. */
const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Opens the bus, the inspector and the crew's processes, has the folder looked
 * at, and ends everything again.
 *
 * @returns The exit status: 0 if every planned file is accounted for.
 */
export async function runDemo(
  line: CommandLine,
  display: Display,
  interrupted: AbortSignal,
): Promise<number> {
  const folder = await folderAt(line.folder ?? PROJECT);
  await using hall = await openHall(line.store);
  const { bus, home, socket, broken, own } = hall;
  const report = resolve(line.report ?? join(home, "report.md"));
  using notebook = new Notebook(join(home, "main.notes"));
  await using _inspector = await openInspector(bus, line.port, display);
  await using staff = new Staff({
    ...{ socket, folder, home },
    onLeft: (text) => display.say(text),
  });
  const foreman = new Foreman(bus, display, notebook);
  sayResumed(foreman, display);
  await foreman.open();
  staff.hireAll();
  const rounds = new Rounds({
    ...{ foreman, display, interrupted },
    report: new ReportFile(report),
    failed: staff.failed,
    order: { folder, extra: [broken], except: [...own, report] },
  });
  const { problems, tookMs } = await rounds.first();
  const files = foreman.ledger.total;
  display.say(
    figuresText(bus.stats(), { files, tookMs, replaced: staff.replaced }),
  );
  for (const problem of problems) display.say(`Not accounted for: ${problem}`);
  if (!line.once) {
    display.say(`Broken on purpose: ${broken.file}`);
    await stayUp(rounds, line, display, interrupted);
  }
  return problems.length === 0 ? 0 : 1;
}

/** Says what an earlier demo has left, if one did. */
function sayResumed({ resumed, ledger }: Foreman, display: Display): void {
  if (resumed === undefined) return;
  display.say(
    `Goes on with round ${resumed}, with ${ledger.verdicts} verdicts`,
  );
}

async function stayUp(
  rounds: Rounds,
  { keepAwakeSeconds }: CommandLine,
  display: Display,
  interrupted: AbortSignal,
): Promise<void> {
  display.say("Mend it and press Replay on the page; Ctrl-C ends the crew");
  await rounds.stayUp(keepAwakeSeconds).catch((error) => {
    // The work was done before: Ctrl-C in a later round is no failure.
    if (!interrupted.aborted) throw error;
  });
}

async function folderAt(path: string): Promise<string> {
  const entry = await Deno.stat(path).catch(() => undefined);
  if (entry?.isDirectory) return await Deno.realPath(path);
  throw new TypeError(
    `Cannot look at folder as it must be there: "${path}"`,
  );
}

async function openInspector(
  bus: MessageBus,
  port: number,
  display: Display,
): Promise<InspectorServer> {
  const print = (text: string) => display.say(text);
  try {
    return await serveInspector(bus, { port, print });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    display.say(`Port ${port} is taken: the inspector takes another`);
    return await serveInspector(bus, { port: 0, print });
  }
}
