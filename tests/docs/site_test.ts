import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildSite } from "../../docs/site/build_site.ts";
import { idsOf, OUTDATED, referencesOf, Site } from "./built_site.ts";
import { readPage, readPages, ROOT } from "./page.ts";
import { namesIn, rowsBelow } from "./tables.ts";

Deno.test("the site shows every page, lesson and entry, with no dead link, and loads nothing from elsewhere", async (test) => {
  await using site = await Site.build();
  const files = await site.files();
  const references = [...files].flatMap(([path, text]) =>
    referencesOf(path, text, site.root)
  );

  await test.step("every link and resource of the site is there", () => {
    const broken = new Set<string>();
    for (const { from, to } of references) {
      if (to.protocol !== "file:") continue;
      const path = decodeURIComponent(to.href.slice(site.root.length))
        .replace(/[?#].*$/, "");
      const id = decodeURIComponent(to.hash.slice(1));
      const text = files.get(path);
      const isThere = text !== undefined && to.href.startsWith(site.root) &&
        (id === "" || idsOf(text).has(id));
      if (!isThere) broken.add(`${from}: ${path}#${id}`);
    }
    assert.deepEqual([...broken], []);
    assert.ok(references.length > 5_000, `${references.length} references`);
  });

  await test.step("no page loads anything from elsewhere", () => {
    const foreign = references
      .filter(({ to, isLoaded }) =>
        isLoaded && !["file:", "data:"].includes(to.protocol)
      )
      .map(({ from, to }) => `${from}: ${to}`);
    assert.deepEqual(foreign, []);
  });

  await test.step("every page of the project is one of the site", async () => {
    for (const { path } of await readPages()) {
      if (path === "README.md") continue;
      const address = path.replace(/^docs\//, "").replace(/\.md$/, ".html");
      assert.ok(files.has(address.toLowerCase()), path);
    }
    for await (const { name } of Deno.readDir(new URL("examples/", ROOT))) {
      if (!/^\d\d_/.test(name)) continue;
      const text = files.get(`course/${name.replace(".ts", ".html")}`) ?? "";
      assert.match(text, /<span class="hljs-keyword">import<\/span>/, name);
    }
  });

  await test.step("no page of an earlier site is left", () => {
    assert.equal(files.has(OUTDATED), false);
  });

  await test.step("every published entry has its symbols, and they can be found", async () => {
    const { exports } = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", ROOT)),
    ) as { exports: Record<string, string> };
    for (const name of Object.keys(exports)) {
      const { pathname } = new URL(`${name}/index.html`, "file:///api/");
      assert.ok(files.has(pathname.slice(1)), name);
    }
    const symbols = [...files.keys()].filter((path) => path.includes("/~/"));
    assert.ok(site.built.entries > symbols.length, `${symbols.length} symbols`);
  });

  await test.step("no page tells where it was built", () => {
    const here = fileURLToPath(ROOT);
    const telling = [...files].filter(([, text]) =>
      text.replaceAll("&#x2F;", "/").includes(here)
    );
    assert.deepEqual(telling.map(([path]) => path), []);
  });
});

Deno.test("the site is not built into a folder that has something else in it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/thesis.txt`, "mine");
    await assert.rejects(buildSite(folder), /must be empty .*"thesis\.txt"/);
    assert.equal(await Deno.readTextFile(`${folder}/thesis.txt`), "mine");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("docs/reference/library.md gives every entry that users import", async () => {
  const page = await readPage("docs/reference/library.md");
  const written = rowsBelow(page, "# The library")
    .flatMap(([entry]) => namesIn(entry));
  const { name, exports } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  ) as { name: string; exports: Record<string, string> };
  const real = Object.keys(exports).map((entry) => name + entry.slice(1));
  assert.deepEqual(written.sort(), real.sort());
});
