import type { Line } from "../history.ts";
import type { OpenCall } from "./callers.ts";
import { Violation } from "./checker.ts";
import type { Asked } from "./replies_told.ts";

/** A request that waits, or waited until this step. */
export interface Wait {
  readonly call: OpenCall;
  readonly timeoutMs: number;
  /** Pieces that have come. */
  pieces: number;
  lastPieceMs: number;
}

/** By when a wait is over that is not answered. */
export function latestOf({ lastPieceMs, timeoutMs }: Wait): number {
  return lastPieceMs + timeoutMs + Math.max(50, timeoutMs / 100);
}

/** An error is one that there can be, and in time. */
export function checkError(
  wait: Wait,
  line: Line & { readonly type: "rejected" },
): void {
  if (line.code === "request_timeout") return checkTimeout(wait, line);
  const { call, fault, deduplicationId } = wait.call.what;
  const isWellFormed = fault === undefined && deduplicationId === undefined;
  if (!isWellFormed || line.code !== "invalid_message") return;
  const text = `call ${call} ended as malformed, which it is not`;
  throw new Violation("R1", text, line);
}

function checkTimeout(wait: Wait, line: Line): void {
  const { what, calledMs, by } = wait.call;
  const waitedMs = line.atMs - calledMs;
  const isBounded = what.verb === "request" || by?.local;
  const isLate = isBounded && line.atMs > latestOf(wait);
  if (waitedMs >= wait.timeoutMs && !isLate) return;
  const text =
    `call ${what.call} timed out after ${waitedMs} ms, and not ${wait.timeoutMs}`;
  throw new Violation("R4", text, line);
}

/** A reply is the request's own, and whole. */
export function checkReply(
  { call: { what, by }, pieces }: Wait,
  line: Line & { readonly type: "resolved" | "rejected" },
  asked: Asked | "unknown" | undefined,
): void {
  if (asked === "unknown" || line.type !== "resolved") return;
  const fail = (law: string, problem: string) => {
    throw new Violation(law, `call ${what.call} ${problem}`, line);
  };
  if (!asked) return fail("R2", "was answered, and never accepted");
  if (what.verb === "stream") {
    if (pieces === asked.replies) return;
    return fail("R8", `ended with ${pieces} of ${asked.replies} pieces`);
  }
  const { reply } = line;
  const isOwn = reply?.type === "response" &&
    reply.requestId === asked.requestId &&
    reply.correlationId === asked.correlationId &&
    reply.sender === what.recipient &&
    (!by || reply.recipient === by.agent) &&
    Math.abs(reply.token) === what.token;
  if (!isOwn) fail("R2", "was answered with what is not its reply");
}
