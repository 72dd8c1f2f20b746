import assert from "node:assert/strict";
import { join } from "node:path";
import { failedScheduleOf, verdictOn } from "./catchers.ts";
import { type Fault, planted } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { markdownTable, textTable } from "./table.ts";
import { projectRoot, TreeCopy } from "./tree.ts";

const FAULT: Fault = {
  name: "f",
  law: "S1",
  says: "Something is wrong.",
  file: "a.ts",
  text: "one()",
  replacement: "$& two()",
  tests: [],
  laws: [],
};

Deno.test("planted() replaces the text of a fault, and nothing else", () => {
  assert.equal(planted(FAULT, "a; one(); b;"), "a; $& two(); b;");
});

Deno.test("planted() refuses a text that is not there, or there twice", () => {
  assert.throws(() => planted(FAULT, "a; b;"), /stands there 0 times/);
  assert.throws(() => planted(FAULT, "one(); one();"), /stands there 2 times/);
});

Deno.test("TreeCopy.plant() changes the copy alone, until it is disposed of", async () => {
  await using project = await folderWith({ "a.ts": "one();", ".git": "no" });
  await using tree = await TreeCopy.make(project.path);
  const inCopy = join(tree.path, "a.ts");
  {
    await using _planted = await tree.plant(FAULT);
    assert.equal(await Deno.readTextFile(inCopy), "$& two();");
  }
  assert.equal(await Deno.readTextFile(inCopy), "one();");
  assert.equal(await Deno.readTextFile(join(project.path, "a.ts")), "one();");
  await assert.rejects(Deno.stat(join(tree.path, ".git")));
});

Deno.test("TreeCopy.checkPlantable() names every fault that cannot be planted", async () => {
  await using project = await folderWith({ "a.ts": "one();" });
  await using tree = await TreeCopy.make(project.path);
  await tree.checkPlantable([FAULT]);
  const absent = ["g", "h"].map((name) => ({ ...FAULT, name, text: name }));
  await assert.rejects(
    tree.checkPlantable([FAULT, ...absent]),
    /"g" as .*\n.*"h" as /,
  );
});

Deno.test("verdictOn() finds what became of one test among others", () => {
  const lines = ["TAP version 14", "ok 1 - a b", "not ok 2 - a", "1..2"];
  assert.equal(verdictOn("a", lines), "failed");
  assert.equal(verdictOn("a b", lines), "passed");
  assert.equal(verdictOn("b", lines), "missing");
});

Deno.test("failedScheduleOf() reads the seed and the law, or the whole of what is no law", () => {
  assert.deepEqual(failedScheduleOf("FAILED  0x2a: K1 a lease (step 3)"), {
    seed: 42,
    law: "K1",
  });
  assert.equal(
    failedScheduleOf("FAILED  0x2: conservation 3 copies are missing")?.law,
    "conservation",
  );
  assert.deepEqual(failedScheduleOf("FAILED  0x1: TypeError: no"), {
    seed: 1,
    law: "TypeError: no",
  });
  assert.equal(failedScheduleOf("12 passed, 0 failed"), undefined);
});

Deno.test("textTable() and markdownTable() name what caught a fault, and one that survived", () => {
  const schedule = { seed: 7, law: "K1" };
  const caught = { test: "t", schedule, remarks: ["late"], tookMs: 1_240 };
  const all = [
    { fault: FAULT, ...caught },
    {
      fault: FAULT,
      test: undefined,
      schedule: undefined,
      remarks: [],
      tookMs: 0,
    },
  ];
  const [, first, second, , remark, summary] = textTable(all).split("\n");
  assert.match(first ?? "", /^f +S1 +t +K1 in schedule 7 +1\.2$/);
  assert.match(second ?? "", /^f +S1 +SURVIVED +0\.0$/);
  assert.equal(remark, "f: late");
  assert.match(summary ?? "", /1 caught by tests, 1 by .*, 1 survived$/);
  assert.equal(
    markdownTable(all).split("\n")[2],
    "| Something is wrong. | S1 | t | K1 in schedule 7 |",
  );
});

Deno.test("FAULTS can all be planted, and their tests are where they say", async () => {
  const root = projectRoot();
  const read = (file: string) => Deno.readTextFile(join(root, file));
  const suite = await agentSuite(root);
  for (const fault of FAULTS) {
    const source = await read(fault.file);
    assert.notEqual(planted(fault, source), source);
    for (const { file, name } of fault.tests) {
      const text = await read(file);
      const [subject = "", ...sentence] = name.split(": ");
      // A test of a suite is named by two: its subject's file, and the suite's.
      const isThere = text.includes(name) ||
        (text.includes(`"${subject}"`) && suite.includes(sentence.join(": ")));
      assert.ok(isThere, `${file} has no test "${name}"`);
    }
  }
});

Deno.test("FAULTS have a name each, and something that is to catch them", () => {
  assert.equal(new Set(FAULTS.map(({ name }) => name)).size, FAULTS.length);
  for (const { name, tests, laws } of FAULTS) {
    assert.ok(tests.length + laws.length > 0, name);
  }
});

/** What the suite of agents says, file after file. */
async function agentSuite(root: string): Promise<string> {
  const folder = join(root, "tests/support");
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith("agent_")) continue;
    texts.push(await Deno.readTextFile(join(folder, name)));
  }
  return texts.join("\n");
}

/** A folder with files, until it is disposed of. */
async function folderWith(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(path, name), text);
  }
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
