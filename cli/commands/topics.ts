import type { Command } from "commander";
import { TopicAnswer } from "../answers.ts";
import { type AskingOptions, printListing, withAsking } from "../listing.ts";
import type { Terminal } from "../terminal.ts";
import { count } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar topics
  busbar topics --json | jq -r 'select(.subscribers == []).topic'`;

/** Adds `busbar topics`. */
export function addTopics(program: Command, terminal: Terminal): void {
  const command = program.command("topics")
    .summary("topics, and who would get a publish now")
    .description(
      "Lists topics and patterns, and who would get a publish now.",
    );
  withAsking(command)
    .addHelpText("after", EXAMPLES)
    .action((options: AskingOptions) =>
      printListing(terminal, options, {
        path: "/api/topics",
        entry: TopicAnswer,
        columns: ["topic", { heading: "messages", right: true }, "subscribers"],
        row: ({ topic, messages, subscribers }) => [
          topic,
          count(messages),
          subscribers.length > 0
            ? subscribers.join(", ")
            : terminal.colors.yellow("nobody"),
        ],
        none: "nobody has subscribed or published",
      })
    );
}
