import assert from "node:assert/strict";
import { join } from "node:path";
import { listFiles } from "../../examples/crew/list_files.ts";
import { arrange } from "../../examples/crew/plan_work.ts";

async function withFolder(
  files: Record<string, string | Uint8Array>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crew-plan-" });
  try {
    for (const [path, content] of Object.entries(files)) {
      const file = join(folder, path);
      await Deno.mkdir(join(file, ".."), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(file, content);
      else await Deno.writeFile(file, content);
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("listFiles() lists texts by their paths, and counts what it leaves out", async () => {
  await withFolder({
    "b.ts": "let a;",
    "docs/a.md": "# a",
    "node_modules/x/index.js": "1",
    ".git/config": "",
    "deno.lock": "{}",
    "picture.png": Uint8Array.of(1, 0, 2),
    "big.txt": "x".repeat(1_048_577),
  }, async (folder) => {
    const { files, leftOut } = await listFiles(folder);
    assert.deepEqual(
      files.map(({ path, language, bytes }) => [path, language, bytes]),
      [["b.ts", "source", 6], ["docs/a.md", "text", 3]],
    );
    assert.deepEqual(leftOut, {
      "binary": 1,
      "over 1024 KiB": 1,
      "written by a tool": 1,
    });
  });
});

Deno.test("listFiles() stops at its limit, and says so", async () => {
  await withFolder({ "c.ts": "", "b.ts": "", "a.ts": "" }, async (folder) => {
    const { files, leftOut } = await listFiles(folder, { maxFiles: 2 });
    assert.deepEqual(files.map(({ path }) => path), ["a.ts", "b.ts"]);
    assert.deepEqual(leftOut, { "beyond the limit of 2 files": 1 });
  });
});

Deno.test("listFiles() leaves out what git ignores", async (t) => {
  await withFolder({
    ".gitignore": "made/\n",
    "kept.ts": "",
    "made/out.ts": "",
  }, async (folder) => {
    const git = await new Deno.Command("git", {
      args: ["init", "--quiet", folder],
    }).output().catch(() => undefined);
    await t.step({
      name: "with git",
      ignore: git?.success !== true,
      fn: async () => {
        await Deno.symlink(join(folder, "kept.ts"), join(folder, "link.ts"));
        const { files, leftOut } = await listFiles(folder);
        assert.deepEqual(leftOut, { "no plain file": 1 });
        assert.deepEqual(files.map(({ path }) => path), [
          ".gitignore",
          "kept.ts",
        ]);
      },
    });
  });
});

const ORDER = {
  round: 3,
  folder: "/f",
  extra: [{ path: "crew/extra.ts", file: "/t/extra.ts" }],
};

function listing(count: number) {
  return {
    leftOut: { binary: 1 },
    files: Array.from({ length: count }, (_, index) => ({
      path: `${index}.ts`,
      file: `/f/${index}.ts`,
      language: "source" as const,
      bytes: index,
    })),
  };
}

Deno.test("arrange() puts first what changes most often, and calls a tenth of it hot", () => {
  const { items, leftOut } = arrange(
    ORDER,
    listing(20),
    new Map([["3.ts", 9], ["7.ts", 12], ["4.ts", 1]]),
  );
  assert.deepEqual(
    items.slice(0, 4).map(({ path, commits, hot }) => [
      path,
      commits,
      hot,
    ]),
    [
      ["7.ts", 12, true],
      ["3.ts", 9, true],
      ["4.ts", 1, false],
      ["19.ts", 0, false],
    ],
  );
  assert.deepEqual(leftOut, { binary: 1 });
});

Deno.test("arrange() numbers all items, with the extra ones half-way", () => {
  const { items } = arrange(ORDER, listing(4), new Map());
  assert.deepEqual(items.map(({ number }) => number), [1, 2, 3, 4, 5]);
  assert.ok(items.every(({ total, round }) => total === 5 && round === 3));
  assert.equal(items[2]?.path, "crew/extra.ts");
});

Deno.test("arrange() plans the extra files of an empty folder", () => {
  const { items } = arrange(ORDER, listing(0), new Map());
  assert.deepEqual(items.map(({ path }) => path), ["crew/extra.ts"]);
});
