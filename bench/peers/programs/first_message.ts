/** A program that joins a system, sends one message, and waits for its end. */
import { nextMessage, RECEIVER } from "../../message.ts";
import type { ClientModule } from "../client.ts";

const [module = "", server = "", name = "", mode = ""] = Deno.args;
const { join } = await import(
  new URL(`../clients/${module}.ts`, import.meta.url).href
) as ClientModule;
const client = await join({ server, name, mode });
await client.found?.(RECEIVER);
client.send(RECEIVER, nextMessage());
await client.flush();
for await (const _ of Deno.stdin.readable);
