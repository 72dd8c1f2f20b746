import type { HtmlEscapedString } from "hono/utils/html";

/** The views, in the order of the navigation. */
const VIEWS = [
  { id: "overview", title: "Overview" },
  { id: "agents", title: "Agents" },
  { id: "messages", title: "Messages" },
  { id: "conversations", title: "Conversations" },
  { id: "requests", title: "Requests" },
  { id: "rules", title: "Rules" },
  { id: "dead-letters", title: "Dead letters" },
] as const;

/** Options of {@linkcode Shell}. */
export interface ShellProps {
  /** Shown in the title and above the navigation. */
  busName: string;
}

/** The page before its scripts run: the frame that every view is drawn in. */
export function Shell(
  { busName }: ShellProps,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${busName} · Busbar`}</title>
        <link rel="icon" href="page/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="page/app.css" />
        <script type="module" src="page/app.js"></script>
      </head>
      <body>
        <a class="skip" href="#view">Skip to content</a>
        <header class="side">
          <p class="brand">
            <img src="page/icon.svg" alt="" width="22" height="22" />
            <span>Busbar</span>
          </p>
          <p class="bus" id="bus">
            <span class="bus-name">{busName}</span>
            <span class="link" id="link" role="status" data-state="connecting">
              Connecting…
            </span>
          </p>
          <nav aria-label="Views">
            <ul id="nav">
              {VIEWS.map(({ id, title }) => (
                <li>
                  <a href={`#/${id}`} data-view={id}>
                    <span>{title}</span>
                    <span class="count" data-count={id}></span>
                  </a>
                </li>
              ))}
            </ul>
          </nav>
        </header>
        <main id="view" tabindex={-1} aria-live="off">
          <noscript>
            The inspector draws its views with JavaScript, which is switched
            off.
          </noscript>
        </main>
        <div id="notices" role="status" aria-live="polite"></div>
      </body>
    </html>
  );
}
