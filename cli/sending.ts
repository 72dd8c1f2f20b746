import { type Command, Option } from "commander";
import type { Agent, SendOptions } from "../mod.ts";
import { EntryAnswer, LetterAnswer } from "./answers.ts";
import { CLI_LIMITS } from "./cli_limits.ts";
import { CommandError } from "./command_error.ts";
import { EXIT } from "./exit_code.ts";
import type { InspectorClient } from "./inspector_client.ts";
import { duration, headers, wholeNumber } from "./option_values.ts";
import {
  payloadOf,
  type PayloadOptions,
  readLines,
  readPayload,
} from "./payload.ts";
import {
  inspectorOf,
  socketOf,
  type SocketOption,
  withAgent,
} from "./reach.ts";
import { counted } from "./text.ts";
import type { Terminal } from "./terminal.ts";

/** What may be said of a message on the command line. */
export interface SendingOptions extends SocketOption, PayloadOptions {
  /** Who sends. */
  readonly name?: string;
  /** At-least-once. */
  readonly ack?: boolean;
  /** From 0 to 100. */
  readonly priority?: number;
  /** In milliseconds. */
  readonly ttl?: number;
  /** The conversation. */
  readonly conversation?: string;
  /** The user's own. */
  readonly header?: Readonly<Record<string, string>>;
  /** Adds nothing the second time. */
  readonly deduplicationId?: string;
  /** Every line of standard input is a payload. */
  readonly lines?: boolean;
  /** For a program to read. */
  readonly json?: boolean;
}

/** Lets a command say how a message is sent. */
export function withSending(command: Command): Command {
  return command
    .option("-n, --name <agent>", "who sends; else cli-PID")
    .option("--priority <n>", "urgency from 0 to 100; 50", wholeNumber(0, 100))
    .option("--ttl <time>", "time to live, such as 30s", duration)
    .option("-c, --conversation <id>", "the conversation it belongs to")
    .option("-H, --header <name=value>", "a header; may be repeated", headers)
    .addOption(
      new Option("--text", "take the payload for text, also where it is JSON")
        .conflicts("bytes"),
    )
    .option("--bytes", "send the bytes of standard input; the payload is -")
    .option("--json", "print lines of JSON");
}

/** Lets a command say how messages are sent of which there may be many. */
export function withManySending(command: Command): Command {
  return withSending(command)
    .option("--ack", "at-least-once: it stays until somebody has handled it")
    .option(
      "--deduplication-id <id>",
      "a second send with this id adds nothing for two minutes",
    )
    .addOption(
      new Option("--lines", "send every line of standard input as a message")
        .conflicts(["bytes", "deduplicationId"]),
    );
}

/** Who a command is on the bus. */
export function senderName({ name }: { readonly name?: string }): string {
  return name ?? `cli-${Deno.pid}`;
}

/** What the bus is told of a message. */
export function sendOptions(options: SendingOptions): SendOptions {
  const { ack, priority, ttl, conversation, header, deduplicationId } = options;
  return {
    ...(ack && { requiresAck: true }),
    ...(priority !== undefined && { priority }),
    ...(ttl !== undefined && { ttlMs: ttl }),
    ...(conversation !== undefined && { correlationId: conversation }),
    ...(header && { headers: { ...header } }),
    ...(deduplicationId !== undefined && { deduplicationId }),
  };
}

/** Sends something, on behalf of an agent, and resolves to its id. */
export type Send = (agent: Agent, payload: unknown) => Promise<string>;

/**
 * Sends the payload that was given, or every line of standard input as one.
 *
 * @returns What became of it; nothing for lines.
 */
export async function sendGiven(
  terminal: Terminal,
  argument: string | undefined,
  options: SendingOptions,
  send: Send,
): Promise<Sent | undefined> {
  const payload = options.lines
    ? undefined
    : await readPayload(terminal, argument, options);
  const name = senderName(options);
  return await withAgent(
    terminal,
    { ...options, name },
    (agent) =>
      options.lines
        ? sendLines(terminal, options, (line) => send(agent, line))
        : sendOne(terminal, options, () => send(agent, payload)),
  );
}

/** Sends every line of standard input. Says at the end how many there were. */
async function sendLines(
  terminal: Terminal,
  options: SendingOptions,
  send: (payload: unknown) => Promise<string>,
): Promise<undefined> {
  const line = new Set<Promise<void>>();
  let sent = 0;
  for await (const text of readLines(terminal)) {
    const sending = send(payloadOf(text, options)).then((id) => {
      sent++;
      if (options.json) terminal.printJson({ id });
    });
    line.add(sending);
    sending.finally(() => line.delete(sending)).catch(() => {});
    // Whoever fails first ends the command.
    if (line.size >= CLI_LIMITS.maxOnTheWay) await Promise.race(line);
  }
  await Promise.all(line);
  terminal.note(`sent ${counted(sent, "message")}`);
}

/** What became of a message, as far as it is known. */
interface Outcome {
  /** `undefined` where nobody can say. */
  readonly outcome?: string;
  /** Why it is a dead letter, if it is one. */
  readonly reason?: string;
}

/** A message that was sent. */
export interface Sent extends Outcome {
  readonly id: string;
}

/**
 * Sends one message, prints its id, and asks what became of it: at once, as far
 * as the bus's inspector knows; nothing where there is none, or no history.
 */
async function sendOne(
  terminal: Terminal,
  options: SendingOptions,
  send: () => Promise<string>,
): Promise<Sent> {
  const id = await send();
  const known = await outcomeOf(terminal, options, id);
  if (options.json) terminal.printJson({ id, ...known });
  else terminal.print(id);
  return { id, ...known };
}

async function outcomeOf(
  terminal: Terminal,
  options: SendingOptions,
  id: string,
): Promise<Outcome> {
  try {
    // Of the bus that it was sent to, whatever BUSBAR_URL says.
    const socket = socketOf(terminal, options);
    const inspector = await inspectorOf(terminal, { socket });
    const outcome = await askForOutcome(terminal, options, inspector, id);
    if (outcome === undefined) return {};
    if (outcome !== "dead") return { outcome };
    const path = `/api/dead-letters/${id}`;
    return { outcome, ...await inspector.ask(ReasonAnswer, { path }) };
  } catch {
    // It was only asked to be able to say more.
    return {};
  }
}

/** A message that requires no ack may still be on its way to the bus; one that does was accepted. */
async function askForOutcome(
  { clock }: Terminal,
  { ack = false }: SendingOptions,
  inspector: InspectorClient,
  id: string,
): Promise<string | undefined> {
  const path = `/api/messages/${id}`;
  let until = 0;
  for (let pauseMs = 5;; pauseMs *= 2) {
    try {
      return (await inspector.ask(EntryAnswer, { path })).outcome;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.exitCode !== EXIT.notFound || ack) return undefined;
    }
    until ||= clock.monotonic() + CLI_LIMITS.outcomeTimeoutMs;
    if (clock.monotonic() >= until) return undefined;
    await new Promise<void>((resolve) => clock.schedule(pauseMs, resolve));
  }
}

const ReasonAnswer = LetterAnswer.transform(({ reason }) => ({ reason }));
