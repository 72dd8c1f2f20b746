import { type Command, Option } from "commander";
import type { LogLevel } from "@logtape/logtape";
import { BusError, type MessageBus } from "../../mod.ts";
import { duration, permissionBits } from "../option_values.ts";
import { USUAL_SOCKET } from "../reach.ts";
import { LOG_LEVELS } from "../serving/log_levels.ts";
import {
  chooseService,
  readPort,
  type ServeOptions,
} from "../serving/serve_choice.ts";
import type { ServedBus } from "../serving/served_bus.ts";
import type { Terminal } from "../terminal.ts";
import { count, counted, size, span } from "../text.ts";
import { whereaboutsPath } from "../whereabouts.ts";

const EXAMPLES = `
Examples:
  busbar serve
  busbar serve --store crew.db --socket run/crew.sock --inspector 0
  busbar serve --config busbar.yaml

What the command line leaves out is taken from BUSBAR_CONFIG, BUSBAR_NAME,
BUSBAR_SOCKET, BUSBAR_STORE, BUSBAR_INSPECTOR (a port, or off) and BUSBAR_TOKEN,
then from the file. Ctrl-C lets work in hand finish; a second one does not.`;

/** What `busbar serve` may be told. */
interface Options extends ServeOptions {
  readonly grace: number;
  readonly log: LogLevel;
  readonly json?: boolean;
}

/** Adds `busbar serve`. */
export function addServe(program: Command, terminal: Terminal): void {
  program.command("serve")
    .summary("run a bus and its inspector")
    .description("Runs a bus and its inspector, until Ctrl-C.")
    .option("--config <file>", "settings in YAML or JSON")
    .option("--name <name>", "tells buses apart; bus")
    .option("-s, --socket <path>", `where agents connect; ${USUAL_SOCKET}`)
    .option("--socket-mode <bits>", "who may connect; 600", permissionBits)
    .option("--store <file>", "keep what must outlive the process in this file")
    .option(
      "--inspector <port>",
      "the inspector's port; 4400, 0 for any",
      readPort,
    )
    .option("--inspector-host <name>", "the interface it listens on; 127.0.0.1")
    .option("--no-inspector", "serve none; most other commands need it")
    .option(
      "--token <token>",
      "what the inspector asks for; else BUSBAR_TOKEN, else random",
    )
    .option(
      "--grace <time>",
      "how long work in hand may take at the end",
      duration,
      5_000,
    )
    .addOption(
      new Option("--log <level>", "what is told on standard error")
        .choices(LOG_LEVELS).default("warning"),
    )
    .option("--json", "print where everything is as a line of JSON")
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => serve(terminal, options));
}

async function serve(terminal: Terminal, options: Options): Promise<void> {
  // Before anything else: with all descriptors in use it could not be had.
  using watch = terminal.untilStopped();
  // The store, its copies and what tells of the token are their owner's alone.
  Deno.umask(0o077);
  const choice = await chooseService(terminal, options);
  // Loaded here alone: a third of what the other commands would take to start.
  const [{ logTo }, { ServedBus }] = await Promise.all([
    import("../serving/log_to.ts"),
    import("../serving/served_bus.ts"),
  ]);
  const log = await logTo(terminal, options.log);
  await using served = await ServedBus.start(choice);
  log.release();
  if (options.json) terminal.printJson({ format: 1, ...served.whereabouts });
  else for (const line of whereLines(served)) terminal.print(line);
  terminal.note("ready; Ctrl-C ends it");
  await watch.stopped;
  terminal.note("ends: no new messages, work in hand may finish");
  using impatience = terminal.untilStopped();
  await Promise.race([
    finish(terminal, served.bus, options.grace),
    impatience.stopped,
  ]);
}

/** Where everything is, as people read it. */
function whereLines({ bus, whereabouts, link }: ServedBus): string[] {
  const { socket, store } = whereabouts;
  const kept = bus.stats().store;
  return [
    `bus        ${bus.name}`,
    `socket     ${socket}`,
    `inspector  ${link ?? "none"}`,
    `store      ${
      store === undefined || !kept
        ? "none: everything is in memory"
        : `${store}, ${counted(kept.records, "record")}, ${size(kept.bytes)}`
    }`,
    `found by   ${whereaboutsPath(socket)}`,
  ];
}

async function finish(
  terminal: Terminal,
  bus: MessageBus,
  graceMs: number,
): Promise<void> {
  try {
    await bus.drain({ timeoutMs: graceMs });
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    terminal.note(
      `${count(bus.backpressure.pending)} unfinished after ${
        span(graceMs)
      }: what is in memory is lost`,
    );
  }
}
