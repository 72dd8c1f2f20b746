import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { BusError } from "../mod.ts";
import { type FailureCode, FAILURES } from "./failures.ts";

/** What the framework itself refuses, by the status it would answer. */
const CODES_OF_FRAMEWORK: Readonly<Record<number, FailureCode>> = {
  400: "bad_request",
  415: "unsupported_media_type",
};

/** A request that is answered with an error. */
export class Problem extends Error {
  /** The HTTP status. */
  readonly status: ContentfulStatusCode;
  /** What a program branches on. */
  readonly code: FailureCode;

  /** An error with a code for programs, which says its status, and a text for people. */
  constructor(code: FailureCode, message: string) {
    super(message);
    this.name = "Problem";
    this.status = FAILURES[code].status;
    this.code = code;
  }
}

/** The answer to a request that failed. */
export function answerError(error: unknown, c: Context): Response {
  const { status, code, message } = toProblem(error);
  return c.json({ error: { code, message } }, status);
}

/** Wrong arguments are the sender's fault, what the bus refuses has its code, the rest is ours. */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BusError) return new Problem(error.code, error.message);
  if (error instanceof HTTPException) {
    const code = CODES_OF_FRAMEWORK[error.status];
    if (code) return new Problem(code, error.message);
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return new Problem("invalid", error.message);
  }
  return new Problem("internal", "The inspector could not answer this request");
}
