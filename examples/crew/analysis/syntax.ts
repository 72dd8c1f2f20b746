// Only the demo parses source texts: the library itself does not depend on a parser.
import { parse } from "@babel/parser";

/** A node of the syntax tree, as far as the analysis looks at one. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly loc: { start: { line: number }; end: { line: number } };
  readonly [field: string]: unknown;
}

/** A token, normalised: names, texts and numbers are alike. */
export interface Token {
  readonly text: string;
  readonly start: number;
}

/** A source text that was understood. */
export interface Source {
  readonly program: SyntaxNode;
  readonly tokens: readonly Token[];
}

/** A source text that was not understood. */
export class NotParsed extends Error {
  /** Where the parser gave up, counted from 1. */
  readonly line: number;

  /** Says where and why. */
  constructor(path: string, line: number, reason: string) {
    super(`Cannot parse ${path}:${line} as ${reason}`);
    this.name = "NotParsed";
    this.line = line;
  }
}

/**
 * Parses TypeScript or JavaScript; the path's ending tells which.
 *
 * @throws {NotParsed} If the text is not a source text.
 */
export function parseSource(text: string, path: string): Source {
  try {
    const file = parse(text, {
      sourceType: "unambiguous",
      errorRecovery: true,
      tokens: true,
      plugins: pluginsFor(path),
    });
    return {
      program: file.program as unknown as SyntaxNode,
      tokens: (file.tokens ?? []).flatMap(normalised),
    };
  } catch (error) {
    throw notParsed(error, path);
  }
}

/** Whether a value of a node's field is a node itself. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value &&
    typeof value.type === "string" && "loc" in value;
}

/** The nodes right below a node, in no particular order. */
export function* childrenOf(node: SyntaxNode): Generator<SyntaxNode> {
  for (const [field, value] of Object.entries(node)) {
    // Comments hang from their neighbours as well, and are no part of the program.
    if (field.endsWith("Comments")) continue;
    if (Array.isArray(value)) yield* value.filter(isNode);
    else if (isNode(value)) yield value;
  }
}

type Plugins = NonNullable<NonNullable<Parameters<typeof parse>[1]>["plugins"]>;

function pluginsFor(path: string): Plugins {
  if (/\.[cm]?ts$/.test(path)) return ["typescript", "decorators"];
  if (/\.tsx$/.test(path)) return ["typescript", "jsx", "decorators"];
  return ["jsx", "decorators"];
}

interface ParserToken {
  type: string | { label: string };
  value?: unknown;
  start: number;
}

function normalised(token: ParserToken): Token[] {
  // Comments are among the tokens under a plain name instead of a kind.
  if (typeof token.type === "string") return [];
  return [{ text: token.type.label, start: token.start }];
}

function notParsed(error: unknown, path: string): NotParsed {
  const text = error instanceof Error ? error.message : String(error);
  const line = Number(/\((\d+):\d+\)/.exec(text)?.[1] ?? 1);
  const reason = text.replace(/\s*\(\d+:\d+\)[\s\S]*$/, "");
  return new NotParsed(path, line, `it is no source text: ${reason}`);
}
