import GithubSlugger from "github-slugger";
import MarkdownIt, { type Token } from "markdown-it";
import { highlight } from "./highlight.ts";

/** The level of what is no heading, and is found like one: a row of a table that begins with a name. */
export const ROW = 7;

/** A heading of a page. */
export interface Heading {
  /** 1 for the page's title, {@linkcode ROW} for a row of a table. */
  readonly level: number;
  readonly text: string;
  /** As GitHub names it, so that a link holds here and there. */
  readonly id: string;
}

/** What stands below one heading, up to the next, or in one row. */
export interface Part {
  readonly heading: Heading;
  readonly text: string;
}

/** A page as HTML. */
export interface Rendered {
  readonly html: string;
  readonly parts: readonly Part[];
}

// HTML in a page is shown as text, and never becomes part of the site.
const MARKDOWN = new MarkdownIt({ html: false, highlight });

// What can be scrolled sideways can be reached by the keyboard.
MARKDOWN.renderer.rules.table_open = () =>
  `<div class="wide" role="group" aria-label="Table" tabindex="0"><table>\n`;
MARKDOWN.renderer.rules.table_close = () => `</table></div>\n`;
const renderFence = MARKDOWN.renderer.rules.fence;
MARKDOWN.renderer.rules.fence = (...given) =>
  (renderFence?.(...given) ?? "").replace(/^<pre/, `<pre tabindex="0"`);

/** A page as HTML, with its links led where the site has what they mean. */
export function renderMarkdown(
  text: string,
  toLink: (link: string) => string,
): Rendered {
  const tokens = MARKDOWN.parse(text, {});
  for (const [token, name] of linksIn(tokens)) {
    token.attrSet(name, toLink(String(token.attrGet(name))));
  }
  const parts = partsOf(tokens);
  return {
    html: MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}),
    parts,
  };
}

/** Where the links and pictures of a page lead, in order, as they are written. */
export function linksOf(text: string): string[] {
  return linksIn(MARKDOWN.parse(text, {}))
    .map(([token, name]) => String(token.attrGet(name)));
}

/** The parts of a page that lead elsewhere, each with the attribute that says where. */
function linksIn(tokens: readonly Token[]): [Token, string][] {
  const attributes = new Map([["link_open", "href"], ["image", "src"]]);
  return tokens.flatMap(({ children }) => children ?? []).flatMap((token) => {
    const name = attributes.get(token.type);
    return name ? [[token, name] as [Token, string]] : [];
  });
}

/** The text below each heading, and in each row that begins with a name; both are given their ids on the way. */
function partsOf(tokens: readonly Token[]): Part[] {
  const headings = new GithubSlugger();
  const rows = new GithubSlugger();
  const parts: Part[] = [];
  for (const [index, token] of tokens.entries()) {
    const next = tokens.slice(index + 1);
    if (token.type === "heading_open") {
      const text = plainText(next.slice(0, 1));
      const level = Number(token.tag.slice(1));
      const id = headings.slug(text);
      token.attrSet("id", id);
      const end = next.findIndex(({ type }) => type === "heading_open");
      const below = next.slice(1, end < 0 ? undefined : end);
      parts.push({ heading: { level, text, id }, text: plainText(below) });
    } else if (token.type === "tr_open" && isName(next[1])) {
      const text = plainText(next.slice(1, 2));
      // Apart from the headings, whose ids are not to change by it.
      const id = `row-${rows.slug(text)}`;
      token.attrSet("id", id);
      const row = next.slice(
        2,
        next.findIndex(({ type }) => type === "tr_close"),
      );
      parts.push({ heading: { level: ROW, text, id }, text: plainText(row) });
    }
  }
  return parts;
}

/** Whether a cell has a name in code quotes, and nothing else. */
function isName(cell: Token | undefined): boolean {
  const [first, ...others] = cell?.children ?? [];
  return first?.type === "code_inline" && others.length === 0;
}

function plainText(tokens: readonly Token[]): string {
  return tokens.map(({ type, content, children }) => {
    if (type === "fence") return content;
    return (children ?? []).map((part) =>
      part.type === "softbreak" ? " " : part.content
    ).join("");
  }).filter(Boolean).join("\n");
}
