import type { Command } from "commander";
import { z } from "zod";
import { type Entry, EntryAnswer } from "../answers.ts";
import { CommandError } from "../command_error.ts";
import { addresseeOf, lastError, outcomeText } from "../entry_text.ts";
import { EXIT } from "../exit_code.ts";
import { type AskingOptions, withAsking } from "../listing.ts";
import { inspectorOf } from "../reach.ts";
import { cut } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { preview, timeOfDay, visible } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar conversation job-17
  busbar conversation job-17 --json | jq -r .message.type

The id is what the messages share: --conversation of send and publish,
correlationId in a program.`;

/** Adds `busbar conversation`. */
export function addConversation(program: Command, terminal: Terminal): void {
  const command = program.command("conversation")
    .summary("the messages of one conversation, in order")
    .description("Prints the messages of one conversation, oldest first.")
    .argument("<id>", "the conversation's id");
  withAsking(command)
    .addHelpText("after", EXAMPLES)
    .action((id: string, options: AskingOptions) =>
      conversation(terminal, id, options)
    );
}

async function conversation(
  terminal: Terminal,
  id: string,
  options: AskingOptions,
): Promise<void> {
  const inspector = await inspectorOf(terminal, options);
  const entries = await inspector.ask(z.array(EntryAnswer), {
    path: `/api/conversations/${encodeURIComponent(id)}`,
  });
  if (entries.length === 0) {
    throw new CommandError(
      EXIT.notFound,
      `Cannot show conversation as the bus must remember it: there is none with the id "${id}"; "busbar history --json" shows each message's correlationId`,
    );
  }
  if (options.json) {
    for (const entry of entries) terminal.printJson(entry);
    return;
  }
  const width = terminal.isTerminal ? terminal.size.columns : Infinity;
  for (const line of conversationLines(terminal, entries)) {
    terminal.print(cut(line, width));
  }
}

/** A conversation, a line for each message and for what failed last with it. */
export function conversationLines(
  terminal: Terminal,
  entries: readonly Entry[],
): string[] {
  const { colors } = terminal;
  const [first] = entries;
  if (!first) return [];
  const from = first.message.timestamp;
  const heading = `${timeOfDay(from)}  ${
    entries.length === 1 ? "1 message" : `${entries.length} messages`
  }`;
  const parts = entries.map(({ message }) => ({
    after: `+${message.timestamp - from} ms`,
    way: `${message.sender} → ${addresseeOf(message)}`,
  }));
  const afterWidth = Math.max(...parts.map(({ after }) => after.length));
  const wayWidth = Math.max(...parts.map(({ way }) => way.length));
  const lines = entries.flatMap((entry, index) => {
    const { after = "", way = "" } = parts[index] ?? {};
    const { message, outcome } = entry;
    const error = lastError(entry);
    return [
      `${colors.dim(after.padStart(afterWidth))}  ${way.padEnd(wayWidth)}  ${
        message.type.padEnd(8)
      }  ${outcomeText(terminal, outcome)}  ${preview(message.payload)}`,
      ...(error === undefined
        ? []
        : [`${" ".repeat(afterWidth)}  ${colors.red(visible(error))}`]),
    ];
  });
  return [colors.dim(heading), ...lines];
}
