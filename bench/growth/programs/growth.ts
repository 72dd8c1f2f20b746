/** A program that sends among much of something, and says what a message costs then. */
import { tell } from "../../process/answering.ts";
import { amongMany, withQueue } from "../sends_among.ts";

const [dimension = "", count = "", ms = ""] = Deno.args;
const measure = dimension === "queued messages"
  ? withQueue
  : amongMany(dimension);
tell(await measure(Number(count), Number(ms)));
Deno.exit(0);
