import assert from "node:assert/strict";
import { linksOf, renderMarkdown, ROW } from "../../docs/site/markdown.ts";

const same = (link: string) => link;

Deno.test("renderMarkdown() shows HTML as text, and makes no link of a script", () => {
  const { html } = renderMarkdown(
    "# One\n\n<img src=x onerror=alert(1)> [a](javascript:alert(1))\n\n" +
      "```ts\n</code><script>1</script>\n```\n\n```none\n<b>\n```\n",
    same,
  );
  assert.doesNotMatch(html, /<(img|script|b|a)\b/);
  assert.match(html, /&lt;img src=x/);
  assert.match(html, /&lt;b&gt;/);
});

Deno.test("renderMarkdown() names headings as GitHub does, and rows that begin with a name", () => {
  const { html, parts } = renderMarkdown(
    "# The `bus`, in one\n\nIt is\none.\n\n## A-B c_d\n\n## A-B c_d\n\n" +
      "| Name | What |\n| --- | --- |\n| `maxOne` | first |\n| other | second |\n",
    same,
  );
  const found = parts.map(({ heading: { level, id }, text }) => [
    ...[level, id],
    text,
  ]);
  assert.deepEqual(found, [
    [1, "the-bus-in-one", "It is one."],
    [2, "a-b-c_d", ""],
    [2, "a-b-c_d-1", "Name\nWhat\nmaxOne\nfirst\nother\nsecond"],
    [ROW, "row-maxone", "first"],
  ]);
  for (const [, id] of found) assert.ok(html.includes(` id="${id}"`), html);
});

Deno.test("renderMarkdown() leads links and pictures where it is told", () => {
  const text = "[one](a.md#x) ![two](b.png) `[no](c.md)` <https://d.example>";
  const { html } = renderMarkdown(text, (link) => `to-${link}`);
  assert.match(html, /<a href="to-a\.md#x">one<\/a>/);
  assert.match(html, /<img src="to-b\.png" alt="two">/);
  assert.deepEqual(linksOf(text), ["a.md#x", "b.png", "https://d.example"]);
});
