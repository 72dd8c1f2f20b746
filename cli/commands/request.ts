import type { Command } from "commander";
import type { Message } from "../../mod.ts";
import { duration } from "../option_values.ts";
import { readPayload } from "../payload.ts";
import { withAgent, withSocket } from "../reach.ts";
import {
  senderName,
  type SendingOptions,
  sendOptions,
  withSending,
} from "../sending.ts";
import type { Terminal } from "../terminal.ts";
import { payloadText, shownPayload } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar request squarer 12
  busbar request reviewer '{"file":"mod.ts"}' --timeout 2m --json
  busbar request writer "a long story" --stream

Prints the reply's payload; with --json the whole reply. Ends with status 4 if
nobody serves the name, and with 6 if no reply comes in time.`;

/** What `busbar request` may be told. */
interface Options extends Omit<SendingOptions, "lines" | "ack"> {
  readonly topic?: string;
  readonly timeout?: number;
  readonly stream?: boolean;
}

/** Adds `busbar request`. */
export function addRequest(program: Command, terminal: Terminal): void {
  const command = program.command("request")
    .summary("ask one agent, and print its reply")
    .description("Asks one agent, and prints its reply.")
    .argument("<agent>", "the agent's name")
    .argument("[payload]", "JSON or text; - is standard input")
    .option("-t, --topic <topic>", "what the request is about")
    .option(
      "--timeout <time>",
      "longest wait for the reply, or for each piece; the bus's: 30s",
      duration,
    )
    .option("--stream", "print the pieces of the reply as they come");
  withSocket(withSending(command))
    .addHelpText("after", EXAMPLES)
    .action((agent: string, payload: string, options: Options) =>
      request(terminal, agent, payload, options)
    );
}

async function request(
  terminal: Terminal,
  recipient: string,
  argument: string | undefined,
  options: Options,
): Promise<void> {
  const { topic, timeout, json, stream } = options;
  const payload = await readPayload(terminal, argument, options);
  const how = {
    ...sendOptions(options),
    ...(topic !== undefined && { topic }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
  };
  const name = senderName(options);
  await withAgent(terminal, { ...options, name }, async (agent) => {
    if (!stream) {
      const reply = await agent.request(recipient, payload, how);
      return printReply(terminal, reply, json);
    }
    for await (const piece of agent.stream(recipient, payload, how)) {
      printPayload(terminal, piece, json);
    }
  });
}

function printReply(
  terminal: Terminal,
  reply: Message,
  json: boolean | undefined,
): void {
  if (!json) return printPayload(terminal, reply.payload, json);
  terminal.printJson({ ...reply, payload: shownPayload(reply.payload) });
}

function printPayload(
  terminal: Terminal,
  payload: unknown,
  json: boolean | undefined,
): void {
  const shown = shownPayload(payload);
  if (json) terminal.printJson(shown);
  else terminal.print(payloadText(shown));
}
