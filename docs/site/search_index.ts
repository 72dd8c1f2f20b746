import type { Part } from "./markdown.ts";

/** Something that can be found. */
export interface SearchEntry {
  /** Of its page. */
  readonly title: string;
  readonly heading: string;
  readonly text: string;
  /** Where it is, from the root of the site. */
  readonly address: string;
  /** What its matches count for: 1 as much as those of any page. */
  readonly weight: number;
}

/** What can be found in a page, part by part. */
export function entriesOf(
  address: string,
  parts: readonly Part[],
): SearchEntry[] {
  const title = parts[0]?.heading.text ?? "";
  return parts.map(({ heading: { text: heading, id, level }, text }) => ({
    title,
    heading,
    text: text.replaceAll(/\s+/g, " ").trim(),
    address: level === 1 ? address : `${address}#${id}`,
    weight: 1,
  }));
}

/** A script with what can be found and the library that finds it: a page opened from a file can load nothing else. */
export async function searchScript(
  entries: readonly SearchEntry[],
): Promise<string> {
  const library = await Deno.readTextFile(
    new URL("../umd/index.js", import.meta.resolve("minisearch")),
  );
  const plain = library.replace(/^\/\/# sourceMappingURL=.*$/m, "");
  return `${plain}\nglobalThis.searchEntries = ${JSON.stringify(entries)};\n`;
}
