import { childrenOf, isNode, type SyntaxNode } from "./syntax.ts";

/** What is counted of one function; nested functions are counted on their own. */
export interface FunctionFigures {
  /** Its name, or `"(anonymous)"`. */
  readonly name: string;
  /** Its first line, counted from 1. */
  readonly line: number;
  /** How many lines it has. */
  readonly lines: number;
  /** Ways through it: McCabe's cyclomatic complexity, 1 without a branch. */
  readonly complexity: number;
  /** How deep its branches and loops are nested. */
  readonly depth: number;
  /** How many parameters it takes. */
  readonly parameters: number;
  /** Where its text starts and ends, in characters. */
  readonly span: readonly [number, number];
}

/** Counts every function of a program, in the order of the text. */
export function measureFunctions(program: SyntaxNode): FunctionFigures[] {
  const found: FunctionFigures[] = [];
  visit(program, undefined, found);
  return found.sort((a, b) => a.span[0] - b.span[0]);
}

const FUNCTIONS = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ObjectMethod",
  "ClassMethod",
  "ClassPrivateMethod",
]);
const LOOPS_AND_BRANCHES = new Set([
  "IfStatement",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
  "SwitchStatement",
  "TryStatement",
]);
const DECISIONS = new Set([
  "IfStatement",
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
  "ConditionalExpression",
  "LogicalExpression",
  "CatchClause",
]);
const DECIDING_ASSIGNMENTS = new Set(["&&=", "||=", "??="]);

function visit(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  found: FunctionFigures[],
): void {
  if (FUNCTIONS.has(node.type)) found.push(figuresOf(node, parent));
  for (const child of childrenOf(node)) visit(child, node, found);
}

function figuresOf(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
): FunctionFigures {
  const { start, end } = node.loc;
  const { decisions, depth } = count(node, 0);
  return {
    name: nameOf(node) ?? nameOf(parent) ?? "(anonymous)",
    line: start.line,
    lines: end.line - start.line + 1,
    complexity: 1 + decisions,
    depth,
    parameters: Array.isArray(node.params) ? node.params.length : 0,
    span: [node.start, node.end],
  };
}

function count(
  node: SyntaxNode,
  depth: number,
): { decisions: number; depth: number } {
  const total = { decisions: 0, depth };
  for (const child of childrenOf(node)) {
    if (FUNCTIONS.has(child.type)) continue;
    // `else if` continues the branch it belongs to, and is no deeper.
    const chained = child.type === "IfStatement" && node.alternate === child;
    const deeper = LOOPS_AND_BRANCHES.has(child.type) && !chained;
    const below = count(child, deeper ? depth + 1 : depth);
    total.decisions += below.decisions + (decides(child) ? 1 : 0);
    total.depth = Math.max(total.depth, below.depth);
  }
  return total;
}

function decides(node: SyntaxNode): boolean {
  if (node.type === "SwitchCase") return isNode(node.test);
  if (node.type === "AssignmentExpression") {
    return DECIDING_ASSIGNMENTS.has(String(node.operator));
  }
  return DECISIONS.has(node.type);
}

function nameOf(node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  for (const field of [node.id, node.key]) {
    if (!isNode(field)) continue;
    if (typeof field.name === "string") return field.name;
    if (typeof field.value === "string") return field.value;
    // A private name holds its identifier one level deeper.
    if (isNode(field.id) && typeof field.id.name === "string") {
      return `#${field.id.name}`;
    }
  }
  return undefined;
}
