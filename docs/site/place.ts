import { posix } from "node:path";

/** Where the site has the pages of the library's symbols. */
export const API = "api/index.html";

/** The folder of the lessons, as the project's pages link to it. */
export const COURSE = "examples/";

const SOURCES = "source/";
const LESSON = /^examples\/(\d\d_\w+)\.ts$/;
const PICTURE = /\.(png|svg)$/;

/** Where the site shows a file of the project; both are paths from a root of their own. */
export function addressOf(path: string): string {
  if (path === "README.md") return "index.html";
  if (path === COURSE) return "course/index.html";
  const lesson = LESSON.exec(path);
  if (lesson) return `course/${lesson[1]}.html`;
  if (isPicture(path)) return path.replace(/^docs\//, "");
  if (!isPage(path)) return `${SOURCES}${path}.html`;
  return path.replace(/^docs\//, "").replace(/\.md$/, ".html").toLowerCase();
}

/** What leads from one address of the site to another, with no server to resolve it; to the root, with a slash. */
export function linkBetween(from: string, to: string): string {
  const link = posix.relative(posix.dirname(from), to);
  return to === "" && link !== "" ? `${link}/` : link;
}

/** The file of the project, or of the site, that a link of a page means. */
export function targetOf(from: string, link: string): Target {
  const { pathname, hash } = new URL(link, `file:///${from}`);
  return { path: decodeURIComponent(pathname.slice(1)), hash };
}

/** Where a link leads. */
export interface Target {
  /** The file. */
  readonly path: string;
  /** The place in it, with its number sign; empty for its beginning. */
  readonly hash: string;
}

/** Whether a link leads out of the project. */
export function isForeign(link: string): boolean {
  return /^[a-z][a-z\d+.-]*:/i.test(link) || link.startsWith("//");
}

/** Whether a file is a page for people. */
export function isPage(path: string): boolean {
  return path.endsWith(".md");
}

/** Whether a file is a picture. */
export function isPicture(path: string): boolean {
  return PICTURE.test(path);
}

/** Whether a file is a lesson of the course. */
export function isLesson(path: string): boolean {
  return LESSON.test(path);
}
