import { pathToFileURL } from "node:url";
import { buildSite, type BuiltSite } from "../../docs/site/build_site.ts";

/** A link or a resource of a page. */
export interface Reference {
  /** The page, from the root of the site. */
  readonly from: string;
  readonly to: URL;
  /** Whether the browser loads it by itself. */
  readonly isLoaded: boolean;
}

/** A page of an earlier site. */
export const OUTDATED = "guides/outdated.html";

const LOADED = /<(?:img|script|link|iframe|source|video|audio|object|embed)\b/;
const ATTRIBUTE = /\s(?:href|src|srcset|data|poster)="([^"]*)"/;
const STYLE_URL = /url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)/g;

/** The site, built into a folder of its own. */
export class Site implements AsyncDisposable {
  readonly #folder: string;
  /** What the build says. */
  readonly built: BuiltSite;

  private constructor(folder: string, built: BuiltSite) {
    this.#folder = folder;
    this.built = built;
  }

  /** Builds it, in place of an earlier one with a page that is no more. */
  static async build(): Promise<Site> {
    const folder = await Deno.makeTempDir({ prefix: "busbar-site-" });
    await Deno.mkdir(`${folder}/guides`);
    await Deno.writeTextFile(`${folder}/${OUTDATED}`, "");
    await Deno.writeTextFile(`${folder}/search_index.js`, "");
    return new Site(folder, await buildSite(folder));
  }

  /** Its first page's folder, with a slash at its end. */
  get root(): string {
    return `${pathToFileURL(this.#folder).href}/`;
  }

  /** Every file, from the root of the site, and the text of pages and styles. */
  async files(): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    for await (const path of walk(this.#folder, "")) {
      const isText = /\.(html|css)$/.test(path);
      const text = isText && await Deno.readTextFile(`${this.#folder}/${path}`);
      files.set(path, text || "");
    }
    return files;
  }

  /** Throws it away. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** What a page or a style sheet refers to. */
export function referencesOf(
  from: string,
  text: string,
  root: string,
): Reference[] {
  const toReference = (link: string, isLoaded: boolean) => ({
    from,
    to: new URL(unescape(link), root + from),
    isLoaded,
  });
  if (from.endsWith(".css")) {
    return [...text.matchAll(STYLE_URL)]
      .map(([, url, sheet]) => toReference(url ?? sheet ?? "", true));
  }
  return [...text.matchAll(/<[a-z][^>]*>/g)].flatMap(([tag]) => {
    const [, link] = ATTRIBUTE.exec(tag) ?? [];
    return link === undefined ? [] : [toReference(link, LOADED.test(tag))];
  });
}

/** The places of a page that a link may name. */
export function idsOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id = ""]) => unescape(id)),
  );
}

function unescape(text: string): string {
  return text.replaceAll("&#x2F;", "/").replaceAll("&amp;", "&");
}

async function* walk(root: string, folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    if (isDirectory) yield* walk(root, `${folder}${name}/`);
    else yield folder + name;
  }
}
