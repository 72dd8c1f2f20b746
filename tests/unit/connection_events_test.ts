import assert from "node:assert/strict";
import {
  type BusEvent,
  connect,
  type Connection,
  memoryTransport,
  MessageBus,
} from "../../mod.ts";

Deno.test("the end of a connection that broke names its agent", async () => {
  await using bus = new MessageBus();
  const transport = memoryTransport();
  await bus.listen(transport);
  const closed = firstOf(bus, "connection_closed");
  let connection: Connection | undefined;
  const dialing = {
    ...transport,
    dial: async () => connection = await transport.dial(),
  };
  await using _far = await connect(dialing, { name: "far", reconnect: false });
  // A frame of that length cannot be.
  await connection?.write(new Uint8Array(64).fill(0xff));
  const { agent, reason } = await closed;
  assert.equal(agent, "far");
  assert.match(reason ?? "", /^Cannot read frame/);
});

async function firstOf<T extends BusEvent["type"]>(
  bus: MessageBus,
  type: T,
): Promise<BusEvent & { type: T }> {
  for await (const event of bus.events()) {
    if (event.type === type) return event as BusEvent & { type: T };
  }
  throw new Error(`The bus ended without ${type}`);
}
