import {
  child,
  children,
  lineOf,
  nameOf,
  type SyntaxNode,
  visitAll,
} from "./syntax.ts";
import { roomOf, type Violation } from "./violation.ts";

/** Where one file asks for another. */
export interface ImportSite {
  readonly specifier: string;
  readonly line: number;
  /** Whether nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
}

/** What the project publishes: paths from the root, by the name in `deno.json`. */
export type Entries = Readonly<Record<string, string>>;

/** What a room may import of the project, besides itself: rooms, single files, or what users may. */
interface Reach {
  readonly rooms?: readonly string[];
  readonly files?: readonly string[];
  readonly entries?: true;
  readonly anything?: true;
}

const CORE_ONLY: Reach = { rooms: ["core"] };
const USER: Reach = { entries: true };
const ANYTHING: Reach = { anything: true };

const DOORS = [
  "transports/transport.ts",
  "storage/store.ts",
  "security/policy.ts",
  "telemetry/telemetry.ts",
] as const;

const MAY_REACH: Readonly<Record<string, Reach>> = {
  core: {},
  router: CORE_ONLY,
  transports: CORE_ONLY,
  storage: CORE_ONLY,
  security: CORE_ONLY,
  telemetry: CORE_ONLY,
  engines: CORE_ONLY,
  dlq: { rooms: ["core"], files: ["storage/store.ts"] },
  bus: { rooms: ["core", "router", "dlq"], files: DOORS },
  agents: { rooms: ["core", "bus"] },
  testing: {
    rooms: ["core", "bus"],
    files: [...DOORS, "engines/engine.ts"],
  },
  inspector: USER,
  // Its version, and what it tells a new program to import, stand in one place.
  cli: { entries: true, files: ["deno.json"] },
  examples: USER,
  "mod.ts": {
    rooms: ["core", "router", "dlq", "bus", "agents"],
    files: [
      ...DOORS,
      "engines/engine.ts",
      "transports/memory.ts",
      "connect.ts",
    ],
  },
  "connect.ts": { rooms: ["core", "bus"], files: DOORS },
  // The builder of the site reads the project, and runs none of it.
  docs: {},
  // So does what makes the package.
  packaging: {},
  tests: ANYTHING,
  bench: ANYTHING,
};

/** npm packages by room; a room that is not named here uses none. */
const MAY_USE: Readonly<Record<string, readonly string[] | "any">> = {
  telemetry: ["@logtape/logtape", "@opentelemetry/api"],
  engines: ["@nats-io/", "redis"],
  inspector: ["hono", "@hono/zod-openapi", "zod", "uplot"],
  cli: [
    "commander",
    "zod",
    "yaml",
    "picocolors",
    "cli-table3",
    "@bomb.sh/tab",
    "@logtape/logtape",
  ],
  docs: ["github-slugger", "highlight.js", "hono", "markdown-it", "minisearch"],
  packaging: ["esbuild", "tar"],
  examples: "any",
  tests: "any",
  bench: "any",
};

/** The rooms that see the platform only through what is handed to them. */
export const PURE_ROOMS: readonly string[] = [
  "core",
  "router",
  "dlq",
  "bus",
  "agents",
  "mod.ts",
  "connect.ts",
];

/** Reports imports that point up or sideways, and packages in a room that has no use for them. */
export function findLayerViolations(
  path: string,
  program: SyntaxNode,
  entries: Entries,
): Violation[] {
  const reach = MAY_REACH[roomOf(path)];
  if (!reach) {
    return [{
      rule: "layers",
      file: path,
      line: 1,
      message: `${
        roomOf(path)
      } is a room without a rule: add it to the table of layers first`,
    }];
  }
  return importSites(program).flatMap((site) =>
    isProjectFile(site.specifier)
      ? checkArrow(path, site, reach, entries)
      : checkPackage(path, site)
  );
}

/** Every static or dynamic import and re-export of a file, those of types included. */
export function importSites(program: SyntaxNode): ImportSite[] {
  const sites: ImportSite[] = [];
  visitAll(program, (node) => {
    const source = child(node, "source") ??
      (isDynamicImport(node) ? firstArgument(node) : undefined);
    if (!source) return;
    const specifier = nameOf(source) ?? "(computed)";
    sites.push({ specifier, line: lineOf(node), typeOnly: isTypeOnly(node) });
  });
  return sites;
}

function checkArrow(
  path: string,
  { specifier, line }: ImportSite,
  reach: Reach,
  entries: Entries,
): Violation[] {
  const target = targetOf(path, specifier, entries);
  const from = roomOf(path);
  if (roomOf(target) === from || mayReach(reach, target, entries)) return [];
  const message = `${from} may not import ${target}: ${describeReach(reach)}`;
  return [{ rule: "layers", file: path, line, message }];
}

function mayReach(
  reach: Reach,
  target: string,
  entries: Entries,
): boolean {
  if (reach.anything) return true;
  if (reach.entries && Object.values(entries).includes(target)) return true;
  return Boolean(
    reach.rooms?.includes(roomOf(target)) || reach.files?.includes(target),
  );
}

function describeReach({ rooms = [], files = [], entries }: Reach): string {
  if (entries) return "it imports published entries only, as a user does";
  const allowed = [...rooms, ...files];
  return allowed.length === 0
    ? "it imports nothing of the project"
    : `it imports only ${allowed.join(", ")}`;
}

function checkPackage(
  path: string,
  { specifier, line }: ImportSite,
): Violation[] {
  const room = roomOf(path);
  if (specifier.startsWith("node:")) {
    return PURE_ROOMS.includes(room)
      ? [{
        rule: "packages",
        file: path,
        line,
        message:
          `${room} may not import ${specifier}: it sees the platform only through what it is handed`,
      }]
      : [];
  }
  const allowed = MAY_USE[room] ?? [];
  if (allowed === "any") return [];
  const name = specifier.replace(/^npm:\/?/, "");
  if (allowed.some((known) => isPackage(name, known))) return [];
  const message = `${room} may not import ${specifier}: it uses ${
    allowed.length === 0 ? "no packages" : `only ${allowed.join(", ")}`
  }`;
  return [{ rule: "packages", file: path, line, message }];
}

function isPackage(name: string, known: string): boolean {
  if (known.endsWith("/")) return name.startsWith(known);
  return name === known || name.startsWith(`${known}/`) ||
    name.startsWith(`${known}@`);
}

const SELF = "@busbar/busbar";

/** Whether a specifier means a file of the project. */
export function isProjectFile(specifier: string): boolean {
  return specifier.startsWith(".") || specifier.startsWith("/") ||
    specifier === SELF || specifier.startsWith(`${SELF}/`);
}

/** The project's own file that a specifier means, as a path from the root. */
export function targetOf(
  path: string,
  specifier: string,
  entries: Entries,
): string {
  // By its own name the project gives out nothing but its entries.
  if (specifier.startsWith(SELF)) {
    return entries[`.${specifier.slice(SELF.length)}`] ?? specifier;
  }
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function isDynamicImport(node: SyntaxNode): boolean {
  return node.type === "ImportExpression" ||
    (node.type === "CallExpression" &&
      child(node, "callee")?.type === "Import");
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === "TSImportType") return true;
  if (node.importKind === "type" || node.exportKind === "type") return true;
  const specifiers = children(node, "specifiers");
  return specifiers.length > 0 &&
    specifiers.every((specifier) =>
      specifier.importKind === "type" || specifier.exportKind === "type"
    );
}

function firstArgument(node: SyntaxNode): SyntaxNode | undefined {
  const list = node.arguments;
  return Array.isArray(list) ? list[0] as SyntaxNode | undefined : undefined;
}
