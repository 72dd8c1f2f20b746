import type { Command } from "commander";
import { CommandError } from "../command_error.ts";
import { EXIT } from "../exit_code.ts";
import { withSocket } from "../reach.ts";
import {
  sendGiven,
  type SendingOptions,
  sendOptions,
  withManySending,
} from "../sending.ts";
import type { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  busbar send coder '{"file":"mod.ts"}' --ack
  busbar send coder - --text < notes.txt
  jq -c '.jobs[]' plan.json | busbar send coder --lines --ack

Prints the message's id. The payload is JSON where it is JSON, else text; - is
standard input. What is sent to a name that nobody serves becomes a dead letter:
the command says so, and ends with status 4.`;

/** What `busbar send` may be told. */
interface Options extends SendingOptions {
  readonly topic?: string;
}

/** Adds `busbar send`. */
export function addSend(program: Command, terminal: Terminal): void {
  const command = program.command("send")
    .summary("send to one agent")
    .description("Sends to one agent.")
    .argument("<agent>", "the agent's name")
    .argument("[payload]", "JSON or text; - is standard input")
    .option("-t, --topic <topic>", "what the message is about");
  withSocket(withManySending(command))
    .addHelpText("after", EXAMPLES)
    .action((agent: string, payload: string, options: Options) =>
      send(terminal, agent, payload, options)
    );
}

async function send(
  terminal: Terminal,
  recipient: string,
  argument: string | undefined,
  options: Options,
): Promise<void> {
  const { topic } = options;
  const how = {
    ...sendOptions(options),
    ...(topic !== undefined && { topic }),
  };
  const sent = await sendGiven(
    terminal,
    argument,
    options,
    (agent, payload) => agent.send(recipient, payload, how),
  );
  const { id, reason } = sent ?? {};
  if (reason === undefined) return;
  throw reason === "no_recipient"
    ? new CommandError(
      EXIT.notFound,
      `Cannot deliver to "${recipient}" as somebody must serve the name: nobody does; "busbar agents" lists who is there, and "busbar dlq replay ${id}" sends it again`,
    )
    : new CommandError(
      EXIT.failed,
      `Cannot deliver to "${recipient}" as the message became a dead letter: ${reason}; "busbar dlq show ${id}" says more`,
    );
}
