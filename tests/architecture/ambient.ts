import { PURE_ROOMS } from "./layers.ts";
import {
  child,
  children,
  lineOf,
  nameOf,
  type SyntaxNode,
  visitRunning,
} from "./syntax.ts";
import { roomOf, type Violation } from "./violation.ts";

const CLOCK = "core/clock.ts";
const RANDOM = "core/random.ts";
const TASKS = "core/tasks.ts";
const NOWHERE = "no file of the library";

/** Names that every program can reach, and the one file that may. */
const GLOBALS: ReadonlyMap<string, string> = new Map([
  ["setTimeout", CLOCK],
  ["setInterval", CLOCK],
  ["performance", CLOCK],
  ["queueMicrotask", TASKS],
  ["setImmediate", TASKS],
  ["console", NOWHERE],
]);

/** Members of well-known objects, likewise. */
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ["Date.now", CLOCK],
  ["AbortSignal.timeout", CLOCK],
  ["Math.random", RANDOM],
]);

/** Members that mean the same whatever they are taken from. */
const TELLING_MEMBERS: ReadonlyMap<string, string> = new Map([
  ["randomUUID", RANDOM],
  ["getRandomValues", RANDOM],
  ["randomBytes", RANDOM],
  ["randomFill", RANDOM],
  ["randomFillSync", RANDOM],
  ["randomInt", RANDOM],
  ["nextTick", TASKS],
]);

/** Modules that hand out the same things. */
const MODULES: ReadonlyMap<string, string> = new Map([
  ["node:timers", CLOCK],
  ["node:timers/promises", CLOCK],
  ["node:perf_hooks", CLOCK],
  ["node:console", NOWHERE],
]);

/** Rooms of programs, which are as free as a user's program is. */
const FREE_ROOMS: readonly string[] = ["examples", "tests", "bench"];

/** A place that may use what is otherwise kept to one home, and why. */
interface Exemption {
  readonly where: string;
  readonly use: string;
  readonly reason: string;
}

/** The deliberate exceptions. `where` is a file, or a folder with its slash. */
export const EXEMPTIONS: readonly Exemption[] = [
  {
    where: "inspector/page/",
    use: "*",
    reason: "runs in the browser, where no clock can be handed in",
  },
  {
    where: "inspector/server.ts",
    use: "console",
    reason: "prints the URL with its token once, for the person who started it",
  },
  {
    where: "docs/site/main.ts",
    use: "console",
    reason: "says where the site is that it has built",
  },
  {
    where: "packaging/main.ts",
    use: "console",
    reason: "says where the package is that it has made",
  },
  {
    where: "cli/",
    use: "console",
    reason: "a command line program talks to its user",
  },
];

const GLOBAL_OBJECTS = new Set(["globalThis", "self", "window", "global"]);

/** Reports time, chance, deferred work, output and the platform outside their one home. */
export function findAmbientViolations(
  path: string,
  program: SyntaxNode,
): Violation[] {
  if (FREE_ROOMS.includes(roomOf(path))) return [];
  const found: Violation[] = [];
  visitRunning(program, (node, parents) => {
    for (const { use, home } of usesOf(node, parents)) {
      if (home === path || isExempt(path, use)) continue;
      const message =
        `${use} belongs to ${home}: take a port as a parameter instead`;
      found.push({ rule: "ambient", file: path, line: lineOf(node), message });
    }
    if (
      PURE_ROOMS.includes(roomOf(path)) && isReference(node, parents, "Deno")
    ) {
      const message = `${
        roomOf(path)
      } may not touch Deno: it sees the platform only through what it is handed`;
      found.push({ rule: "ambient", file: path, line: lineOf(node), message });
    }
    if (makesRegExp(node)) {
      const message =
        "a RegExp made at run time can take seconds on hostile input: match by tokens, or write a literal";
      found.push({ rule: "regexp", file: path, line: lineOf(node), message });
    }
  });
  return found;
}

interface Use {
  readonly use: string;
  readonly home: string;
}

function* usesOf(
  node: SyntaxNode,
  parents: readonly SyntaxNode[],
): Generator<Use> {
  const parent = parents.at(-1);
  if (node.type === "Identifier" && !isLabel(node, parent)) {
    yield* lookUp(GLOBALS, nameOf(node));
  }
  if (isMember(node)) yield* usesOfMember(node);
  if (node.type === "VariableDeclarator") yield* usesOfPattern(node);
  if (isClockRead(node)) yield { use: "new Date()", home: CLOCK };
  if (node.type === "ImportDeclaration") yield* usesOfImport(node);
}

function* usesOfMember(node: SyntaxNode): Generator<Use> {
  const object = nameOf(child(node, "object"));
  const property = nameOf(child(node, "property"));
  yield* lookUp(MEMBERS, `${object}.${property}`);
  yield* lookUp(TELLING_MEMBERS, property);
  if (object && GLOBAL_OBJECTS.has(object)) yield* lookUp(GLOBALS, property);
}

/** `const { now } = Date` takes the member as `Date.now` does. */
function* usesOfPattern(node: SyntaxNode): Generator<Use> {
  const pattern = child(node, "id");
  const object = nameOf(child(node, "init"));
  if (pattern?.type !== "ObjectPattern" || !object) return;
  for (const property of children(pattern, "properties")) {
    const key = nameOf(child(property, "key"));
    yield* lookUp(MEMBERS, `${object}.${key}`);
    yield* lookUp(TELLING_MEMBERS, key);
    // The local name of a global is found where it is an identifier; a renamed one is found here.
    const renamed = nameOf(child(property, "value")) !== key;
    if (renamed && GLOBAL_OBJECTS.has(object)) yield* lookUp(GLOBALS, key);
  }
}

function* usesOfImport(node: SyntaxNode): Generator<Use> {
  if (node.importKind === "type") return;
  yield* lookUp(MODULES, nameOf(child(node, "source")));
  for (const specifier of children(node, "specifiers")) {
    yield* lookUp(TELLING_MEMBERS, nameOf(child(specifier, "imported")));
  }
}

function* lookUp(
  table: ReadonlyMap<string, string>,
  use: string | undefined,
): Generator<Use> {
  const home = use && table.get(use);
  if (use && home) yield { use, home };
}

/** Whether an identifier only names a member, and stands for nothing that exists outside. */
function isLabel(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (!parent || parent.computed === true) return false;
  if (parent.type === "ImportSpecifier") return parent.local !== node;
  if (parent.type === "ExportSpecifier") return parent.local !== node;
  if (isMember(parent)) return parent.property === node;
  return parent.key === node;
}

function isReference(
  node: SyntaxNode,
  parents: readonly SyntaxNode[],
  name: string,
): boolean {
  return node.type === "Identifier" && nameOf(node) === name &&
    !isLabel(node, parents.at(-1));
}

function isMember(node: SyntaxNode): boolean {
  return node.type === "MemberExpression" ||
    node.type === "OptionalMemberExpression";
}

/** `new Date()` and `Date()` read the clock; with an argument they only count. */
function isClockRead(node: SyntaxNode): boolean {
  const isNew = node.type === "NewExpression";
  if (!isNew && node.type !== "CallExpression") return false;
  if (nameOf(child(node, "callee")) !== "Date") return false;
  return !isNew || children(node, "arguments").length === 0;
}

function makesRegExp(node: SyntaxNode): boolean {
  if (node.type !== "NewExpression" && node.type !== "CallExpression") {
    return false;
  }
  return nameOf(child(node, "callee")) === "RegExp";
}

function isExempt(path: string, use: string): boolean {
  return EXEMPTIONS.some((exemption) =>
    (exemption.use === "*" || exemption.use === use) &&
    (exemption.where.endsWith("/")
      ? path.startsWith(exemption.where)
      : path === exemption.where)
  );
}
