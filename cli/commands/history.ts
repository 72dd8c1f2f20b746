import { type Command, Option } from "commander";
import { MESSAGE_TYPES } from "../../mod.ts";
import { EntryAnswer } from "../answers.ts";
import { addresseeOf, outcomeText } from "../entry_text.ts";
import { type AskingOptions, printListing, withAsking } from "../listing.ts";
import { wholeNumber } from "../option_values.ts";
import type { Terminal } from "../terminal.ts";
import { preview, timeOfDay } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar history
  busbar history --agent coder --outcome dead
  busbar history --topic builds.web.done --limit 1000 --json`;

const OUTCOMES = [
  "pending",
  "delivered",
  "acked",
  "expired",
  "dead",
  "dropped",
];

/** What `busbar history` may be told. */
interface Options extends AskingOptions {
  readonly topic?: string;
  readonly agent?: string;
  readonly type?: string;
  readonly outcome?: string;
  readonly conversation?: string;
  readonly limit?: number;
}

/** Adds `busbar history`. */
export function addHistory(program: Command, terminal: Terminal): void {
  const command = program.command("history")
    .summary("the last messages, and what became of them")
    .description(
      "Lists the last messages, newest first, with what became of them.",
    )
    .option("-t, --topic <topic>", "only of this topic")
    .option("-a, --agent <agent>", "only what this agent sent or got")
    .addOption(
      new Option("--type <type>", "only of this type").choices(MESSAGE_TYPES),
    )
    .addOption(
      new Option("-o, --outcome <outcome>", "only what came to this")
        .choices(OUTCOMES),
    )
    .option("-c, --conversation <id>", "only of this conversation")
    .option("-l, --limit <n>", "at most so many; 100", wholeNumber(1, 1_000));
  withAsking(command)
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => history(terminal, options));
}

function history(terminal: Terminal, options: Options): Promise<void> {
  const { topic, agent, type, outcome, conversation, limit } = options;
  return printListing(terminal, options, {
    path: "/api/messages",
    query: {
      ...{ topic, agent, type, outcome, limit },
      correlationId: conversation,
    },
    entry: EntryAnswer,
    columns: ["accepted", "id", "type", "from", "to", "became", "payload"],
    row: ({ message, outcome }) => [
      timeOfDay(message.timestamp),
      message.id,
      message.type,
      message.sender,
      addresseeOf(message),
      outcomeText(terminal, outcome),
      preview(message.payload),
    ],
    none: "the bus remembers no such message",
  });
}
