import assert from "node:assert/strict";
import { FAILURES } from "../../inspector/failures.ts";
import { INSPECTOR_LIMITS } from "../../inspector/inspector_limits.ts";
import { createInspector } from "../../inspector/mod.ts";
import { MessageBus } from "../../mod.ts";
import {
  type Api,
  bodyOf,
  type Content,
  fieldsOf,
  type Operation,
  shapeOf,
} from "./open_api.ts";
import { readPage } from "./page.ts";
import { namesIn, rowsBelow } from "./tables.ts";

const PAGE = await readPage("docs/reference/http.md");
const ORIGIN = "http://127.0.0.1";
/** Failures that are not told for each route, and what they are of. */
const SHARED = new Map(
  rowsBelow(PAGE, "## Failures").flatMap(([code, , group = ""]) =>
    /^every (?:route|change)/.test(group)
      ? [[namesIn(code).join(), group] as const]
      : []
  ),
);

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
      answers: ownAnswers(operation),
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

Deno.test("docs/reference/http.md gives every code of a failure, and its status", () => {
  const written = rowsBelow(PAGE, "## Failures")
    .map(([code, status]) => `${namesIn(code)} ${status}`);
  const real = Object.entries(FAILURES)
    .map(([code, { status }]) => `${code} ${status}`);
  assert.deepEqual([...new Set(written)].sort(), real.sort());
});

Deno.test("docs/reference/http.md is right about the failures that are of every route, or of every change", async () => {
  const { paths } = await describedApi();
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method} ${path}`,
      codes: Object.values(operation.responses).flatMap(codesOf),
    }))
  );
  const routes = all.map(({ route }) => route);
  const groups: Readonly<Record<string, string[]>> = {
    "every route": routes,
    "every route but `/healthz`": routes.filter((route) =>
      route !== "get /healthz"
    ),
    "every change": routes.filter((route) => !route.startsWith("get ")),
  };
  assert.ok(SHARED.size > 10, `${SHARED.size} codes`);
  for (const [code, group] of SHARED) {
    const having = all.filter(({ codes }) => codes.includes(code));
    assert.deepEqual(having.map(({ route }) => route), groups[group], code);
  }
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

/** What stands in the table of routes: an answer for what routes have in common stands in that of failures. */
function ownAnswers({ responses }: Operation): string[] {
  return Object.entries(responses).flatMap(([status, response]) => {
    if (Number(status) < 300) return [`${status} ${shapeOf(response)}`];
    const own = codesOf(response).filter((code) => !SHARED.has(code));
    return own.length > 0 ? [`${status} `] : [];
  });
}

/** The codes that an answer of a failure names. */
function codesOf(
  { description = "" }: Content & { readonly description?: string },
): string[] {
  return [...description.matchAll(/`(\w+)`: /g)].map(([, code = ""]) => code);
}
