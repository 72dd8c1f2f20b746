import type { Command } from "commander";
import { z } from "zod";
import { type Rule, RuleAnswer } from "../answers.ts";
import { parseConfig, readConfigFile } from "../config/config_file.ts";
import { RulesSchema } from "../config/rule_schema.ts";
import { type AskingOptions, printListing, withAsking } from "../listing.ts";
import { readPayload } from "../payload.ts";
import { inspectorOf } from "../reach.ts";
import type { Terminal } from "../terminal.ts";
import { count, visible } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar rules list
  busbar rules add '{"id":"no-debug","priority":90,"match":{"topic":"debug.>"},"action":{"kind":"drop"}}'
  busbar rules add rules.yaml
  busbar rules disable no-debug

A file holds one rule or a list of them, in YAML or JSON; - is standard input.`;

/** Adds `busbar rules` and what it can do. */
export function addRules(program: Command, terminal: Terminal): void {
  const rules = program.command("rules")
    .summary("routing rules: list, add, enable, disable, remove")
    .description("The rules that messages pass before they are delivered.")
    .addHelpText("after", EXAMPLES);
  withAsking(
    rules.command("list").description(
      "Lists them in the order they are tried.",
    ),
  ).action((options: AskingOptions) => list(terminal, options));
  withAsking(
    rules.command("add")
      .argument(
        "<rule>",
        "JSON, a file of YAML or JSON, or - for standard input",
      )
      .description("Adds one, or several."),
  ).action((rule: string, options: AskingOptions) =>
    add(terminal, rule, options)
  );
  for (const verb of ["enable", "disable"] as const) {
    withAsking(
      rules.command(verb).argument("<id...>", "the rules' ids")
        .description(
          verb === "enable" ? "Has them tried." : "Has them passed over.",
        ),
    ).action((ids: string[], options: AskingOptions) =>
      change(terminal, verb, ids, options)
    );
  }
  withAsking(
    rules.command("remove").argument("<id...>", "the rules' ids")
      .description("Removes them."),
  ).action((ids: string[], options: AskingOptions) =>
    change(terminal, "remove", ids, options)
  );
}

function list(terminal: Terminal, options: AskingOptions): Promise<void> {
  return printListing(terminal, options, {
    path: "/api/rules",
    entry: RuleAnswer,
    columns: [
      "rule",
      { heading: "priority", right: true },
      "state",
      { heading: "matched", right: true },
      "match",
      "then",
    ],
    row: (rule) => [
      rule.id,
      String(rule.priority),
      rule.enabled ? "on" : terminal.colors.yellow("off"),
      count(rule.matches),
      matchText(rule),
      actionText(rule),
    ],
    none: "there are no rules",
  });
}

function matchText({ match = {} }: Rule): string {
  const parts = Object.entries(match).map(([part, pattern]) =>
    `${part} ${pattern}`
  );
  return parts.length === 0 ? "everything" : visible(parts.join(", "));
}

function actionText({ handler, action, final }: Rule): string {
  const parts = [
    ...(handler === undefined ? [] : [`run ${handler}`]),
    ...(action === undefined ? [] : [Object.values(action).join(" ")]),
    ...(final ? ["stop"] : []),
  ];
  return visible(parts.join(", "));
}

async function add(
  terminal: Terminal,
  source: string,
  options: AskingOptions,
): Promise<void> {
  const { value: rules } = await readRules(terminal, source);
  const inspector = await inspectorOf(terminal, options);
  for (const body of rules) {
    const added = await inspector.ask(RuleAnswer, {
      method: "POST",
      path: "/api/rules",
      body,
    });
    if (options.json) terminal.printJson(added);
    else terminal.print(`added ${added.id}`);
  }
}

async function readRules(
  terminal: Terminal,
  source: string,
): Promise<{ value: z.infer<typeof RulesSchema> }> {
  if (/^\s*[[{]/.test(source)) {
    return parseConfig(source, "the rule", RulesSchema);
  }
  if (source !== "-") return await readConfigFile(source, RulesSchema);
  const text = await readPayload(terminal, "-", { text: true });
  return parseConfig(String(text), "standard input", RulesSchema);
}

async function change(
  terminal: Terminal,
  verb: "enable" | "disable" | "remove",
  ids: readonly string[],
  options: AskingOptions,
): Promise<void> {
  const inspector = await inspectorOf(terminal, options);
  for (const id of ids) {
    const path = `/api/rules/${encodeURIComponent(id)}`;
    if (verb === "remove") {
      await inspector.ask(z.unknown(), { method: "DELETE", path });
    } else {
      const body = { enabled: verb === "enable" };
      await inspector.ask(RuleAnswer, { method: "PATCH", path, body });
    }
    if (options.json) terminal.printJson({ [`${verb}d`]: id });
    else terminal.print(`${verb}d ${id}`);
  }
}
