import { createRoute, type RouteConfig, type z } from "@hono/zod-openapi";
import { type FailureCode, FAILURES } from "../failures.ts";
import { ErrorSchema } from "../schemas.ts";

/** What every request may be answered with before its route sees it, and where the route fails. */
const OF_EVERY_ROUTE: readonly FailureCode[] = [
  "bad_host",
  "host_not_allowed",
  "foreign_origin",
  "url_too_long",
  "headers_too_large",
  "internal",
];

/** The same for what would change something. */
const OF_EVERY_CHANGE: readonly FailureCode[] = [
  "forgery_suspected",
  "read_only",
  "body_timeout",
  "body_too_large",
  "unsupported_media_type",
];

/** The description of a JSON answer. */
export interface JsonAnswer<S> {
  /** What it holds. */
  description: string;
  /** Its form. */
  content: { "application/json": { schema: S } };
}

/** Describes an answer in JSON. */
export function json<S extends z.ZodType>(
  schema: S,
  description: string,
): JsonAnswer<S> {
  return { description, content: { "application/json": { schema } } };
}

/** Describes a body in JSON. */
export function jsonBody<S extends z.ZodType>(
  schema: S,
): { required: true; content: { "application/json": { schema: S } } } {
  return { required: true, content: { "application/json": { schema } } };
}

/**
 * Describes a route by its answers where it succeeds and the codes it fails
 * with; those that follow from its method and its input are added.
 */
export function describe<P extends string, R extends RouteConfig & { path: P }>(
  route: R,
  codes: readonly FailureCode[] = [],
): ReturnType<typeof createRoute<P, R>> {
  const failures = failureAnswers([...ownCodes(route), ...codes]);
  return createRoute<P, R>({
    ...route,
    responses: { ...route.responses, ...failures },
  });
}

function ownCodes({ method, request, security }: RouteConfig): FailureCode[] {
  const { query, headers, body } = request ?? {};
  const isChecked = query !== undefined || headers !== undefined;
  return [
    ...OF_EVERY_ROUTE,
    ...(method === "get" ? [] : OF_EVERY_CHANGE),
    // A route says that it needs no token by a list of none.
    ...(security?.length === 0 ? [] : ["unauthorized"] as const),
    ...(isChecked ? ["invalid"] as const : []),
    ...(body ? ["invalid", "bad_request"] as const : []),
  ];
}

/** The answers of these codes by their status; each names its codes. */
function failureAnswers(
  codes: readonly FailureCode[],
): Record<number, JsonAnswer<typeof ErrorSchema>> {
  const texts = new Map<number, string[]>();
  for (const code of new Set(codes)) {
    const { status, when } = FAILURES[code];
    const known = texts.get(status) ?? [];
    texts.set(status, [...known, `\`${code}\`: ${when}`]);
  }
  return Object.fromEntries(
    [...texts].map(([status, parts]) => [
      status,
      json(ErrorSchema, parts.join("; ")),
    ]),
  );
}
