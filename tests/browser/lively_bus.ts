import { BusError, MessageBus } from "../../mod.ts";
import { serveInspector } from "../../inspector/mod.ts";

/** A bus on which everything that a view can show has happened, and its inspector. */
export interface LivelyBus extends AsyncDisposable {
  /** The bus. */
  readonly bus: MessageBus;
  /** The link that lets a browser in. */
  readonly link: string;
  /** Whether the worker refuses. */
  readonly state: { refuses: boolean };
}

/** Makes one. Its conversation is `order-1`. */
export async function makeLivelyBus(
  options: { readOnly?: boolean } = {},
): Promise<LivelyBus> {
  const bus = new MessageBus({ name: "workshop" });
  const state = { refuses: true };
  const shop = bus.agent("shop");
  bus.agent("worker").receive(() => {
    if (state.refuses) throw new BusError("rejected", "order 17 is closed");
  });
  bus.agent("pricing").respond(({ payload }) => ({ price: 42, of: payload }));
  bus.agent("slow").respond((_message, { signal }) =>
    new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    )
  );
  await bus.agent("stock").subscribe("orders.*", () => {});
  bus.router.addRule({
    ...{ id: "urgent-first", priority: 80, match: { topic: "orders.urgent" } },
    action: { kind: "set-priority", priority: 90 },
  });
  const order = { correlationId: "order-1" };
  await shop.publish("orders.urgent", { item: "lamp" }, order);
  await shop.request("pricing", { item: "lamp" }, order);
  await shop.send("worker", { item: "lamp" }, { ...order, requiresAck: true });
  await shop.send("ghost", { item: "lamp" });
  await shop.publish("void.here", { item: "lamp" });
  // Waits until the bus closes.
  shop.request("slow", { item: "lamp" }, order).catch(() => {});
  let link = "";
  const server = await serveInspector(bus, {
    ...options,
    port: 0,
    print: (line) => link = /http:\S+/.exec(line)?.[0] ?? "",
  });
  return {
    ...{ bus, link, state },
    async [Symbol.asyncDispose]() {
      await server.close();
      await bus.close();
    },
  };
}

/** Messages of every kind, until the signal aborts. */
export async function keepLively(
  bus: MessageBus,
  signal: AbortSignal,
): Promise<void> {
  const client = bus.agent("client");
  for (let n = 0; !signal.aborted; n++) {
    const correlationId = `visit-${n >> 2}`;
    await client.publish(`orders.kind-${n % 7}`, { n }, { correlationId });
    if (n % 3 === 0) await client.request("pricing", { n }, { correlationId });
    if (n % 5 === 0) await client.send("worker", { n }, { requiresAck: true });
    if (n % 9 === 0) await client.publish("void.here", { n });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await client.close();
}
