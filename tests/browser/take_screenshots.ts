/**
 * Takes the pictures of docs/guides/inspector.md anew:
 * `deno run -A tests/browser/take_screenshots.ts`.
 */
import type { MessageBus } from "../../mod.ts";
import { openPage } from "./browser_fixture.ts";
import { goToHash, isView } from "./in_page.js";
import { makeLivelyBus } from "./lively_bus.ts";

const VIEWS = [
  "overview",
  "agents",
  "topics",
  "messages",
  "conversations/order-1",
  "requests",
  "dead-letters",
  "rules",
  "audit",
  "api",
];
const LIVED_MS = 20_000;
const FOLDER = new URL("../../docs/guides/images/", import.meta.url);

await Deno.mkdir(FOLDER, { recursive: true });
await using lively = await makeLivelyBus();
await using opened = await openPage(lively.link, { width: 1_200, height: 780 });
const { page } = opened;
await live(lively.bus);
for (const view of VIEWS) {
  const [name = view] = view.split("/");
  await page.evaluate(goToHash, `#/${view}`);
  await page.waitForFunction(isView, name);
  await live(lively.bus, 1_500);
  await take(name.replaceAll("-", "_"));
}
await page.getByLabel("Colours").selectOption("dark");
await page.evaluate(goToHash, "#/overview");
await live(lively.bus, 3_000);
await take("overview_dark");

async function take(name: string): Promise<void> {
  const path = new URL(`${name}.png`, FOLDER);
  await Deno.writeFile(path, await page.screenshot());
  console.log(path.pathname);
}

/** Lets some traffic go by. */
async function live(bus: MessageBus, forMs = LIVED_MS): Promise<void> {
  const until = performance.now() + forMs;
  const shop = bus.agent("shop");
  for (let n = 0; performance.now() < until; n++) {
    const topic = n % 5 === 0 ? "orders.urgent" : "orders.usual";
    await shop.publish(topic, { item: "lamp", n });
    if (n % 3 === 0) await shop.request("pricing", { item: "lamp", n });
    if (n % 40 === 0) await shop.send("worker", { n }, { requiresAck: true });
    await new Promise((resolve) =>
      setTimeout(resolve, 20 + 40 * Math.random())
    );
  }
  await shop.close();
}
