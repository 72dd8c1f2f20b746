/** The same with our client, named so that a bundler finds it. */
import { join } from "../clients/busbar.ts";
import { sendFirst } from "../send_first.ts";

const [, ...rest] = Deno.args;
await sendFirst(join, rest);
