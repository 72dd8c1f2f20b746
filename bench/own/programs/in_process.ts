/** A program that measures one thing of the bus within its process, and says what came of it. */
import { tell } from "../../process/answering.ts";
import { requests, sends } from "../message_works.ts";
import { reads } from "../read_works.ts";

const [name = "", ms = ""] = Deno.args;
const work = { ...sends, ...requests, ...reads }[name];
if (!work) throw new Error(`There is no work ${name}`);
tell(await work(Number(ms)));
Deno.exit(0);
