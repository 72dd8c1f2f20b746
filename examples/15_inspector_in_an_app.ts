/**
 * Lesson 15: the inspector in an app of one's own.
 *
 * The inspector is a Hono app, so it can be a part of another one, under a path and
 * behind whatever guards that. Here the program looks at it by itself, as another
 * program would. Run it with `deno task example 15`; it needs
 * `--allow-net=127.0.0.1`.
 */
import { Hono } from "hono";
import { MessageBus } from "@busbar/busbar";
import { createInspector } from "@busbar/busbar/inspector";

await using bus = new MessageBus({ name: "shop" });
const till = bus.agent("till");
const stock = bus.agent("stock");
stock.respond<string>(({ payload }) => `one ${payload} less`);

// A token of 256 random bits unless you give one; `inspector.token` tells it.
const stopping = new AbortController();
const inspector = createInspector(bus, {
  basePath: "/inspect",
  // Streams of events would hold a server open that shuts down: this ends them.
  signal: stopping.signal,
});

const app = new Hono();
app.post("/sales/:item", async (c) => {
  const { payload } = await till.request<string>("stock", c.req.param("item"));
  return c.text(payload);
});
app.route("/", inspector);
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  app.fetch,
);
const shop = `http://127.0.0.1:${server.addr.port}`;

const sale = await fetch(`${shop}/sales/lamp`, { method: "POST" });
console.log("shop:", await sale.text());

// A browser opens `${shop}/inspect/?token=…` once. Programs send the token with every
// request, and nobody else is let in.
const stranger = await fetch(`${shop}/inspect/api/stats`);
await stranger.body?.cancel();
console.log("without the token:", stranger.status);

const stats = await see("stats");
console.log(`${stats.name}: ${stats.totalMessages} messages`);
const [{ message }] = await see("messages?type=request");
console.log(`${message.sender} asked ${message.recipient}: ${message.payload}`);

stopping.abort();
await server.shutdown();

async function see(path: string) {
  const response = await fetch(`${shop}/inspect/api/${path}`, {
    headers: { authorization: `Bearer ${inspector.token}` },
  });
  return await response.json();
}
