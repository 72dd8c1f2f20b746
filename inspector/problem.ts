import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { BusError, type BusErrorCode } from "../mod.ts";

const BUS_STATUS: Record<BusErrorCode, ContentfulStatusCode> = {
  invalid_message: 400,
  too_large: 413,
  expired: 422,
  backpressure_timeout: 503,
  overflow: 503,
  no_recipient: 404,
  request_timeout: 504,
  cancelled: 409,
  routing_failed: 422,
  rejected: 422,
  remote: 502,
  unreachable: 503,
  protocol: 502,
  unauthorized: 401,
  forbidden: 403,
  rate_limited: 429,
  storage: 503,
  closed: 503,
};

/** A request that is answered with an error. */
export class Problem extends Error {
  /** The HTTP status. */
  readonly status: ContentfulStatusCode;
  /** What a program branches on. */
  readonly code: string;

  /** An error with a status, a code for programs and a text for people. */
  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.name = "Problem";
    this.status = status;
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
  if (error instanceof BusError) {
    return new Problem(BUS_STATUS[error.code], error.code, error.message);
  }
  if (error instanceof HTTPException) {
    return new Problem(
      error.status as ContentfulStatusCode,
      "bad_request",
      error.message,
    );
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return new Problem(400, "invalid", error.message);
  }
  return new Problem(
    500,
    "internal",
    "The inspector could not answer this request",
  );
}
