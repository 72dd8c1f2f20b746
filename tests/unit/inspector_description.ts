import assert from "node:assert/strict";
import { createInspector } from "../../inspector/mod.ts";
import { MessageBus } from "../../mod.ts";

/** A method of a path, with everything it is said to answer. */
export interface DescribedRoute {
  /** In capitals. */
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  /** The codes of each status; none where it succeeds. */
  readonly answers: ReadonlyMap<number, readonly string[]>;
  /** The fields of its body, if it takes one. */
  readonly body?: readonly string[];
  /** Names of its query's parameters. */
  readonly query: readonly string[];
}

/** What is read of a description in OpenAPI. */
interface Operation {
  readonly parameters?: readonly { in: string; name: string }[];
  readonly requestBody?: {
    readonly content: { readonly "application/json": { schema: Schema } };
  };
  readonly responses: Readonly<Record<string, { description: string }>>;
}

/** The form of a body, or the name of one. */
interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** What an address may be answered with that no route is at. */
const NOWHERE: readonly number[] = [
  ...[400, 401, 403, 404, 405, 408, 413, 414, 415, 431],
];

let known: Promise<DescribedRoute[]> | undefined;

/** Every route that `/openapi.json` describes. */
export function describedRoutes(): Promise<DescribedRoute[]> {
  return known ??= readDescription();
}

/**
 * Holds an answer to the description of its route.
 *
 * @throws {AssertionError} If its status or its code is not in it.
 */
export async function checkDescribed(
  { method, path }: { method: string; path: string },
  response: Response,
): Promise<void> {
  const { status } = response;
  const route = routeAt(await describedRoutes(), method, path);
  const label = `${method} ${path.slice(0, 100)} was answered with ${status}`;
  if (!route) {
    if (!/^\/api(?:\/|$)/.test(path)) return;
    return assert.ok(NOWHERE.includes(status), `${label}, and is no route`);
  }
  const codes = route.answers.get(status);
  assert.ok(codes, `${label}, which ${route.path} is not described with`);
  if (status < 400) return;
  const code = await codeOf(response);
  assert.ok(
    codes.includes(code),
    `${label} "${code}", which ${route.path} is not described with`,
  );
}

/** The code of an answer that failed; its body can still be read. */
export async function codeOf(response: Response): Promise<string> {
  const { error, ...rest } = await response.clone().json();
  assert.deepEqual([Object.keys(error), rest], [["code", "message"], {}]);
  assert.equal(typeof error.message, "string");
  return error.code;
}

/** The route at an address; names in a path go before parameters. */
export function routeAt(
  routes: readonly DescribedRoute[],
  method: string,
  path: string,
): DescribedRoute | undefined {
  const asked = method === "HEAD" ? "GET" : method;
  const parts = path.split("/");
  return routes
    .filter((route) => route.method === asked && isAt(route.path, parts))
    .toSorted((a, b) => a.path.split("{").length - b.path.split("{").length)[0];
}

function isAt(template: string, parts: readonly string[]): boolean {
  const wanted = template.split("/");
  return wanted.length === parts.length &&
    wanted.every((part, at) =>
      part.startsWith("{") ? parts[at] !== "" : part === parts[at]
    );
}

async function readDescription(): Promise<DescribedRoute[]> {
  await using bus = new MessageBus();
  const app = createInspector(bus, { token: false });
  const { paths, components } = await (await app.request("/openapi.json"))
    .json();
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(
      ([method, operation]) => ({
        ...toRoute(method, path, operation),
        ...bodyOf(operation, components.schemas),
      }),
    )
  );
  assert.ok(routes.length > 30, `${routes.length} routes`);
  return routes;
}

function toRoute(
  method: string,
  path: string,
  { parameters = [], responses }: Operation,
): DescribedRoute {
  const answers = Object.entries(responses).map(([status, { description }]) => {
    const codes = [...description.matchAll(/`(\w+)`: /g)];
    const names = codes.map(([, code = ""]) => code);
    return [Number(status), Number(status) < 400 ? [] : names] as const;
  });
  return {
    method: method.toUpperCase(),
    path,
    answers: new Map(answers),
    query: parameters.filter((one) => one.in === "query").map(({ name }) =>
      name
    ),
  };
}

function bodyOf(
  { requestBody }: Operation,
  schemas: Readonly<Record<string, Schema>>,
): { body?: string[] } {
  if (!requestBody) return {};
  const { schema } = requestBody.content["application/json"];
  const name = schema.$ref?.split("/").at(-1) ?? "";
  const { properties = {} } = schemas[name] ?? schema;
  return { body: Object.keys(properties) };
}
