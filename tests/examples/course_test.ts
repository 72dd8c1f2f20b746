import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readLessons } from "../../examples/run_lesson.ts";
import { statusWith } from "./lesson.ts";

const MAX_LINES = 79;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("the course has sixteen lessons, each short, each saying how to run it", async () => {
  const lessons = await readLessons();
  const numbers = Array.from(
    { length: 16 },
    (_, index) => String(index + 1).padStart(2, "0"),
  );
  assert.deepEqual(lessons.map(({ number }) => number), numbers);
  for (const { file, number, title } of lessons) {
    const text = await Deno.readTextFile(`${ROOT}examples/${file}`);
    const lines = text.split("\n").length - 1;
    assert.ok(lines <= MAX_LINES, `${file} has ${lines} lines`);
    assert.notEqual(title, file, `${file} says no "Lesson N: title."`);
    assert.ok(text.includes(`\`deno task example ${number}`), `${file}: how?`);
  }
});

Deno.test("a lesson asks for no permission that it can do without", async () => {
  for (const lesson of await readLessons()) {
    for (const flag of lesson.flags) {
      const others = lesson.flags.filter((other) => other !== flag);
      const status = await statusWith(lesson, others);
      assert.notEqual(status, 0, `${lesson.file} runs without ${flag}`);
    }
  }
});

Deno.test("deno task example lists the lessons, runs one, and tells one that is not there", async () => {
  const list = await example();
  assert.equal(list.status, 0);
  assert.match(list.said, /^01 {2}direct messages$/m);
  assert.match(list.said, /^16 {2}a transport of one's own$/m);

  const one = await example("12");
  assert.equal(one.status, 0);
  assert.match(one.said, /^buyer: took suppliers\/cheap for 20$/m);

  const none = await example("77");
  assert.equal(none.status, 1);
  assert.match(none.failed, /Cannot run lesson as there must be one: "77"/);
});

/** Runs the task as a reader would. */
async function example(
  ...args: string[]
): Promise<{ status: number; said: string; failed: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "example", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return {
    status: code,
    said: decoder.decode(stdout),
    failed: decoder.decode(stderr),
  };
}
