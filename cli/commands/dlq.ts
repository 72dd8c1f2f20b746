import { type Command, Option } from "commander";
import { z } from "zod";
import { DEAD_LETTER_REASONS } from "../../mod.ts";
import { type Letter, LetterAnswer } from "../answers.ts";
import { CommandError } from "../command_error.ts";
import { addresseeOf } from "../entry_text.ts";
import { EXIT } from "../exit_code.ts";
import type { InspectorClient } from "../inspector_client.ts";
import { type AskingOptions, printListing, withAsking } from "../listing.ts";
import { wholeNumber } from "../option_values.ts";
import { inspectorOf } from "../reach.ts";
import type { Terminal } from "../terminal.ts";
import { counted, payloadText, preview, timeOfDay, visible } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar dlq list
  busbar dlq list --reason handler_failed --json
  busbar dlq show 0199c3f0-…
  busbar dlq replay 0199c3f0-… 0199c3f1-…
  busbar dlq replay --all --agent coder
  busbar dlq discard --all --reason expired --yes`;

/** Which dead letters. */
interface Filter extends AskingOptions {
  readonly reason?: string;
  readonly agent?: string;
  readonly topic?: string;
  readonly limit?: number;
}

/** Which dead letters to act on. */
interface Chosen extends Filter {
  readonly all?: boolean;
  readonly yes?: boolean;
}

const MANY = 1_000;

/** Adds `busbar dlq` and what it can do. */
export function addDlq(program: Command, terminal: Terminal): void {
  const dlq = program.command("dlq")
    .summary("dead letters: list, show, replay, discard")
    .description("Messages that could not be handled.")
    .addHelpText("after", EXAMPLES);
  withAsking(
    withFilter(dlq.command("list").description("Lists them, newest first.")),
  )
    .option("-l, --limit <n>", "at most so many; 100", wholeNumber(1, MANY))
    .action((options: Filter) => list(terminal, options));
  withAsking(
    dlq.command("show").argument("<id>", "the letter's id")
      .description("Prints one with its whole payload."),
  ).action((id: string, options: AskingOptions) => show(terminal, id, options));
  const replayed = dlq.command("replay")
    .argument("[id...]", "the letters' ids")
    .description("Sends them again, their attempts anew.")
    .option("--all", "all that match the other options");
  withAsking(withFilter(replayed))
    .action((ids: string[], options: Chosen) => replay(terminal, ids, options));
  const discarded = dlq.command("discard")
    .argument("[id...]", "the letters' ids")
    .description("Forgets them, for good.")
    .option("--all", "all that match the other options")
    .option("--yes", "with --all: they are really to be forgotten");
  withAsking(withFilter(discarded))
    .action((ids: string[], options: Chosen) =>
      discard(terminal, ids, options)
    );
}

function withFilter(command: Command): Command {
  return command
    .addOption(
      new Option("-r, --reason <reason>", "only for this reason")
        .choices(DEAD_LETTER_REASONS),
    )
    .option("-a, --agent <agent>", "only this agent's")
    .option("-t, --topic <topic>", "only of this topic");
}

function list(terminal: Terminal, options: Filter): Promise<void> {
  const { reason, agent, topic, limit } = options;
  return printListing(terminal, options, {
    path: "/api/dead-letters",
    query: { reason, agent, topic, limit },
    entry: LetterAnswer,
    columns: ["given up", "id", "reason", "from", "to", "detail", "payload"],
    row: ({ id, message, reason, detail = "", failedAt }) => [
      timeOfDay(failedAt),
      id,
      terminal.colors.red(reason),
      message.sender,
      addresseeOf(message),
      preview(detail),
      preview(message.payload),
    ],
    none: "there are no such dead letters",
  });
}

async function show(
  terminal: Terminal,
  id: string,
  options: AskingOptions,
): Promise<void> {
  const inspector = await inspectorOf(terminal, options);
  const letter = await inspector.ask(LetterAnswer, { path: pathOf(id) });
  if (options.json) return terminal.printJson(letter);
  for (const line of letterLines(letter)) terminal.print(line);
}

/** A dead letter, as people read it. */
export function letterLines(letter: Letter): string[] {
  const { message, reason, detail, attempts, agent, failedAt } = letter;
  const rows: [string, string | undefined][] = [
    ["id", letter.id],
    ["reason", reason],
    ["detail", detail === undefined ? undefined : visible(detail)],
    ["attempts", String(attempts)],
    ["given up", timeOfDay(failedAt)],
    ["at", agent],
    ["type", message.type],
    ["from", message.sender],
    ["to", message.recipient],
    ["topic", message.topic],
    ["conversation", message.correlationId],
    ["priority", String(message.priority)],
    ["accepted", timeOfDay(message.timestamp)],
    ["payload", payloadText(message.payload)],
  ];
  return rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(12)}  ${value}`]
  );
}

async function replay(
  terminal: Terminal,
  ids: readonly string[],
  options: Chosen,
): Promise<void> {
  checkChoice("replay", ids, options);
  const inspector = await inspectorOf(terminal, options);
  if (!options.all) {
    for (const id of ids) {
      const path = `${pathOf(id)}/replay`;
      await inspector.ask(z.looseObject({ id: z.string() }), {
        method: "POST",
        path,
      });
      told(terminal, options, "replayed", id);
    }
    return;
  }
  const { reason, agent, topic } = options;
  const { replayed } = await inspector.ask(
    z.looseObject({ replayed: z.number() }),
    {
      method: "POST",
      path: "/api/dead-letters/replay",
      body: { reason, agent, topic },
    },
  );
  if (options.json) terminal.printJson({ replayed });
  else terminal.print(`replayed ${counted(replayed, "dead letter")}`);
}

async function discard(
  terminal: Terminal,
  ids: readonly string[],
  options: Chosen,
): Promise<void> {
  checkChoice("discard", ids, options);
  const inspector = await inspectorOf(terminal, options);
  if (!options.all) {
    for (const id of ids) {
      await forget(inspector, id);
      told(terminal, options, "discarded", id);
    }
    return;
  }
  if (!options.yes) {
    throw new CommandError(
      EXIT.usage,
      "Cannot discard all that match as that cannot be taken back: add --yes if you mean it",
    );
  }
  const { reason, agent, topic } = options;
  let discarded = 0;
  for (;;) {
    const letters = await inspector.ask(z.array(LetterAnswer), {
      path: "/api/dead-letters",
      query: { reason, agent, topic, limit: MANY },
    });
    for (const { id } of letters) await forget(inspector, id);
    discarded += letters.length;
    // Those that come meanwhile were not meant.
    if (letters.length < MANY) break;
  }
  if (options.json) terminal.printJson({ discarded });
  else terminal.print(`discarded ${counted(discarded, "dead letter")}`);
}

async function forget(inspector: InspectorClient, id: string): Promise<void> {
  await inspector.ask(z.unknown(), { method: "DELETE", path: pathOf(id) });
}

function checkChoice(
  verb: string,
  ids: readonly string[],
  { all = false, reason, agent, topic }: Chosen,
): void {
  const isFiltered = [reason, agent, topic].some((part) => part !== undefined);
  if (all ? ids.length === 0 : ids.length > 0 && !isFiltered) return;
  throw new CommandError(
    EXIT.usage,
    `Cannot ${verb} dead letters as they must be named: give their ids, or --all with what they have in common; "busbar dlq list" shows them`,
  );
}

function told(
  terminal: Terminal,
  { json }: AskingOptions,
  what: "replayed" | "discarded",
  id: string,
): void {
  if (json) terminal.printJson({ [what]: id });
  else terminal.print(`${what} ${id}`);
}

function pathOf(id: string): string {
  return `/api/dead-letters/${encodeURIComponent(id)}`;
}
