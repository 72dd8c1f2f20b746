import assert from "node:assert/strict";
import { serveInspector } from "../../inspector/mod.ts";
import { BusError, MessageBus } from "../../mod.ts";
import { nameOf, openPage, WITHOUT_BROWSER } from "./browser_fixture.ts";

const VIEWS = [
  "Overview",
  "Agents",
  "Topics",
  "Conversations",
  "Requests",
  "Rules",
  "Audit",
  "HTTP interface",
];
const HOSTILE =
  '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';

Deno.test({
  name: nameOf("the inspector's page works in a browser"),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using bus = new MessageBus({ name: "browser test" });
    let refuses = true;
    bus.agent("coder").receive(() => {
      if (refuses) throw new BusError("rejected", "not before lunch");
    });
    const sender = bus.agent("planner");
    let printed = "";
    await using server = await serveInspector(bus, {
      port: 0,
      print: (line) => printed = line,
    });
    const link = /http:\S+/.exec(printed)?.[0] ?? "";
    await using opened = await openPage(link);
    const { page, complaints } = opened;

    assert.equal(page.url(), `http://127.0.0.1:${server.port}/`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Messages" }).click();
    await page.getByText("No message matches.").waitFor();
    await sender.send("coder", { text: HOSTILE }, {
      requiresAck: true,
      correlationId: "c1",
    });
    const row = page.locator(".virtual-rows .row").first();
    await row.getByText("dead", { exact: true }).waitFor();
    await row.click();
    await page.locator("dialog .payload").getByText("onerror=").waitFor();
    await page.keyboard.press("Escape");

    await page.getByRole("link", { name: /^Dead letters/ }).click();
    await page.getByText("not before lunch").first().waitFor();
    await page.getByText("Show the letters").click();
    await page.locator(".letters summary").first().click();
    await page.locator(".letter-body .payload").getByText("<script>").waitFor();
    refuses = false;
    await page.getByRole("button", {
      name: /^Replay planner's message to coder/,
    }).click();
    await page.getByText("No dead letters: everything found its way.")
      .waitFor();
    assert.equal(bus.deadLetters.size, 0);

    for (
      const view of VIEWS
    ) {
      await page.getByRole("link", { name: new RegExp(`^${view}`) }).click();
      await page.getByRole("heading", { level: 1, name: view }).waitFor();
    }
    await page.goto(`http://127.0.0.1:${server.port}/#/conversations/c1`);
    await page.locator(".sequence .arrow").first().waitFor();
    assert.match(await page.title(), /browser test · Busbar$/);
    assert.equal(
      await page.locator("main script, main img, dialog img").count(),
      0,
    );
    assert.deepEqual(complaints, []);
  },
});

Deno.test({
  name: nameOf(
    "the inspector's page says so when the connection is lost, and connects again",
  ),
  ignore: WITHOUT_BROWSER,
  async fn() {
    await using bus = new MessageBus();
    const options = { token: "a-token-for-both", print: () => {} };
    const first = await serveInspector(bus, { ...options, port: 0 });
    await using opened = await openPage(`${first.url}/?token=${options.token}`);
    const { page } = opened;
    await page.getByText("Live", { exact: true }).waitFor();
    await first.close();
    await page.getByText("Connection lost, trying again…").waitFor();
    // A new process knows none of the old one's sessions.
    await using _second = await serveInspector(bus, {
      ...options,
      port: first.port,
    });
    await page.getByText("Signed out: open the printed link again").waitFor();
  },
});
