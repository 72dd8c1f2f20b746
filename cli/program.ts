import tab from "@bomb.sh/tab/commander";
import { Command, CommanderError } from "commander";
import { describeFailure } from "./command_error.ts";
import { addAgents } from "./commands/agents.ts";
import { addConversation } from "./commands/conversation.ts";
import { addDlq } from "./commands/dlq.ts";
import { addHistory } from "./commands/history.ts";
import { addPublish } from "./commands/publish.ts";
import { addRequest } from "./commands/request.ts";
import { addRules } from "./commands/rules.ts";
import { addSend } from "./commands/send.ts";
import { addServe } from "./commands/serve.ts";
import { addStats } from "./commands/stats.ts";
import { addSubscribe } from "./commands/subscribe.ts";
import { addTopics } from "./commands/topics.ts";
import { addBackup } from "./commands/backup.ts";
import { addBench } from "./commands/bench.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addNew } from "./commands/new.ts";
import { addTop } from "./commands/top.ts";
import { addVerify } from "./commands/verify.ts";
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

const COMMANDS = [
  ...[addServe, addPublish, addSend, addRequest, addSubscribe],
  ...[addAgents, addTopics, addStats, addTop, addHistory, addConversation],
  ...[addDlq, addRules, addBackup, addVerify, addBench, addNew, addDoctor],
];

/** Commands that have commands of their own. */
const GROUPS: ReadonlySet<string> = new Set(["dlq", "rules", "new"]);

/** Every command, ready to be given a command line. */
export function makeProgram(terminal: Terminal): Command {
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
  for (const add of COMMANDS) add(program, terminal);
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
    await makeProgram(terminal).parseAsync(own, { from: "user" });
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
