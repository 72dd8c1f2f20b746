import type { OpenAPIHono } from "@hono/zod-openapi";
import { raw } from "hono/html";
import { ASSETS } from "./assets.ts";
import { Shell } from "./shell.tsx";

/** What the page needs to know to be drawn. */
export interface PageOptions {
  /** Path below which everything is served. */
  basePath: string;
  /** Shown in the title. */
  busName: string;
}

/** Adds the page and what it loads. Every address in it is relative to the page's own. */
export function addPageRoutes(
  app: OpenAPIHono,
  { basePath, busName }: PageOptions,
): void {
  app.get(`${basePath}/`, (c) => {
    return c.html(
      <>
        {raw("<!doctype html>")}
        <Shell busName={busName} />
      </>,
    );
  });
  // Without its last slash, the page's relative addresses would miss.
  const folder = basePath.split("/").at(-1);
  if (folder) {
    app.get(
      basePath,
      (c) => c.redirect(`${folder}/${queryOf(c.req.url)}`, 303),
    );
  }
  for (const { name, type, text } of ASSETS) {
    app.get(
      `${basePath}/page/${name}`,
      (c) => c.body(text, 200, { "Content-Type": type }),
    );
  }
}

function queryOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}
