import { parse } from "@babel/parser";

/** A file of the project: where it lies, from the root with forward slashes, and what it says. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A node of the syntax tree, as far as the checks look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly loc: {
    readonly start: { readonly line: number };
    readonly end: { readonly line: number };
  };
  readonly [key: string]: unknown;
}

/** A node together with what it stands in: its parents, the nearest last. */
export type Visitor = (
  node: SyntaxNode,
  parents: readonly SyntaxNode[],
) => void;

/**
 * Parses one file, so that strings and comments fool no check.
 *
 * @throws {SyntaxError} If the file is not valid TypeScript or JavaScript.
 */
export function parseSource({ path, text }: SourceFile): SyntaxNode {
  const tree = parse(text, {
    sourceType: "module",
    plugins: path.endsWith("x") ? ["typescript", "jsx"] : ["typescript"],
  });
  const program = asNode(tree.program);
  if (!program) throw new SyntaxError("the parser gave no program");
  return program;
}

/** Visits a node and everything below it that can run; types are left out. */
export function visitRunning(root: SyntaxNode, visitor: Visitor): void {
  visit(root, (node) => !isTypeOnly(node), visitor, []);
}

/** Visits a node and everything below it. */
export function visitAll(root: SyntaxNode, visitor: Visitor): void {
  visit(root, () => true, visitor, []);
}

/** A child of a node, when it is a node itself. */
export function child(
  node: SyntaxNode | undefined,
  key: string,
): SyntaxNode | undefined {
  return node && asNode(node[key]);
}

/** The children of a node in a list, such as a body or the arguments. */
export function children(node: SyntaxNode, key: string): SyntaxNode[] {
  const list = node[key];
  return Array.isArray(list)
    ? list.map(asNode).filter((item) => item !== undefined)
    : [];
}

/** The text of an identifier, a private name or a string; of anything else, nothing. */
export function nameOf(node: SyntaxNode | undefined): string | undefined {
  if (!node) return undefined;
  if (node.type === "PrivateName") return `#${nameOf(child(node, "id"))}`;
  const name = node.type === "StringLiteral" ? node.value : node.name;
  return typeof name === "string" ? name : undefined;
}

/** The line a node starts in, counted from 1. */
export function lineOf(node: SyntaxNode): number {
  return node.loc.start.line;
}

function visit(
  node: SyntaxNode,
  wanted: (node: SyntaxNode) => boolean,
  visitor: Visitor,
  parents: SyntaxNode[],
): void {
  if (!wanted(node)) return;
  visitor(node, parents);
  parents.push(node);
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      const below = asNode(item);
      if (below) visit(below, wanted, visitor, parents);
    }
  }
  parents.pop();
}

/** What of TypeScript's own syntax holds code that runs. */
const RUNNING_TS = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "TSEnumDeclaration",
  "TSEnumBody",
  "TSEnumMember",
  "TSModuleDeclaration",
  "TSModuleBlock",
  "TSParameterProperty",
  "TSExportAssignment",
]);

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.declare === true) return true;
  return node.type.startsWith("TS") && !RUNNING_TS.has(node.type);
}

function asNode(value: unknown): SyntaxNode | undefined {
  return typeof value === "object" && value !== null && "type" in value &&
      "loc" in value && typeof value.type === "string" && value.loc
    ? value as SyntaxNode
    : undefined;
}
