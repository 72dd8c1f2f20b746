import { linksOf } from "./markdown.ts";
import {
  COURSE,
  isForeign,
  isLesson,
  isPage,
  isPicture,
  targetOf,
} from "./place.ts";

/** The project's root. */
export const ROOT: URL = new URL("../../", import.meta.url);

/** A file of the project that the site shows. */
export interface Source {
  /** Where it is, from the root. */
  readonly path: string;
  readonly text: string;
}

/** What users import: files of the project, by the name of each. */
export type Entries = Readonly<Record<string, string>>;

/** What the site is made of, each in the order in which a reader of the README meets it. */
export interface Sources {
  readonly pages: readonly Source[];
  readonly lessons: readonly Source[];
  /** Other files of the project that are linked to. */
  readonly others: readonly Source[];
  /** Their paths from the root. */
  readonly pictures: readonly string[];
}

/** Reads the README, what it leads to, the course, and further files of those paths. */
export async function readSources(
  further: Iterable<string>,
): Promise<Sources> {
  const pages: Source[] = [];
  const others: Source[] = [];
  const pictures: string[] = [];
  const paths = new Set(["README.md", ...further]);
  for (const path of paths) {
    if (path === COURSE || isLesson(path)) continue;
    if (isPicture(path)) {
      pictures.push(path);
      continue;
    }
    const source = await readSource(path);
    if (!isPage(path)) others.push(source);
    else {
      pages.push(source);
      for (const target of targetsOf(source)) paths.add(target);
    }
  }
  return { pages, others, pictures, lessons: await readLessons() };
}

/** What users import: paths from the root, by the names in `deno.json`. */
export async function readEntries(): Promise<Entries> {
  const { text } = await readSource("deno.json");
  const { exports } = JSON.parse(text) as { exports: Entries };
  return exports;
}

function targetsOf({ path, text }: Source): string[] {
  return linksOf(text).filter((link) => !isForeign(link))
    .map((link) => targetOf(path, link).path);
}

async function readLessons(): Promise<Source[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(new URL(COURSE, ROOT))) {
    if (isLesson(COURSE + name)) paths.push(COURSE + name);
  }
  return await Promise.all(paths.sort().map(readSource));
}

async function readSource(path: string): Promise<Source> {
  return { path, text: await Deno.readTextFile(new URL(path, ROOT)) };
}
