import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import {
  nameOf,
  openPage,
  WITHOUT_BROWSER,
} from "../browser/browser_fixture.ts";
import { ground, overhang } from "../browser/in_page.js";
import { Site } from "./built_site.ts";

/** One of each kind. */
const PAGES = [
  "index.html",
  "reference/errors.html",
  "course/01_direct_messages.html",
  "source/transports/memory.ts.html",
];
/** Made by `deno doc`: two kinds. */
const SYMBOLS = ["api/~/connect.html", "api/transports/unix/index.html"];
/** What is asked for, and where the first answer leads. */
const ANSWERS: Readonly<Record<string, string>> = {
  "backpressure timeout": "reference/errors.html#row-backpressure_timeout",
  "maxDeadLetters": "reference/limits.html#row-maxdeadletters",
  "slow consumer": "guides/slow_consumer.html",
  "sharing work": "course/10_sharing_work.html",
  "MessageBus.history": "api/~/MessageBus.prototype.history.html",
  "priorites": "concepts/priorities.html",
};

Deno.test({
  name: nameOf(
    "the site, opened from its files, is searched, is accessible, fits a phone, and asks nobody for anything",
  ),
  ignore: WITHOUT_BROWSER,
  async fn(test) {
    await using site = await Site.build();
    await using opened = await openPage(`${site.root}index.html`);
    const { page, complaints } = opened;
    await test.step("the search finds pages, parts of them and symbols", () =>
      search(page, site));
    await test.step("every kind of page is accessible, in light and dark", () =>
      inspect(page, site));
    await test.step("no page is wider than a phone, whose list of pages opens", () =>
      narrow(page, site));
    await test.step("a choice of colours holds on other pages", () =>
      choose(page, site));
    const others = complaints.filter((complaint) =>
      !complaint.startsWith(`request to ${site.root}`)
    );
    assert.deepEqual(others, []);
  },
});

async function search(page: Page, { root }: Site): Promise<void> {
  await page.keyboard.press("/");
  const first = page.locator("#results a").first();
  for (const [query, address] of Object.entries(ANSWERS)) {
    await page.fill("#query", query);
    assert.equal(await first.getAttribute("href"), root + address, query);
  }
  const second = await page.locator("#results a").nth(1).getAttribute("href");
  for (const key of ["ArrowDown", "ArrowDown", "Enter"]) {
    await page.keyboard.press(key);
  }
  await page.waitForURL(second ?? "");
  await page.fill("#query", "qqqqzzzz");
  await page.getByText("0 places").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#results").waitFor({ state: "hidden" });
  await page.goto(root + SYMBOLS[0]);
  await page.fill("#query", "slow consumer");
  await first.click();
  await page.waitForURL(`${root}guides/slow_consumer.html`);
}

async function inspect(page: Page, { root }: Site): Promise<void> {
  await using tab = await page.context().newPage();
  // What an earlier page of the symbols has kept would decide on the colours.
  await tab.addInitScript(() => localStorage.clear());
  for (const colorScheme of ["light", "dark"] as const) {
    await tab.emulateMedia({ colorScheme });
    for (const address of [...PAGES, ...SYMBOLS]) {
      await tab.goto(root + address);
      await tab.evaluate(axe.source);
      const rules = colorScheme === "dark" ? ["color-contrast"] : undefined;
      const found = await tab.evaluate(violations(rules));
      assert.deepEqual(found, [], `${address}, ${colorScheme}`);
    }
  }
}

/** Asks axe-core what it objects to; it reads no style sheets, which a page opened from a file may not. */
function violations(rules?: readonly string[]): string {
  const options = { preload: false, ...rules && { runOnly: rules } };
  return `axe.run(${JSON.stringify(options)}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => id + html + failureSummary)
    )
  )`;
}

async function narrow(page: Page, { root }: Site): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 800 });
  for (const address of [...PAGES, ...SYMBOLS]) {
    await page.goto(root + address);
    const pixels = await page.evaluate(overhang);
    assert.ok(pixels <= 0, `${address}: ${pixels} pixels too wide`);
  }
  await page.goto(`${root}index.html`);
  assert.equal(await page.locator("#pages").isVisible(), false);
  await page.getByRole("button", { name: "Pages" }).click();
  await page.locator("#pages").waitFor();
  if (before) await page.setViewportSize(before);
}

async function choose(page: Page, { root }: Site): Promise<void> {
  await page.goto(`${root}index.html`);
  const earlier = await page.evaluate(ground);
  await page.getByRole("button", { name: "Light or dark" }).click();
  const chosen = await page.evaluate(ground);
  assert.notEqual(chosen, earlier);
  await page.goto(`${root}start.html`);
  assert.equal(await page.evaluate(ground), chosen);
}
