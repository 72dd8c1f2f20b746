import type { Command } from "commander";
import { CommandError, describeFailure } from "../command_error.ts";
import { checkInspector, checkWhereabouts } from "../doctor/check_bus.ts";
import { checkPermissions, checkVersion } from "../doctor/check_machine.ts";
import { checkFolder, checkSocket } from "../doctor/check_socket.ts";
import { checkStore } from "../doctor/check_store.ts";
import { fault, type Finding, type Verdict } from "../doctor/finding.ts";
import { EXIT } from "../exit_code.ts";
import { type AskingOptions, withAsking } from "../listing.ts";
import { inspectorOf, socketOf } from "../reach.ts";
import type { Terminal } from "../terminal.ts";
import { counted, visible } from "../text.ts";
import { readWhereabouts, type Whereabouts } from "../whereabouts.ts";

const EXAMPLES = `
Examples:
  busbar doctor
  busbar doctor --socket run/crew.sock --store crew.db
  busbar doctor --json | jq 'select(.verdict != "ok")'

Ends with status 7 if there is a fault; a warning is none. Changes nothing.`;

/** What `busbar doctor` may be told. */
interface Options extends AskingOptions {
  readonly store?: string;
}

/** Adds `busbar doctor`. */
export function addDoctor(program: Command, terminal: Terminal): void {
  const command = program.command("doctor")
    .summary("look for what is usually wrong")
    .description("Looks for what is usually wrong, and says what to do.")
    .option("--store <file>", "a store's file; else that of the bus");
  withAsking(command)
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => doctor(terminal, options));
}

async function doctor(terminal: Terminal, options: Options): Promise<void> {
  let faults = 0;
  for await (const finding of findings(terminal, options)) {
    if (finding.verdict === "fault") faults++;
    if (options.json) terminal.printJson(finding);
    else {for (const line of findingLines(terminal, finding)) {
        terminal.print(line);
      }}
  }
  if (faults === 0) return;
  throw new CommandError(
    EXIT.problems,
    `${counted(faults, "fault")} found: mend the first one first`,
  );
}

async function* findings(
  terminal: Terminal,
  options: Options,
): AsyncGenerator<Finding> {
  const socket = socketOf(terminal, options);
  yield checkVersion(Deno.version.deno);
  const ask = async (permission: Deno.PermissionDescriptor) =>
    (await Deno.permissions.query(permission)).state;
  const allowed = await checkPermissions(ask, socket);
  yield allowed;
  // Without leave to look there is nothing to be seen.
  if (allowed.verdict === "fault") return;
  let bus: Whereabouts | undefined;
  if (options.url === undefined) {
    yield await checkFolder(socket);
    yield await checkSocket(socket);
    try {
      bus = await readWhereabouts(socket);
      const finding = checkWhereabouts(bus, isAlive, socket);
      yield finding;
      // A process that has ended has nothing to say.
      if (finding.verdict === "fault") {
        bus = bus && { ...bus, inspector: undefined };
      }
    } catch (error) {
      const [text, advice = ""] = describeFailure(error).text.split("; ");
      yield fault("bus", text ?? "", advice);
    }
  }
  const store = options.store ?? bus?.store;
  if (store !== undefined) yield await checkStore(store, bus?.pid);
  if (options.url !== undefined || bus?.inspector) {
    yield* await checkInspector(
      await inspectorOf(terminal, { ...options, socket }),
    );
  }
}

/** A signal that is none asks whether there is such a process; one that is another's counts. */
function isAlive(pid: number): boolean {
  try {
    // Every process has a directory there, where there is the file system at all.
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound) || !hasProc();
  }
}

function hasProc(): boolean {
  try {
    Deno.statSync("/proc/self");
    return true;
  } catch {
    return false;
  }
}

const MARKS: Readonly<Record<Verdict, string>> = {
  ok: "ok",
  unknown: "?",
  warning: "!",
  fault: "✗",
};

/** A finding, as people read it. */
export function findingLines(
  terminal: Terminal,
  { check, verdict, text, advice }: Finding,
): string[] {
  const { colors } = terminal;
  const paint = {
    ok: colors.green,
    unknown: colors.dim,
    warning: colors.yellow,
    fault: colors.red,
  }[verdict];
  const head = `${paint(MARKS[verdict].padEnd(2))}  ${check.padEnd(12)}  `;
  return [
    head + visible(text),
    ...(advice === undefined ? [] : [`${" ".repeat(18)}${visible(advice)}`]),
  ];
}
