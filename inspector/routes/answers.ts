import type { z } from "@hono/zod-openapi";
import { ErrorSchema } from "../schemas.ts";

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

/** Describes an answer that says what went wrong. */
export function failure(description: string): JsonAnswer<typeof ErrorSchema> {
  return json(ErrorSchema, description);
}
