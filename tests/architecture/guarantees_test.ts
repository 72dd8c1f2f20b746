import assert from "node:assert/strict";

const PAGE = new URL("../../docs/concepts/guarantees.md", import.meta.url);
const ROW = /^\| ([A-Z]\d+|conservation) +\|(.*)\|(.*)\|$/;
const LINK = /\]\(([^)]+)\)/g;

Deno.test("docs/concepts/guarantees.md names what holds each promise, and that knows the promise", async () => {
  const lines = (await Deno.readTextFile(PAGE)).split("\n");
  const rows = lines.flatMap((line) => {
    const [, law, , held] = ROW.exec(line) ?? [];
    return law && held ? [{ law, held }] : [];
  });
  assert.ok(rows.length > 30, `${rows.length} promises`);
  for (const { law, held } of rows) {
    const files = [...held.matchAll(LINK)].map(([, path = ""]) => path);
    assert.ok(files.length > 0, `${law} is held by nothing`);
    for (const file of files) {
      const text = await Deno.readTextFile(new URL(file, PAGE));
      assert.ok(text.includes(law), `${file} does not know ${law}`);
    }
  }
});
