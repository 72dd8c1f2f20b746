import assert from "node:assert/strict";
import { nameOf, openPage, WITHOUT_BROWSER } from "./browser_fixture.ts";
import { focusedName, goToHash, rowCount, rowInSight } from "./in_page.js";
import { makeLivelyBus } from "./lively_bus.ts";

Deno.test({
  name: nameOf("a person works with the inspector by keyboard alone"),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using lively = await makeLivelyBus();
    await using opened = await openPage(lively.link);
    const { page, complaints } = opened;
    const { keyboard } = page;
    const focused = () => page.evaluate(focusedName);
    const tabTo = async (name: RegExp) => {
      for (let n = 0; n < 60; n++) {
        await keyboard.press("Tab");
        if (name.test(await focused())) return;
      }
      throw new Error(`nothing called ${name} can be reached by Tab`);
    };
    await page.getByText("Live", { exact: true }).waitFor();
    await keyboard.press("g");
    await keyboard.press("m");
    await page.locator(".virtual-rows .row").first().waitFor();
    await keyboard.press("/");
    await keyboard.type("ghost");
    await page.waitForURL(/q=ghost/);
    while (await page.evaluate(rowCount) !== 1) await nextMoment();
    await keyboard.press("Escape");
    await tabTo(/shop → ghost/);
    await keyboard.press("Enter");
    await page.getByText("Handed to nobody.").waitFor();
    await keyboard.press("Escape");
    assert.match(await focused(), /shop → ghost/);
    lively.state.refuses = false;
    await keyboard.press("g");
    await keyboard.press("d");
    await page.getByText("order # is closed").waitFor();
    await tabTo(/^Replay in steps… letters rejected at worker/);
    await keyboard.press("Enter");
    await tabTo(/^Replay$/);
    await keyboard.press("Enter");
    await page.getByText("1 message handled").waitFor();
    assert.equal(lively.bus.deadLetters.entries({ agent: "worker" }).length, 0);
    assert.deepEqual(complaints, []);
  },
});

Deno.test({
  name: nameOf(
    "ten thousand messages scroll as few rows, and what is looked at stays in place",
  ),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using lively = await makeLivelyBus();
    const { bus } = lively;
    for (let n = 0; n < 10_000; n++) {
      await bus.send({
        ...{ type: "publish", sender: "shop", topic: "orders.many" },
        payload: { n },
      });
    }
    await using opened = await openPage(lively.link);
    const { page } = opened;
    await page.evaluate(goToHash, "#/messages?topic=orders.many");
    await page.getByText("10,000 messages", { exact: true }).waitFor();
    await page.locator(".virtual").evaluate((node) => node.scrollTop = 180_000);
    const shown = page.locator(".virtual-rows li");
    await page.getByText('{"n":5000}').or(page.getByText('{"n":4999}'))
      .first().waitFor();
    assert.ok(await shown.count() < 80, `${await shown.count()} rows`);
    const before = await page.evaluate(rowInSight);
    await bus.send({
      ...{ type: "publish", sender: "shop", topic: "orders.many" },
      payload: "the latest",
    });
    await page.getByRole("button", { name: "1 new message" }).waitFor();
    assert.equal(await page.evaluate(rowInSight), before);
    await page.getByRole("button", { name: "1 new message" }).click();
    await page.getByText("the latest").waitFor();
  },
});

Deno.test({
  name: nameOf(
    "a person mends a letter's payload, asks about rules, sends a request and finds all of it in the audit",
  ),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using lively = await makeLivelyBus();
    await using opened = await openPage(lively.link);
    const { page, complaints } = opened;
    const open = (name: string) =>
      page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
    lively.state.refuses = false;
    await open("Dead letters");
    await page.locator(".group", { hasText: "order # is closed" })
      .getByText("Show the letters").click();
    await page.getByRole("button", { name: /^Edit… shop's message to worker/ })
      .click();
    await page.getByLabel("Payload (JSON)").fill('{"item":"chair"}');
    await page.getByRole("button", { name: "Send the edited message" }).click();
    await page.getByText("Sent as a new message").waitFor();
    const [sent] = lively.bus.history({ limit: 1 });
    assert.deepEqual(sent?.message.payload, { item: "chair" });
    assert.equal(lively.bus.deadLetters.entries({ agent: "worker" }).length, 1);
    await open("Rules");
    await page.getByLabel("Topic", { exact: true }).fill("orders.urgent");
    await page.getByRole("button", { name: "Ask" }).click();
    await page.locator(".probe").getByText("urgent-first").waitFor();
    await page.getByRole("button", { name: "Change rule urgent-first" })
      .click();
    await page.getByLabel(/^New priority/).fill("70");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByText("set priority 70").waitFor();
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog", { name: "Send a message" });
    await dialog.getByLabel("Type", { exact: true }).selectOption("request");
    await dialog.getByLabel("Recipient").fill("pricing");
    await dialog.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText("Reply from pricing").waitFor();
    await page.keyboard.press("Escape");
    await open("Audit");
    for (
      const text of [/with another payload/, /Changed rule/, /Sent a request/]
    ) {
      await page.getByText(text).waitFor();
    }
    assert.deepEqual(complaints, []);
  },
});

Deno.test({
  name: nameOf("a conversation is saved as a picture and as JSON"),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using lively = await makeLivelyBus();
    await using opened = await openPage(lively.link);
    const { page } = opened;
    await page.evaluate(goToHash, "#/conversations/order-1");
    await page.locator(".sequence .answer").waitFor({ state: "attached" });
    const saved = async (button: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: button }).click(),
      ]);
      return await Deno.readTextFile(await download.path());
    };
    const picture = await saved("Save as SVG");
    assert.match(picture, /^<svg[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.ok(picture.includes("dead letter") && !picture.includes("var(--"));
    const entries = JSON.parse(await saved("Save as JSON"));
    assert.ok(entries.length >= 4);
    assert.equal(entries[0].message.correlationId, "order-1");
  },
});

Deno.test({
  name: nameOf("a read-only page shows everything and offers no change"),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using lively = await makeLivelyBus({ readOnly: true });
    await using opened = await openPage(lively.link);
    const { page } = opened;
    await page.getByText("Read-only: nothing can be changed here.").waitFor();
    for (const view of ["dead-letters", "rules", "requests"]) {
      await page.evaluate(goToHash, `#/${view}`);
      await page.locator(`main[data-view="${view}"] .card`).first().waitFor();
      const offers = page.locator("main").getByRole("button", {
        name: /replay|discard|edit|add|change|remove|cancel|ask/i,
      });
      assert.equal(await offers.count(), 0, view);
    }
  },
});

/** Lets the page go on. */
function nextMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
