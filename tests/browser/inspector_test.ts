import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import { serveInspector } from "../../inspector/mod.ts";
import { BusError, MessageBus } from "../../mod.ts";

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
const HOSTILE =
  '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';

/** Whether there is a browser. A person may go without; the build may not. */
const isMissing = !exists(CHROMIUM);
const mayBeMissing = Deno.env.get("CI") !== "true";

Deno.test({
  name: isMissing
    ? `the inspector's page works in a browser (needs ${CHROMIUM})`
    : "the inspector's page works in a browser",
  ignore: isMissing && mayBeMissing,
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
    const row = page.locator(".messages .row").first();
    await row.getByText("dead", { exact: true }).waitFor();
    await row.click();
    await page.locator("dialog .payload").getByText("onerror=").waitFor();
    await page.keyboard.press("Escape");

    await page.getByRole("link", { name: /^Dead letters/ }).click();
    await page.getByText("not before lunch").first().click();
    await page.locator(".letter-body .payload").getByText("<script>").waitFor();
    refuses = false;
    await page.getByRole("button", {
      name: /^Replay planner's message to coder/,
    }).click();
    await page.getByText("No dead letters: everything found its way.")
      .waitFor();
    assert.equal(bus.deadLetters.size, 0);

    for (
      const view of ["Overview", "Agents", "Conversations", "Requests", "Rules"]
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
  name: isMissing
    ? `the inspector's page says so when the connection is lost (needs ${CHROMIUM})`
    : "the inspector's page says so when the connection is lost, and connects again",
  ignore: isMissing && mayBeMissing,
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

/** Opens a page, and gathers what the browser complains of, and requests to elsewhere. */
async function openPage(
  link: string,
): Promise<AsyncDisposable & { page: Page; complaints: string[] }> {
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ARGUMENTS,
  });
  const page = await browser.newPage();
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
    if (!request.url().startsWith(`${origin}/`)) {
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
