import type { Command } from "commander";
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
  busbar publish builds.web.done '{"file":"mod.ts"}'
  busbar publish alarms.disk "almost full" --priority 90 --ack
  tail -F app.log | busbar publish logs.app --lines --text

Prints the message's id. The payload is JSON where it is JSON, else text; - is
standard input.`;

/** Adds `busbar publish`. */
export function addPublish(program: Command, terminal: Terminal): void {
  const command = program.command("publish")
    .summary("send to everybody who subscribes to a topic")
    .description("Sends to everybody who subscribes to a topic.")
    .argument("<topic>", "tokens joined by dots: builds.web.done")
    .argument("[payload]", "JSON or text; - is standard input");
  withSocket(withManySending(command))
    .addHelpText("after", EXAMPLES)
    .action((topic: string, payload: string, options: SendingOptions) =>
      publish(terminal, topic, payload, options)
    );
}

async function publish(
  terminal: Terminal,
  topic: string,
  argument: string | undefined,
  options: SendingOptions,
): Promise<void> {
  const how = sendOptions(options);
  const sent = await sendGiven(
    terminal,
    argument,
    options,
    (agent, payload) => agent.publish(topic, payload, how),
  );
  if (sent?.outcome === "dropped") {
    terminal.note(
      `nobody subscribes to ${topic}: the message is counted, and gone`,
    );
  } else if (sent?.reason !== undefined) {
    terminal.note(
      `the message is a dead letter, ${sent.reason}: see "busbar dlq list --topic ${topic}"`,
    );
  }
}
