/**
 * Builds the site of everything that is written about Busbar: `deno task docs`.
 * It opens from its files, with no server and no network. Another folder than
 * `docs/html` can be given.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSite } from "./build_site.ts";
import { ROOT } from "./sources.ts";

const folder = resolve(
  Deno.args[0] ?? fileURLToPath(new URL("docs/html", ROOT)),
);
const { pages, entries } = await buildSite(folder);
console.log(
  `${pages} pages, and those of every symbol; ${entries} places to find`,
);
console.log(`Open ${folder}/index.html`);
