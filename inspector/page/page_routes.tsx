/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { raw } from "hono/html";
import type { InspectorEnv } from "../env.ts";
import { once } from "../once.ts";
import { ASSETS } from "./assets.ts";
import { Shell } from "./shell.tsx";

/** What the page needs to know to be drawn. */
export interface PageOptions {
  /** Path below which everything is served. */
  basePath: string;
  /** Shown in the title. */
  busName: string;
  /** Whether nothing may be changed. */
  readOnly: boolean;
}

/** Adds the page and what it loads. Every address in it is relative to the page's own. */
export function addPageRoutes(
  app: OpenAPIHono<InspectorEnv>,
  { basePath, busName, readOnly }: PageOptions,
): void {
  app.get(`${basePath}/`, (c) => {
    return c.html(
      <>
        {raw("<!doctype html>")}
        <Shell busName={busName} readOnly={readOnly} />
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
  for (const asset of ASSETS) {
    const packed = once(() => gzip(asset.text));
    app.get(`${basePath}/page/${asset.name}`, async (c) => {
      const headers = { "Content-Type": asset.type, Vary: "Accept-Encoding" };
      const accepted = c.req.header("accept-encoding") ?? "";
      return /\bgzip\b/.test(accepted)
        ? c.body(await packed(), 200, {
          ...headers,
          "Content-Encoding": "gzip",
        })
        : c.body(asset.text, 200, headers);
    });
  }
}

/** A file is compressed once, when a browser first asks for it. */
async function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).arrayBuffer();
}

function queryOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}
