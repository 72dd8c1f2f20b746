import assert from "node:assert/strict";
import { filesIn, type Page, proseOf, readPage, readPages } from "./page.ts";

/** Where a link of a page leads. */
interface Target {
  /** The file, from the root. */
  readonly path: string;
  /** The heading in it, or nothing. */
  readonly heading: string;
}

Deno.test("every link to a heading finds it", async () => {
  const broken: string[] = [];
  for (const page of await allPages()) {
    for (const { path, heading } of targetsOf(page)) {
      if (!heading || !path.endsWith(".md")) continue;
      const headings = headingsOf(await readPage(path));
      if (!headings.includes(heading)) {
        broken.push(`${page.path}: ${path}#${heading}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("every page and picture of docs/ is reached from the README", async () => {
  const reached = new Set(["README.md"]);
  for (const path of reached) {
    if (!path.endsWith(".md")) continue;
    for (const target of targetsOf(await readPage(path))) {
      reached.add(target.path);
    }
  }
  const left: string[] = [];
  for await (const path of filesIn("docs/")) {
    if (!reached.has(path)) left.push(path);
  }
  assert.deepEqual(left, []);
});

Deno.test("headings are named as GitHub names them", () => {
  const text = "# The `bus`, in one\n\n## A-B c_d\n\n## A-B c_d\n";
  assert.deepEqual(headingsOf({ path: "", text }), [
    "the-bus-in-one",
    "a-b-c_d",
    "a-b-c_d-1",
  ]);
});

async function allPages(): Promise<Page[]> {
  return [...await readPages(), await readPage("CHANGES.md")];
}

/** The links of a page to files of the project, its own headings among them. */
function targetsOf(page: Page): Target[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^(https?:|mailto:)/.test(link))
    .map((link) => {
      const { pathname, hash } = new URL(link, `file:///${page.path}`);
      return { path: pathname.slice(1), heading: hash.slice(1) };
    });
}

function headingsOf(page: Page): string[] {
  const seen = new Map<string, number>();
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => {
    const name = heading.toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count ? `${name}-${count}` : name;
  });
}
