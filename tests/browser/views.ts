import type { Page } from "playwright-core";
import type { MessageBus } from "../../mod.ts";
import type { OpenedPage } from "./browser_fixture.ts";
import { goToHash, isView } from "./in_page.js";
import { keepLively } from "./lively_bus.ts";

const PAGES = 4;

/** Every view, and what is there once it is drawn. */
export const VIEWS: Readonly<Record<string, string>> = {
  overview: ".chart canvas",
  agents: ".traffic .node",
  topics: "tbody tr",
  messages: ".virtual-rows .row",
  conversations: "tbody tr",
  "conversations/order-1": ".sequence .answer",
  requests: "tbody tr",
  "dead-letters": ".group-count",
  rules: "tbody tr",
  audit: ".card.table",
  api: ".operation",
};

/** Goes to a view, and waits until it is drawn. */
export async function goTo(page: Page, view: string): Promise<void> {
  await page.evaluate(goToHash, `#/${view}`);
  await page.waitForFunction(isView, view.split("/", 1)[0]);
  await page.locator(VIEWS[view] ?? "main").first()
    .waitFor({ state: "attached" });
}

/** What every view is looked at with. */
export interface Looked {
  /** The bus that is shown. */
  bus: MessageBus;
  /** A page that is signed in. */
  opened: OpenedPage;
  /** Run before those of the page. */
  script?: () => void;
}

/** Looks at every view while messages come, several at a time. */
export async function onEveryView(
  { bus, opened, script }: Looked,
  look: (page: Page, view: string) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const living = keepLively(bus, ending.signal);
  const context = opened.page.context();
  if (script) await context.addInitScript(script);
  const views = Object.keys(VIEWS);
  await Promise.all(Array.from({ length: PAGES }, async (_, turn) => {
    const page = await context.newPage();
    await page.goto(opened.page.url());
    for (const view of views.filter((_, n) => n % PAGES === turn)) {
      await goTo(page, view);
      await look(page, view);
    }
  }));
  ending.abort();
  await living;
}
