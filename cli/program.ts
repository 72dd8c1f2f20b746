import { Command, CommanderError } from "commander";
import { describeFailure } from "./command_error.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { OutputClosed, type Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

const EXAMPLES = `
Examples:
  busbar serve --store crew.db
  busbar subscribe 'builds.>' --json
  busbar publish builds.web.done '{"file":"mod.ts"}'
  busbar dlq list
  busbar doctor

"busbar COMMAND --help" has more. Results go to standard output, the rest to
standard error. Completions: busbar complete bash|zsh|fish.`;

/** Adds a command to a program. */
type Add = (program: Command, terminal: Terminal) => void;

/** Every command, in the order of the help. */
const COMMANDS: ReadonlyMap<string, () => Promise<Add>> = new Map([
  ["serve", async () => (await import("./commands/serve.ts")).addServe],
  ["publish", async () => (await import("./commands/publish.ts")).addPublish],
  ["send", async () => (await import("./commands/send.ts")).addSend],
  ["request", async () => (await import("./commands/request.ts")).addRequest],
  [
    "subscribe",
    async () => (await import("./commands/subscribe.ts")).addSubscribe,
  ],
  ["agents", async () => (await import("./commands/agents.ts")).addAgents],
  ["topics", async () => (await import("./commands/topics.ts")).addTopics],
  ["stats", async () => (await import("./commands/stats.ts")).addStats],
  ["top", async () => (await import("./commands/top.ts")).addTop],
  ["history", async () => (await import("./commands/history.ts")).addHistory],
  [
    "conversation",
    async () => (await import("./commands/conversation.ts")).addConversation,
  ],
  ["dlq", async () => (await import("./commands/dlq.ts")).addDlq],
  ["rules", async () => (await import("./commands/rules.ts")).addRules],
  ["backup", async () => (await import("./commands/backup.ts")).addBackup],
  ["verify", async () => (await import("./commands/verify.ts")).addVerify],
  ["bench", async () => (await import("./commands/bench.ts")).addBench],
  ["new", async () => (await import("./commands/new.ts")).addNew],
  ["doctor", async () => (await import("./commands/doctor.ts")).addDoctor],
]);

/** Commands that have commands of their own. */
const GROUPS: ReadonlySet<string> = new Set(["dlq", "rules", "new"]);

/**
 * The command of that name, ready to be given its command line; every command if
 * there is none of that name, and none for the version. What the others need
 * takes longer to load than most take to run.
 */
export async function makeProgram(
  terminal: Terminal,
  name?: string,
): Promise<Command> {
  const program = new Command("busbar")
    .description("A message bus for programs made of agents.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help of a command")
    .addHelpText("after", EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.draw(text),
      writeErr: (text) => terminal.note(text.trimEnd()),
      // Told by whoever catches it, in one line.
      outputError: () => {},
    });
  const own = COMMANDS.get(name ?? "");
  if (own) (await own())(program, terminal);
  if (own || name === "--version" || name === "-V") return program;
  for (const load of COMMANDS.values()) (await load())(program, terminal);
  const { default: tab } = await import("@bomb.sh/tab/commander");
  tab(program);
  return program;
}

/** Runs a command line, and says how it ended. */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  // Task runners hand a leading `--` on to the program.
  const own = args[0] === "--" ? args.slice(1) : [...args];
  try {
    const program = await makeProgram(terminal, own[0]);
    await program.parseAsync(own, { from: "user" });
    return EXIT.done;
  } catch (error) {
    return tellFailure(error, own, terminal);
  }
}

function tellFailure(
  error: unknown,
  args: readonly string[],
  terminal: Terminal,
): ExitCode {
  if (error instanceof OutputClosed) return EXIT.done;
  if (error instanceof CommanderError) {
    // It has printed help, or the version, because that was asked for.
    if (error.exitCode === 0) return EXIT.done;
    // It has printed help, because the command line ended too soon.
    if (error.code === "commander.help") return EXIT.usage;
  }
  const { exitCode, text } = describeFailure(error);
  const advice = error instanceof CommanderError
    ? `; see "${["busbar", ...commandOf(error, args), "--help"].join(" ")}"`
    : "";
  terminal.note(
    `${terminal.colors.red("busbar:")} ${text.replace(/\.$/, "")}${advice}`,
  );
  return exitCode;
}

/** The words that name the command whose help may help. */
function commandOf(
  { code }: CommanderError,
  args: readonly string[],
): readonly string[] {
  const words = args.slice(0, GROUPS.has(args[0] ?? "") ? 2 : 1);
  if (code === "commander.unknownCommand") words.pop();
  return words.filter((word) => /^[a-z]+$/.test(word));
}
