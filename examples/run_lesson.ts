/**
 * Runs a lesson of this course: `deno task example 05`. What the lesson may touch
 * is what its first comment says that it needs, and nothing else. Without a number
 * it lists the lessons.
 */

/** A lesson, as its file tells. */
export interface Lesson {
  /** Two digits. */
  readonly number: string;
  /** Its file in this folder. */
  readonly file: string;
  /** What its first comment begins with. */
  readonly title: string;
  /** The permissions that its first comment names, as flags of Deno. */
  readonly flags: readonly string[];
}

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Every lesson, in order. */
export async function readLessons(): Promise<Lesson[]> {
  const lessons: Lesson[] = [];
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (!/^\d\d_.*\.ts$/.test(name)) continue;
    const text = await Deno.readTextFile(new URL(name, import.meta.url));
    const comment = text.slice(0, text.indexOf("*/"));
    lessons.push({
      number: name.slice(0, 2),
      file: name,
      title: /Lesson \d+: (.*)\./.exec(comment)?.[1] ?? name,
      flags: comment.match(/--allow-[a-z]+(=[\w.:,]+)?/g) ?? [],
    });
  }
  return lessons.sort((a, b) => a.file < b.file ? -1 : 1);
}

async function main([number, ...rest]: readonly string[]): Promise<number> {
  const lessons = await readLessons();
  const lesson = lessons.find((one) => one.number === number?.padStart(2, "0"));
  if (lesson) return await run(lesson, rest);
  if (number !== undefined) {
    console.error(`Cannot run lesson as there must be one: "${number}"`);
  }
  for (const { number, title } of lessons) console.log(`${number}  ${title}`);
  return number === undefined ? 0 : 1;
}

async function run(lesson: Lesson, args: readonly string[]): Promise<number> {
  const path = new URL(lesson.file, import.meta.url).pathname;
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...lesson.flags, path, ...args],
  });
  return (await command.spawn().status).code;
}
