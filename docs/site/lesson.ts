import { basename } from "node:path";
import type { Source } from "./sources.ts";

/** A lesson as a page: what its first comment says, and then all of it. */
export function lessonPage({ path, text }: Source): string {
  const [comment = "", ...code] = text.split("*/\n");
  const [title = "", ...prose] = comment
    .replace("/**\n", "")
    .split("\n")
    .map((line) => line.replace(/^ \* ?/, ""));
  return [
    `# ${title.replace(/\.$/, "")}`,
    ...prose,
    `The whole of \`examples/${basename(path)}\`:`,
    "",
    "```ts",
    code.join("*/\n").trimEnd(),
    "```",
  ].join("\n");
}

/** The list of all lessons, as a page. */
export function coursePage(lessons: readonly Source[]): string {
  return [
    "# The course",
    "",
    `Each of these ${lessons.length} lessons is one program, short enough to read at once.`,
    "`deno task example` lists them, and `deno task example 05` runs one.",
    "",
    ...lessons.map(({ path, text }) => {
      const title = /Lesson (\d+: .*)\.\n/.exec(text)?.[1] ?? path;
      return `- [${title}](${basename(path)})`;
    }),
  ].join("\n");
}

/** Another file of the project as a page: its path, and all of it. */
export function sourcePage({ path, text }: Source): string {
  return `# \`${path}\`\n\n\`\`\`\`ts\n${text.trimEnd()}\n\`\`\`\`\n`;
}
