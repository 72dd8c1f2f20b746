/** A program that measures one thing of the bus within its process, and says what came of it. */
import { tell } from "../../process/answering.ts";
import { requests, sends, type Works } from "../message_works.ts";
import { reads } from "../read_works.ts";

const [name = "", ms = ""] = Deno.args;
const work = { ...sends, ...requests, ...reads }[name] ??
  (await later())[name];
if (!work) throw new Error(`There is no work ${name}`);
tell(await work(Number(ms)));
Deno.exit(0);

/** Loaded when they are needed: older states of the library have no store. */
async function later(): Promise<Works> {
  return (await import("../../store/durable_works.ts")).durables;
}
