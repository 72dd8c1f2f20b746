/**
 * Lesson 7: routing rules and custom handlers.
 *
 * Rules look at every message before it is delivered: they check it, lift it, copy
 * it elsewhere, or stop it, and no agent has to know. Run it with
 * `deno task example 07`; it needs no permission.
 */
import { BusError, MessageBus } from "@busbar/busbar";

await using bus = new MessageBus();
const shop = bus.agent("shop");
const audit = bus.agent("audit");
const packer = bus.agent("packer");

interface Order {
  item: string;
  count: number;
}

packer.receive<Order>(({ payload, priority }) => {
  console.log(`packer: ${payload.count} × ${payload.item}, ${priority}`);
});
audit.receive<Order>(({ sender, payload }) => {
  console.log(`audit: ${sender} ordered ${payload.item}`);
});

// A handler is yours. Where it throws, the message is not delivered.
bus.router.registerHandler("check-order", ({ payload }) => {
  const { count } = payload as Order;
  if (!(count > 0)) throw new Error(`an order of ${count}`);
});
// Rules are looked at by priority, the higher first; those that are added or switched
// count from the next message on.
bus.router.addRule({
  id: "orders-are-checked",
  priority: 90,
  match: { topic: "orders.>" },
  handler: "check-order",
});
bus.router.addRule({
  id: "gifts-first",
  priority: 50,
  match: { topic: "orders.gift" },
  action: { kind: "set-priority", priority: 80 },
});
bus.router.addRule({
  id: "audit-sees-gifts",
  priority: 50,
  match: { topic: "orders.gift" },
  action: { kind: "forward", recipient: "audit" },
});
// `final` ends it here: for what this rule is for, no later one is looked at.
bus.router.addRule({
  id: "nothing-on-sundays",
  priority: 95,
  enabled: false,
  match: { recipient: "packer" },
  action: { kind: "dead-letter", reason: "it is Sunday" },
  final: true,
});

await order({ item: "pencil", count: 3 }, "orders.plain");
await order({ item: "book", count: 1 }, "orders.gift");
await order({ item: "nothing", count: 0 }, "orders.plain");
bus.router.setEnabled("nothing-on-sundays", true);
await order({ item: "lamp", count: 1 }, "orders.plain");

await bus.drain();
for (const { id, matches } of bus.router.rules()) console.log(id, matches);
for (const { reason, detail } of bus.deadLetters) console.log(reason, detail);

async function order(order: Order, topic: string): Promise<void> {
  try {
    await shop.send("packer", order, { topic });
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    console.log(`shop: ${order.item}: ${error.code}`);
  }
}
