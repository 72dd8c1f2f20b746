import assert from "node:assert/strict";
import { allCheckers } from "./all.ts";

const FOLDER = new URL(".", import.meta.url);

Deno.test("allCheckers() has every checker of its folder, once", async () => {
  const found = (await readCheckers()).map(({ name }) => name);
  const run = allCheckers().map((checker) => checker.constructor.name);
  assert.deepEqual(run.toSorted(), found.toSorted());
});

Deno.test("every law of a checker is one that its own tests see it reject", async () => {
  const untried: string[] = [];
  for (const { name, tests } of await readCheckers()) {
    const checker = allCheckers().find((one) => one.constructor.name === name);
    for (const law of checker?.laws ?? []) {
      if (!tests.includes(`"${law}"`)) untried.push(`${name} ${law}`);
    }
  }
  assert.deepEqual(untried, []);
});

/** The checkers that there are files of, each with the text of its tests. */
async function readCheckers(): Promise<{ name: string; tests: string }[]> {
  const found: { name: string; tests: string }[] = [];
  for await (const { name: file } of Deno.readDir(FOLDER)) {
    if (!file.endsWith(".ts")) continue;
    const text = await Deno.readTextFile(new URL(file, FOLDER));
    const [, name] = /^export class (\w+) implements Checker /m.exec(text) ??
      [];
    if (name === undefined) continue;
    const test = new URL(file.replace(/\.ts$/, "_test.ts"), FOLDER);
    found.push({ name, tests: await Deno.readTextFile(test) });
  }
  return found;
}
