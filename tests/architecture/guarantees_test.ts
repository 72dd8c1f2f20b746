import assert from "node:assert/strict";

const PAGE = new URL("../../docs/concepts/guarantees.md", import.meta.url);
const ROW = /^\| ([A-Z]\d+|conservation) +\|(.*)\|(.*)\|$/;
const LINK = /\]\(([^)]+)\)/g;
/** The laws that a checker holds a history to. */
const LAWS = /^ {2}readonly laws = \[(.*)\];$/m;
/** The laws that the name of a test, or the text of a failure, begins with. */
const NAMED = /["`]((?:[A-Z]\d+[,:]? )+)/g;

Deno.test("docs/concepts/guarantees.md names what holds each promise, and that holds it", async () => {
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
      assert.ok(lawsOf(text).includes(law), `${file} does not hold ${law}`);
    }
  }
});

/** What a file holds: a checker says so, and tests are named after it. A law in a comment holds nothing. */
function lawsOf(text: string): string[] {
  const [, laws] = LAWS.exec(text) ?? [];
  if (laws !== undefined) return laws.replaceAll('"', "").split(", ");
  return [...text.matchAll(NAMED)].flatMap(([, names = ""]) =>
    names.trim().split(/[,:]? /)
  );
}
