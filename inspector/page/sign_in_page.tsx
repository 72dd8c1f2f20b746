/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { HtmlEscapedString } from "hono/utils/html";

/** Options of {@linkcode SignInPage}. */
export interface SignInPageProps {
  /** The page's clean address. */
  link: string;
}

/** What a browser sees that is not signed in. Loads nothing: everything else needs the token. */
export function SignInPage(
  { link }: SignInPageProps,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Sign in · Busbar</title>
      </head>
      <body>
        <main>
          <h1>Sign in to the inspector</h1>
          <p>
            Open the link that was printed when the inspector started; it
            carries the token, and signs this browser in until the program ends.
          </p>
          <p>
            Came from another page by that link? <a href={link}>Go on</a>.
          </p>
        </main>
      </body>
    </html>
  );
}
