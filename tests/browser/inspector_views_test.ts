import assert from "node:assert/strict";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { nameOf, openPage, WITHOUT_BROWSER } from "./browser_fixture.ts";
import { axeViolations, ground, overhang } from "./in_page.js";
import { makeLivelyBus } from "./lively_bus.ts";
import { goTo, VIEWS } from "./views.ts";

const WIDTHS = [400, 1_280, 2_000];

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test({
    name: nameOf(
      `every view is accessible, in ${colorScheme} colours, and no view asks another host for anything`,
    ),
    ignore: WITHOUT_BROWSER,
    async fn() {
      await using lively = await makeLivelyBus();
      await using opened = await openPage(lively.link, { colorScheme });
      const { page, complaints } = opened;
      const found: Record<string, string[]> = {};
      for (const view of Object.keys(VIEWS)) {
        await goTo(page, view);
        const violations = await violationsOf(page);
        if (violations.length > 0) found[view] = violations;
      }
      assert.deepEqual(found, {});
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      assert.deepEqual(await violationsOf(page), [], "keys");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Send…" }).click();
      await page.getByLabel("Payload (JSON)").waitFor();
      assert.deepEqual(await violationsOf(page), [], "send");
      assert.deepEqual(complaints, []);
    },
  });
}

Deno.test({
  name: nameOf("no view is wider than its window, from 400 to 2,000 pixels"),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using lively = await makeLivelyBus();
    await using opened = await openPage(lively.link);
    const { page } = opened;
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      for (const view of Object.keys(VIEWS)) {
        await goTo(page, view);
        const pixels = await page.evaluate(overhang);
        assert.ok(pixels <= 0, `${view} at ${width}: ${pixels} pixels`);
      }
    }
  },
});

Deno.test({
  name: nameOf(
    "a person's choice of colours holds when the page is loaded again",
  ),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using lively = await makeLivelyBus();
    await using opened = await openPage(lively.link);
    const { page } = opened;
    const light = await page.evaluate(ground);
    await page.getByLabel("Colours").selectOption("dark");
    const dark = await page.evaluate(ground);
    assert.notEqual(dark, light);
    await page.reload();
    assert.equal(await page.evaluate(ground), dark);
  },
});

async function violationsOf(page: Page): Promise<string[]> {
  // Evaluated, not added as a script: the page's policy allows none of others.
  await page.evaluate(axe.source);
  return await page.evaluate(axeViolations);
}
