import type { Message, MessageBus, MessageInit } from "../mod.ts";

/** The codes with which a send or a request may fail; those that the bus has for its peers alone are not among them. */
export const SEND_FAILURES = [
  "invalid_message",
  "too_large",
  "expired",
  "backpressure_timeout",
  "overflow",
  "no_recipient",
  "request_timeout",
  "cancelled",
  "routing_failed",
  "rejected",
  "remote",
  "unreachable",
  "storage",
  "closed",
] as const;

/** A message that a person or a program sends through the inspector. */
export interface Sending extends Omit<MessageInit, "type"> {
  /** How. */
  readonly type: "direct" | "publish" | "request";
  /** Longest wait for the reply to a request, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** Sends a message. @returns Its id, or the reply if it is a request. */
export async function sendMessage(
  bus: MessageBus,
  { timeoutMs, ...message }: Sending,
): Promise<{ id: string } | { reply: Message }> {
  if (message.type !== "request") return { id: await bus.send(message) };
  // Ends by its timeout or by DELETE /api/requests, not by the caller's going
  // away: reading the request's signal makes Deno 2 print a warning.
  return { reply: await bus.request(message, { timeoutMs }) };
}
