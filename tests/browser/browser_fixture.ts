import { type Browser, chromium, type Page } from "playwright-core";

/** Where the browser is. */
const CHROMIUM = "/usr/bin/chromium";
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const IS_MISSING = !exists(CHROMIUM);

/** Whether tests with a browser are left out. A person may go without; the build may not. */
export const WITHOUT_BROWSER: boolean = IS_MISSING &&
  Deno.env.get("CI") !== "true";

/** A test's name, which tells what it lacks. */
export function nameOf(sentence: string): string {
  return IS_MISSING ? `${sentence} (needs ${CHROMIUM})` : sentence;
}

/** How a page is looked at. */
export interface Looking {
  /** Light or dark. */
  colorScheme?: "light" | "dark";
  /** In pixels. */
  width?: number;
  /** In pixels. */
  height?: number;
}

/** A page that is open. */
export interface OpenedPage extends AsyncDisposable {
  /** The page. */
  readonly page: Page;
  /** What the browser complained of, and requests to elsewhere. */
  readonly complaints: string[];
}

/** Opens a page, and gathers what the browser complains of, and requests to elsewhere. */
export async function openPage(
  link: string,
  { colorScheme = "light", width = 1_280, height = 900 }: Looking = {},
): Promise<OpenedPage> {
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ARGUMENTS,
  });
  // A context of its own: a test may open more pages that are signed in.
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  const origin = new URL(link).origin;
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("blob:")) {
      complaints.push(`request to ${request.url()}`);
    }
  });
  await page.goto(link);
  return { page, complaints, [Symbol.asyncDispose]: () => browser.close() };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
