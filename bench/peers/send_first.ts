import { nextMessage, RECEIVER } from "../message.ts";
import type { ClientModule } from "./client.ts";

/** Joins the system that the program's arguments name, sends one message, and waits for its end. */
export async function sendFirst(
  join: ClientModule["join"],
  [server = "", name = "", mode = ""]: readonly string[],
): Promise<void> {
  const client = await join({ server, name, mode });
  await client.found?.(RECEIVER);
  client.send(RECEIVER, nextMessage());
  await client.flush();
  for await (const _ of Deno.stdin.readable);
}
