import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
} from "yaml";
import type { z } from "zod";
import { CLI_LIMITS } from "../cli_limits.ts";
import { CommandError } from "../command_error.ts";
import { EXIT } from "../exit_code.ts";

/** A file of YAML or JSON that was read and found well-formed. */
export interface ConfigFile<T> {
  /** What it says. */
  readonly value: T;
  /** The line of a part of it, counted from 1. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

/**
 * Reads a file of YAML or JSON.
 *
 * @throws {CommandError} If it cannot be read, or breaks a rule: the text names the line.
 */
export async function readConfigFile<S extends z.ZodType>(
  path: string,
  schema: S,
): Promise<ConfigFile<z.infer<S>>> {
  return parseConfig(await readText(path), path, schema);
}

/**
 * Reads text in YAML, of which JSON is a part; `name` is where it is from.
 *
 * @throws {CommandError} If it breaks a rule: the text names the line.
 */
export function parseConfig<S extends z.ZodType>(
  text: string,
  name: string,
  schema: S,
): ConfigFile<z.infer<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
  });
  const [fault] = document.errors;
  if (fault) {
    const { line } = lines.linePos(fault.pos[0]);
    throw wrong(name, line, `it is no YAML or JSON: ${fault.message}`);
  }
  const lineOf = (path: readonly PropertyKey[]) =>
    lineAt(document, lines, path);
  const parsed = schema.safeParse(plain(document, name));
  if (parsed.success) return { value: parsed.data, lineOf };
  const faults = parsed.error.issues.map(deepest)
    .map((issue) => ({ issue, line: lineOf(placeOf(issue)) }))
    .toSorted((a, b) => a.line - b.line);
  const [first] = faults;
  if (!first) throw new Error("A schema refused without a reason");
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : "";
  const { path, message } = first.issue;
  throw wrong(name, first.line, `${partOf(path)}${message}${more}`);
}

/** What is wrong at a place of a file. */
export function wrong(
  name: string,
  line: number,
  problem: string,
): CommandError {
  return new CommandError(
    EXIT.usage,
    `Cannot read ${name} as line ${line} must be well-formed: ${problem}`,
  );
}

async function readText(path: string): Promise<string> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const state = cause instanceof Deno.errors.NotFound
      ? "there is none"
      : cause instanceof Error
      ? cause.message
      : "it cannot be opened";
    throw new CommandError(
      EXIT.usage,
      `Cannot read ${path} as it must be a file: ${state}`,
      { cause },
    );
  }
  const { size } = await file.stat();
  if (size > CLI_LIMITS.maxConfigBytes) {
    file.close();
    throw new CommandError(
      EXIT.usage,
      `Cannot read ${path} as it must take at most ${CLI_LIMITS.maxConfigBytes} bytes: it takes ${size}`,
    );
  }
  return await new Response(file.readable).text();
}

/** The document as plain values; references that multiply without end are refused. */
function plain(document: Document, name: string): unknown {
  try {
    // An empty file says nothing, and so nothing wrong.
    return document.toJS() ?? {};
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : "it is not";
    throw wrong(name, 1, problem);
  }
}

/** Of a choice that nothing fits, what is wrong with the one that fits best: an object, where one was written. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flat().find(({ code, path }) =>
    path.length > 0 || code === "unrecognized_keys"
  );
  if (!inner) return issue;
  return deepest({ ...inner, path: [...issue.path, ...inner.path] });
}

/** Where an issue is to be shown: at the key that is one too many, rather than at its object. */
function placeOf(issue: z.core.$ZodIssue): PropertyKey[] {
  return issue.code === "unrecognized_keys"
    ? [...issue.path, ...issue.keys.slice(0, 1)]
    : issue.path;
}

function lineAt(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const part of path) {
    const { place, value } = stepInto(node, part);
    // What is missing is missing in what surrounds it.
    if (place === undefined) break;
    offset = place;
    node = value;
  }
  return lines.linePos(offset).line;
}

function stepInto(
  node: unknown,
  part: PropertyKey,
): { place?: number; value?: unknown } {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) =>
      isScalar(key) && key.value === part
    );
    return { place: startOf(pair?.key), value: pair?.value };
  }
  if (isSeq(node) && typeof part === "number") {
    const value = node.items[part];
    return { place: startOf(value), value };
  }
  return {};
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function partOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "";
  const parts = path.map((part) =>
    typeof part === "number" ? `[${part}]` : `.${String(part)}`
  );
  return `${parts.join("").replace(/^\./, "")}: `;
}
