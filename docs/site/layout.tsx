import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { Heading } from "./markdown.ts";
import { linkBetween } from "./place.ts";
import { SearchForm } from "./search_form.tsx";

/** Pages that stand together in the navigation. */
export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** One page in the navigation. */
export interface Entry {
  readonly title: string;
  readonly address: string;
}

/** What the frame of a page is made from. */
export interface Frame {
  readonly address: string;
  readonly title: string;
  /** The page itself, as HTML. */
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** A page of fewer headings is seen at a glance. */
const LEAST_OUTLINE = 3;

/** A whole page: what it says, and the ways to others. */
export async function drawPage(
  frame: Frame,
  sections: readonly Section[],
): Promise<string> {
  const page = await (
    <html lang="en">
      <Head {...frame} />
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <Header address={frame.address} />
        <div class="columns">
          <Navigation address={frame.address} sections={sections} />
          <main id="content" tabindex={-1}>{raw(frame.html)}</main>
          <Outline headings={frame.headings} />
        </div>
        <Neighbours address={frame.address} sections={sections} />
      </body>
    </html>
  );
  return `<!DOCTYPE html>\n${page}\n`;
}

function Head({ title, address }: Frame): Child {
  const to = (asset: string) => linkBetween(address, asset);
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title === "Busbar" ? title : `${title} · Busbar`}</title>
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href={to("site.css")} />
      <link rel="stylesheet" href={to("search.css")} />
      <script src={to("site.js")}></script>
      <script src={to("search.js")} defer></script>
    </head>
  );
}

function Header({ address }: { address: string }): Child {
  return (
    <header>
      <a class="brand" href={linkBetween(address, "index.html")}>Busbar</a>
      <button
        id="menu"
        type="button"
        aria-expanded="false"
        aria-controls="pages"
        hidden
      >
        Pages
      </button>
      <SearchForm />
      <button id="theme" type="button" hidden>Light or dark</button>
    </header>
  );
}

interface Place {
  readonly address: string;
  readonly sections: readonly Section[];
}

function Navigation({ address, sections }: Place): Child {
  return (
    <nav id="pages" aria-label="Pages">
      {sections.map(({ title, entries }) => (
        <details open={entries.some((entry) => entry.address === address)}>
          <summary>{title}</summary>
          <ul>
            {entries.map((entry) => (
              <li>
                <a
                  href={linkBetween(address, entry.address)}
                  aria-current={entry.address === address ? "page" : undefined}
                >
                  {entry.title}
                </a>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </nav>
  );
}

function Outline({ headings }: { headings: readonly Heading[] }): Child {
  const below = headings.filter(({ level }) => level === 2 || level === 3);
  if (below.length < LEAST_OUTLINE) return null;
  return (
    <nav class="outline" aria-label="On this page">
      <ul>
        {below.map(({ level, text, id }) => (
          <li class={`level-${level}`}>
            <a href={`#${id}`}>{text}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Neighbours({ address, sections }: Place): Child {
  const all = sections.flatMap(({ entries }) => entries);
  const index = all.findIndex((entry) => entry.address === address);
  if (index < 0) return null;
  const [before, after] = [all[index - 1], all[index + 1]];
  return (
    <footer>
      <nav aria-label="Before and after">
        {before && (
          <a rel="prev" href={linkBetween(address, before.address)}>
            ← {before.title}
          </a>
        )}
        {after && (
          <a rel="next" href={linkBetween(address, after.address)}>
            {after.title} →
          </a>
        )}
      </nav>
    </footer>
  );
}
