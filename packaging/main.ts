/**
 * Makes the package for npm out of the tree as it stands: `deno task pack`, into
 * `busbar.tgz` if no other file is given.
 */
import { resolve } from "node:path";
import { pack } from "./pack.ts";

const file = resolve(Deno.args[0] ?? "busbar.tgz");
await pack(file);
console.log(file);
