import { addressOf } from "./place.ts";
import { drawSearchForm } from "./search_form.tsx";
import { type Entries, ROOT } from "./sources.ts";

/** What a page is mended by. */
export interface Mending {
  /** What leads to the root of the site. */
  readonly home: string;
  readonly entries: Entries;
  /** Takes the files that the page links to. */
  readonly sources: Set<string>;
}

/** Something to be replaced in each page. */
interface Mend {
  readonly of: RegExp;
  readonly by: (home: string) => string;
}

/** What every page of `deno doc` has, and should have otherwise. */
const MENDS: readonly Mend[] = [
  { of: /<html>/, by: () => `<html lang="en">` },
  {
    of: /<ul class="breadcrumbs">/,
    by: (home) =>
      `<a href="${home}index.html" class="contextLink">All pages</a>&nbsp;/&nbsp;$&`,
  },
  { of: /<nav id="topnav">/, by: () => `<nav id="topnav" aria-label="Where">` },
  { of: /<input\s[^>]*id="searchbar"[^>]*>/, by: drawSearchForm },
  {
    // Its search leads to wrong addresses in a page that was opened from a file.
    of: /<script src="[^"]*search_index\.js"[^]*?search\.js" defer><\/script>/,
    by: (home) =>
      `<link rel="stylesheet" href="${home}search.css">` +
      `<link rel="stylesheet" href="${home}api.css">` +
      `<script src="${home}search.js" defer></script>`,
  },
];

/** What a page may have, as often as it does. */
const FURTHER: readonly [of: RegExp, by: string][] = [
  // A folder is no page where no server says so.
  [/(href="(?:\.|\/|&#x2F;)+(?:\/|&#x2F;))"/g, `$1index.html"`],
  [/<button class="copyButton"/g, `$& aria-label="Copy"`],
  [/<nav class="documentNavigation"/g, `$& aria-label="On this page"`],
  [/<div class="usageContent"/g, `$& role="region" aria-label="Usage"`],
  [/<main>/g, "$&<h1>Symbols</h1>"],
  [/<pre class="highlight"><code /g, `$&tabindex="0" `],
  [/<ul class="breadcrumbs">/g, `<ul class="breadcrumbs" role="none">`],
  [
    /<div class="text-2xl leading-none break-all"/g,
    `$& role="heading" aria-level="1"`,
  ],
];

const REDIRECTS = "<title>Redirecting";
const SOURCE_LINK = /href="(file:[^"]*)"/g;

/**
 * Makes a page of `deno doc` one of the site: its links hold from a file, its
 * imports are those of a user, and its search is that of the site.
 *
 * @throws {Error} If the page is not as `deno doc` made them when this was written.
 */
export function mendApiPage(text: string, mending: Mending): string {
  if (text.includes(REDIRECTS)) return text;
  const { home } = mending;
  let mended = nameEntries(linkSources(text, mending), mending.entries);
  for (const { of, by } of MENDS) {
    if (!of.test(mended)) {
      throw new Error(`Cannot mend a page of deno doc as it must have ${of}`);
    }
    mended = mended.replace(of, by(home));
  }
  for (const [of, by] of FURTHER) mended = mended.replaceAll(of, by);
  return mended;
}

/** Imports from what users import, which `deno doc` calls by its path. */
function nameEntries(text: string, entries: Entries): string {
  return Object.keys(entries).reduce((named, name) => {
    const path = name === "." ? name : name.slice(2);
    const entry = `@busbar/busbar${name.slice(1)}`;
    return named.replaceAll(
      `from &quot;${path}&quot;`,
      `from &quot;${entry}&quot;`,
    );
  }, text);
}

/** Leads to the site's pages of the sources, and not to wherever the project lay. */
function linkSources(text: string, { home, sources }: Mending): string {
  return text.replaceAll(SOURCE_LINK, (_, link: string) => {
    const address = link.replaceAll("&#x2F;", "/");
    if (!address.startsWith(ROOT.href)) {
      throw new Error(`Cannot link ${address} as it must be in ${ROOT}`);
    }
    const path = decodeURIComponent(address.slice(ROOT.href.length));
    sources.add(path);
    return `href="${home}${addressOf(path)}"`;
  });
}
