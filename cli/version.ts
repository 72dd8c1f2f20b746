/**
 * What this program is a version of, as `deno.json` has it, which the package on
 * npm has not; a test compares them.
 */
export const VERSION = "0.1.0";

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
