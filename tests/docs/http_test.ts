import assert from "node:assert/strict";
import { answerError } from "../../inspector/problem.ts";
import { INSPECTOR_LIMITS } from "../../inspector/inspector_limits.ts";
import { createInspector } from "../../inspector/mod.ts";
import { BusError, type BusErrorCode, MessageBus } from "../../mod.ts";
import { readProject } from "../architecture/project.ts";
import {
  child,
  children,
  nameOf,
  parseSource,
  visitAll,
} from "../architecture/syntax.ts";
import { type Api, bodyOf, fieldsOf, shapeOf } from "./open_api.ts";
import { readPage } from "./page.ts";
import { namesIn, rowsBelow } from "./tables.ts";

const PAGE = await readPage("docs/reference/http.md");
const ORIGIN = "http://127.0.0.1";

Deno.test("docs/reference/http.md gives every route with its parameters, body and answers, as the inspector describes it", async () => {
  const written = rowsBelow(PAGE, "## Routes").map(
    ([route, , input, answers]) => {
      const statuses = [...answers?.matchAll(/(\d{3})(?: `([^`]+)`)?/g) ?? []];
      return {
        route: namesIn(route).join(),
        input: namesIn(input),
        answers: statuses.map(([, status, shape = ""]) => `${status} ${shape}`),
      };
    },
  );
  const { paths } = await describedApi();
  const real = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path}`,
      input: [
        ...(operation.parameters ?? []).filter(({ in: place }) =>
          place !== "path"
        ).map(({ name }) => name),
        ...bodyOf(operation),
      ],
      answers: Object.entries(operation.responses).map(([status, response]) =>
        `${status} ${Number(status) < 300 ? shapeOf(response) : ""}`
      ),
    }))
  );
  const byRoute = (a: { route: string }, b: { route: string }) =>
    a.route < b.route ? -1 : 1;
  assert.ok(real.length > 30, `${real.length} routes`);
  assert.deepEqual(written.sort(byRoute), real.sort(byRoute));
});

Deno.test("docs/reference/http.md gives every shape with its fields", async () => {
  const written = rowsBelow(PAGE, "## Shapes")
    .map(([shape, , fields]) => [...namesIn(shape), ...namesIn(fields).sort()]);
  const { components: { schemas } } = await describedApi();
  const real = Object.keys(schemas)
    .map((name) => [name, ...fieldsOf(name, schemas).sort()]);
  assert.deepEqual(written.map(String).sort(), real.map(String).sort());
});

Deno.test("docs/reference/http.md gives every code of a failure, and its status", async () => {
  const written = rowsBelow(PAGE, "## Failures")
    .map(([code, status]) => `${namesIn(code)} ${status}`);
  const real = [...await problemsInCode(), ...await statusesOfTheBus()];
  assert.deepEqual([...new Set(written)].sort(), [...new Set(real)].sort());
});

Deno.test("docs/reference/http.md gives every limit of the inspector with its value", () => {
  const written = rowsBelow(PAGE, "## Limits")
    .map(([name, value]) => `${namesIn(name)} ${value}`);
  const real = Object.entries(INSPECTOR_LIMITS)
    .map(([name, value]) => `${name} ${value.toLocaleString("en")}`);
  assert.deepEqual(written.sort(), real.sort());
});

Deno.test("docs/reference/http.md is right that every route but /healthz asks for the token", async () => {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: "secret" });
  const open: string[] = [];
  const { paths } = await describedApi();
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) {
      const init = { method: method.toUpperCase() };
      const { status } = await app.request(ORIGIN + path, init);
      if (status !== 401) open.push(path);
    }
  }
  assert.deepEqual(open, ["/healthz"]);
});

async function describedApi(): Promise<Api> {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  return await (await app.request(`${ORIGIN}/openapi.json`)).json() as Api;
}

/** The code and status of every failure that the inspector itself makes. */
async function problemsInCode(): Promise<string[]> {
  const found: string[] = [];
  for (const file of await readProject()) {
    if (!file.path.startsWith("inspector/")) continue;
    visitAll(parseSource(file), (node) => {
      const isProblem = node.type === "NewExpression" &&
        nameOf(child(node, "callee")) === "Problem";
      const [status, code] = isProblem ? children(node, "arguments") : [];
      if (code?.type !== "StringLiteral") return;
      if (status?.type !== "NumericLiteral") return;
      found.push(`${code.value} ${status.value}`);
    });
  }
  return found;
}

/** The code and status of every error of the bus, as they are answered. */
async function statusesOfTheBus(): Promise<string[]> {
  const { text } = await readPage("docs/reference/errors.md");
  const codes = [...text.matchAll(/^\| `(\w+)` +\| (?:yes|no) /gm)];
  return codes.map(([, code]) => {
    const json = (_: unknown, status: number) => `${code} ${status}`;
    const context = { json } as unknown as Parameters<typeof answerError>[1];
    const error = new BusError(code as BusErrorCode, "");
    return String(answerError(error, context));
  });
}
