import assert from "node:assert/strict";
import { blocksOf, type Page, readPages } from "./page.ts";
import { Reader } from "./reader.ts";

Deno.test("what a page tells its reader to run does what the page says", async (test) => {
  const pages = (await readPages()).filter(isFollowed);
  assert.ok(pages.length > 0, `${pages.length} pages`);
  for (const page of pages) {
    await test.step(page.path, async () => {
      await using reader = await Reader.create();
      await reader.follow(page);
    });
  }
});

Deno.test("a page whose command prints something else is found", async () => {
  const text = "```sh run\necho one\n```\n\n```output\ntwo\n```\n";
  await using reader = await Reader.create();
  const following = reader.follow({ path: "page.md", text });
  await assert.rejects(following, /^Error: page\.md:1: /);
});

Deno.test("a page whose command fails is found", async () => {
  const text = "It says:\n\n```sh run\nnpx -y node@20 none.ts\n```\n";
  await using reader = await Reader.create();
  const following = reader.follow({ path: "page.md", text });
  await assert.rejects(following, /page\.md:3: .*unexpected -y node@20/s);
});

/** Whether a page has something to run, or to start. */
function isFollowed(page: Page): boolean {
  return blocksOf(page).some(({ language, words }) =>
    language === "sh" && words.length > 0
  );
}
