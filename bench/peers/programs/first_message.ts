/** A program that joins a system, sends one message, and is done. */
import type { ClientModule } from "../client.ts";
import { sendFirst } from "../send_first.ts";

const [module = "", ...rest] = Deno.args;
const { join } = await import(
  new URL(`../clients/${module}.ts`, import.meta.url).href
) as ClientModule;
await sendFirst(join, rest);
