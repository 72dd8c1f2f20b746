import type { Entry, ShownMessage } from "./answers.ts";
import type { Terminal } from "./terminal.ts";

/** Whom a message was for: an agent, a topic, or everybody. */
export function addresseeOf({ recipient, topic }: ShownMessage): string {
  return recipient ?? topic ?? "everybody";
}

/** What became of a message, in the colour that says how to take it. */
export function outcomeText(terminal: Terminal, outcome: string): string {
  const { colors } = terminal;
  switch (outcome) {
    case "dead":
    case "expired":
      return colors.red(outcome);
    case "dropped":
    case "pending":
      return colors.yellow(outcome);
    default:
      return colors.green(outcome);
  }
}

/** What failed last with a message. */
export function lastError({ deliveries }: Entry): string | undefined {
  return deliveries.findLast(({ error }) => error !== undefined)?.error;
}
