/** What the tools of Deno said of one file. */
export interface ToolFigures {
  /** Diagnostics of `deno lint`. */
  readonly lint: readonly LintDiagnostic[];
  /** Exports without a doc comment, by `deno doc`. */
  readonly undocumented: readonly UndocumentedExport[];
}

/** One diagnostic of `deno lint`. */
export interface LintDiagnostic {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** An export that nobody described. */
export interface UndocumentedExport {
  readonly name: string;
  readonly line: number;
}

/**
 * Reads the output of `deno lint --json`. Output of another shape, as another
 * version may write it, counts as no diagnostic.
 */
export function readLint(output: string): LintDiagnostic[] {
  return listIn(parsed(output), "diagnostics").flatMap((diagnostic) => {
    const code = textIn(diagnostic, "code");
    const line = numberIn(fieldOf(fieldOf(diagnostic, "range"), "start"));
    if (code === undefined) return [];
    return [{ line, code, message: textIn(diagnostic, "message") ?? "" }];
  });
}

/**
 * Reads the output of `deno doc --json` for one file: exported symbols none of
 * whose declarations has a doc comment. Output of another shape counts as none.
 */
export function readDoc(output: string): UndocumentedExport[] {
  const modules = fieldOf(parsed(output), "nodes");
  if (typeof modules !== "object" || modules === null) return [];
  return Object.values(modules)
    .flatMap((module) => listIn(module, "symbols"))
    .flatMap(undocumentedIn);
}

/**
 * Counts the commits that touched each path, from the output of
 * `git log --name-only --format= -z`.
 */
export function countCommits(output: string): Map<string, number> {
  const commits = new Map<string, number>();
  for (const entry of output.split("\0")) {
    const path = entry.trim();
    if (path !== "") commits.set(path, (commits.get(path) ?? 0) + 1);
  }
  return commits;
}

function undocumentedIn(symbol: unknown): UndocumentedExport[] {
  const exported = listIn(symbol, "declarations").filter((declaration) =>
    textIn(declaration, "declarationKind") === "export" &&
    // What a module only passes on is described where it is declared.
    textIn(declaration, "kind") !== "reference"
  );
  const [first] = exported;
  const described = exported.some((declaration) =>
    textIn(fieldOf(declaration, "jsDoc"), "doc") !== undefined
  );
  if (first === undefined || described) return [];
  const line = numberIn(fieldOf(first, "location"));
  return [{ name: textIn(symbol, "name") ?? "default", line }];
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, field: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, field)?.value;
}

function listIn(value: unknown, field: string): unknown[] {
  const list = fieldOf(value, field);
  return Array.isArray(list) ? list : [];
}

function textIn(value: unknown, field: string): string | undefined {
  const text = fieldOf(value, field);
  return typeof text === "string" ? text : undefined;
}

function numberIn(position: unknown): number {
  const line = fieldOf(position, "line");
  return typeof line === "number" ? line : 1;
}
