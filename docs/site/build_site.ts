import { writeApiPages } from "./api_pages.ts";
import { drawPage, type Section } from "./layout.tsx";
import { coursePage, lessonPage, sourcePage } from "./lesson.ts";
import { type Rendered, renderMarkdown } from "./markdown.ts";
import {
  addressOf,
  API,
  COURSE,
  isForeign,
  linkBetween,
  targetOf,
} from "./place.ts";
import { entriesOf, searchScript } from "./search_index.ts";
import { readEntries, readSources, ROOT, type Source } from "./sources.ts";

/** What was built. */
export interface BuiltSite {
  /** Pages, those of the symbols aside. */
  readonly pages: number;
  /** What can be found by the search. */
  readonly entries: number;
}

/** A page before it is written. */
interface Drawn extends Rendered {
  readonly address: string;
  readonly title: string;
}

/** The sections of the navigation, by where the pages of each begin. */
const SECTIONS: readonly { readonly title: string; readonly folder: string }[] =
  [
    { title: "Begin", folder: "" },
    { title: "The course", folder: "course/" },
    { title: "Guides", folder: "guides/" },
    { title: "Concepts", folder: "concepts/" },
    { title: "Reference", folder: "reference/" },
    { title: "Inside", folder: "internals/" },
    { title: "Decisions", folder: "internals/adr/" },
  ];

/** The file by which a site is known. */
const SEARCH_INDEX = "search_index.js";
const ASSETS = ["site.css", "site.js", "search.css", "search.js", "api.css"];

/**
 * Builds the whole site into a folder, in place of the site that was there.
 *
 * @throws {Error} If the folder has something else in it.
 */
export async function buildSite(folder: string): Promise<BuiltSite> {
  await clear(folder);
  const api = await writeApiPages(folder, await readEntries());
  const { pages, lessons, others, pictures } = await readSources(api.sources);
  const course = { path: COURSE, text: coursePage(lessons) };
  const read = [...pages, course, ...lessons.map(as(lessonPage))].map(draw);
  const shown = others.map(as(sourcePage)).map(draw);
  const sections = sectionsOf(read);
  for (const page of [...read, ...shown]) {
    const headings = page.parts.map(({ heading }) => heading);
    const text = await drawPage({ ...page, headings }, sections);
    await write(folder, page.address, text);
  }
  await copyFiles(folder, pictures);
  const entries = [
    ...read.flatMap(({ address, parts }) => entriesOf(address, parts)),
    ...api.entries,
  ];
  await write(folder, SEARCH_INDEX, await searchScript(entries));
  return { pages: read.length + shown.length, entries: entries.length };
}

async function copyFiles(
  folder: string,
  pictures: readonly string[],
): Promise<void> {
  for (const path of pictures) {
    await copy(new URL(path, ROOT), `${folder}/${addressOf(path)}`);
  }
  for (const name of ASSETS) {
    await copy(new URL(`page/${name}`, import.meta.url), `${folder}/${name}`);
  }
}

async function clear(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .map(({ name }) => name);
  if (names.length === 0) return;
  if (!names.includes(SEARCH_INDEX)) {
    throw new Error(
      `Cannot build the site in ${folder} as it must be empty or have an earlier site: it has "${
        names[0]
      }"`,
    );
  }
  for (const name of names) {
    await Deno.remove(`${folder}/${name}`, { recursive: true });
  }
}

/** The same file, with the text of its page. */
function as(toPage: (source: Source) => string): (source: Source) => Source {
  return (source) => ({ path: source.path, text: toPage(source) });
}

function draw({ path, text }: Source): Drawn {
  const address = addressOf(path);
  const rendered = renderMarkdown(text, (link) => {
    if (isForeign(link)) return link;
    const target = targetOf(path, link);
    if (target.path === path) return target.hash;
    return linkBetween(address, addressOf(target.path)) + target.hash;
  });
  return {
    ...rendered,
    address,
    title: rendered.parts[0]?.heading.text ?? path,
  };
}

function sectionsOf(pages: readonly Drawn[]): Section[] {
  return SECTIONS.map(({ title, folder }) => {
    const entries = pages.filter(({ address }) =>
      address.slice(0, address.lastIndexOf("/") + 1) === folder
    ).map(({ title, address }) => ({ title, address }));
    if (folder !== "reference/") return { title, entries };
    const symbols = { title: "Every symbol", address: API };
    return { title, entries: [...entries, symbols] };
  });
}

async function write(
  folder: string,
  address: string,
  text: string,
): Promise<void> {
  const path = `${folder}/${address}`;
  await makeFolderOf(path);
  await Deno.writeTextFile(path, text);
}

async function copy(from: URL, to: string): Promise<void> {
  await makeFolderOf(to);
  await Deno.copyFile(from, to);
}

async function makeFolderOf(path: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
}
