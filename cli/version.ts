import project from "../deno.json" with { type: "json" };

/** What this program is a version of. */
export const VERSION: string = project.version;

/** What the project publishes: its files, by the names that programs import them by. */
export const ENTRIES: Readonly<Record<string, string>> = project.exports;

/** The oldest Deno that the project runs on. */
export const LEAST_DENO = "2.9.0";

/** Whether a version such as `2.9.6` is at least another. */
export function isAtLeast(version: string, least: string): boolean {
  const parts = (text: string) => text.split(/[.-]/).slice(0, 3).map(Number);
  const [own, wanted] = [parts(version), parts(least)];
  for (const [index, part] of wanted.entries()) {
    const difference = (own[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
