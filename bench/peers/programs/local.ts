/** A program that measures one system within its process, and says what came of it. */
import { nextMessage } from "../../message.ts";
import { tell } from "../../process/answering.ts";
import { askRate, sendRate } from "../../work/local_rates.ts";
import type { LocalSystem } from "../in_process/local_system.ts";

const [file = "", name = "", ms = ""] = Deno.args;
const module = await import(
  new URL(`../in_process/${file}.ts`, import.meta.url).href
) as Record<string, LocalSystem>;
const system = systemOf(module[name]);
const message = nextMessage();

const lengthMs = Number(ms);
const one = await rateTo(1);
const eight = await rateTo(8);
const ask = await system.requester();
tell({
  one,
  eight,
  ask: (await askRate(1, lengthMs, () => ask(message))).perSecond,
  askMany: (await askRate(64, lengthMs, () => ask(message))).perSecond,
});
Deno.exit(0);

function systemOf(found: LocalSystem | undefined): LocalSystem {
  if (!found) throw new Error(`There is no system ${name}`);
  return found;
}

async function rateTo(receivers: number): Promise<number> {
  const { perSecond } = await sendRate(receivers, lengthMs, async (take) => {
    const send = await system.sender(receivers, take);
    return () => send(message);
  });
  return perSecond;
}
