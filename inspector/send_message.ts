import type { Message, MessageBus, MessageInit } from "../mod.ts";

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
