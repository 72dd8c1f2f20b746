import assert from "node:assert/strict";
import { type Lesson, readLessons } from "../../examples/run_lesson.ts";
import { Program } from "../support/program.ts";

/** What a lesson prints, line by line, with the permissions that it asks for. */
export async function runLesson(
  number: string,
  ...args: string[]
): Promise<string[]> {
  const { file, flags } = await lessonOf(number);
  await using program = new Program([...flags, `examples/${file}`, ...args]);
  return await program.allLines();
}

/** The status that a lesson ends with when it may touch what is given, and nothing else. */
export async function statusWith(
  { file }: Lesson,
  flags: readonly string[],
): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, `examples/${file}`],
    cwd: new URL("../../", import.meta.url),
    stdout: "null",
    stderr: "null",
  }).output();
  return code;
}

async function lessonOf(number: string): Promise<Lesson> {
  const lesson = (await readLessons()).find((one) => one.number === number);
  assert.ok(lesson, `there is no lesson ${number}`);
  return lesson;
}
