/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
import type { HtmlEscapedString } from "hono/utils/html";
import { withImports } from "./assets.ts";

/** The views, in the order of the navigation; each group stands apart. */
const GROUPS = [
  [
    { id: "overview", title: "Overview" },
    { id: "agents", title: "Agents" },
    { id: "topics", title: "Topics" },
  ],
  [
    { id: "messages", title: "Messages" },
    { id: "conversations", title: "Conversations" },
    { id: "requests", title: "Requests" },
    { id: "dead-letters", title: "Dead letters" },
  ],
  [
    { id: "rules", title: "Rules" },
    { id: "audit", title: "Audit" },
    { id: "api", title: "HTTP interface" },
  ],
] as const;

/** What the first view needs, asked for together with the page. */
const FIRST_SCRIPTS = withImports([
  "app.js",
  "overview_view.js",
  "overview_charts.js",
]);

/** Options of {@linkcode Shell}. */
export interface ShellProps {
  /** Shown in the title and above the navigation. */
  busName: string;
  /** Whether nothing may be changed. */
  readOnly: boolean;
}

/** The page before its scripts run: the frame that every view is drawn in. */
export function Shell(
  { busName, readOnly }: ShellProps,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  return (
    <html lang="en">
      <Head busName={busName} />
      <body data-read-only={readOnly ? "true" : undefined}>
        <a class="skip" href="#view">Skip to content</a>
        <header class="side">
          <p class="brand">
            <img src="page/icon.svg" alt="" width="22" height="22" />
            <span>Busbar</span>
          </p>
          <div class="bus">
            <p class="bus-name">{busName}</p>
            <p class="link" id="link" role="status" data-state="connecting">
              Connecting…
            </p>
            <p class="about" id="about"></p>
          </div>
          <Navigation />
          <Tools readOnly={readOnly} />
        </header>
        <main id="view" tabindex={-1}>
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

function Head({ busName }: { busName: string }) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${busName} · Busbar`}</title>
      <link rel="icon" href="page/icon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="page/page.css" />
      <script src="page/theme.js"></script>
      <script type="module" src="page/app.js"></script>
      {FIRST_SCRIPTS.map((name) => (
        <link rel="modulepreload" href={`page/${name}`} />
      ))}
      <link rel="preload" as="script" href="page/uplot.js" />
    </head>
  );
}

function Navigation() {
  return (
    <nav aria-label="Views" id="nav">
      {GROUPS.map((views) => (
        <ul>
          {views.map(({ id, title }) => (
            <li>
              <a href={`#/${id}`} data-view={id}>
                <span>{title}</span>
                <span class="count" data-count={id}></span>
              </a>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

function Tools({ readOnly }: { readOnly: boolean }) {
  return (
    <div class="tools">
      {readOnly
        ? <p class="hint">Read-only: nothing can be changed here.</p>
        : <button type="button" id="send" class="primary">Send…</button>}
      <label for="theme" class="unseen">Colours</label>
      <select id="theme">
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
      <button type="button" id="help" class="quiet" aria-label="Keys">
        ?
      </button>
    </div>
  );
}
