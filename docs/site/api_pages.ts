import { fileURLToPath } from "node:url";
import { mendApiPage } from "./mend_api_page.ts";
import { linkBetween } from "./place.ts";
import type { SearchEntry } from "./search_index.ts";
import { type Entries, ROOT } from "./sources.ts";

/** A symbol, as `deno doc` writes it into its own index. */
interface ApiSymbol {
  readonly name: string;
  readonly kind: readonly { readonly title: string }[];
  readonly doc: string;
  /** Where it is documented, from the folder of these pages. */
  readonly file: string;
}

/** Of a symbol, and of a member of one: pages that explain come first. */
const WEIGHT = 0.6;
const MEMBER_WEIGHT = 0.3;

/** Scripts of the search that was replaced. */
const UNUSED = ["search_index.js", "search.js", "fuse.js"];
/** What was written. */
export interface ApiPages {
  /** What can be found in them. */
  readonly entries: readonly SearchEntry[];
  /** The files that they link to, as paths from the root of the project. */
  readonly sources: ReadonlySet<string>;
}

/** Writes the pages of every symbol into `folder/api`. */
export async function writeApiPages(
  folder: string,
  entries: Entries,
): Promise<ApiPages> {
  const output = `${folder}/api`;
  const sources = new Set<string>();
  await runDenoDoc(output, Object.values(entries));
  for await (const path of pagesIn(output, "")) {
    const text = await Deno.readTextFile(`${output}/${path}`);
    const home = linkBetween(`api/${path}`, "");
    const mended = mendApiPage(text, { home, entries, sources });
    await Deno.writeTextFile(`${output}/${path}`, mended);
  }
  const index = await Deno.readTextFile(`${output}/search_index.js`);
  for (const name of UNUSED) await Deno.remove(`${output}/${name}`);
  return { entries: symbolsIn(index).map(toEntry), sources };
}

async function runDenoDoc(
  output: string,
  entries: readonly string[],
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--html", "--name=Busbar", `--output=${output}`, ...entries],
    cwd: fileURLToPath(ROOT),
    env: { NO_COLOR: "1" },
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr);
  throw new Error(`Cannot document the entries as deno doc failed: ${said}`);
}

function symbolsIn(index: string): ApiSymbol[] {
  const json = index.slice(index.indexOf(`{"`), index.lastIndexOf("}") + 1);
  return (JSON.parse(json.slice(0, json.lastIndexOf("};") + 1)) as {
    nodes: ApiSymbol[];
  }).nodes;
}

function toEntry({ name, kind, doc, file }: ApiSymbol): SearchEntry {
  return {
    title: name,
    heading: name,
    text: `${kind.map(({ title }) => title).join(", ")}. ${doc}`,
    address: `api/${file}/~/${name}.html`.replace("/./", "/"),
    weight: name.includes(".") ? MEMBER_WEIGHT : WEIGHT,
  };
}

async function* pagesIn(root: string, folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    if (isDirectory) yield* pagesIn(root, `${folder}${name}/`);
    else if (name.endsWith(".html")) yield folder + name;
  }
}
