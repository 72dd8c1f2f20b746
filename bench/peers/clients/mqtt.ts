// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import { connectAsync } from "npm:mqtt@5.16.0";
import type { BenchMessage } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";
import { withRequests } from "../correlation.ts";

/** A client of an MQTT broker; `mode` is the quality of service, 0 or 1. */
export async function join(
  { server, name, mode }: JoinOptions,
): Promise<Client> {
  const mqtt = await connectAsync(server, { clientId: name });
  const takers = new Map<string, (message: BenchMessage) => void>();
  mqtt.on(
    "message",
    (topic, payload) =>
      takers.get(topic)?.(JSON.parse(payload.toString()) as BenchMessage),
  );
  const qos = mode === "1" ? 1 : 0;
  let last: Promise<unknown> = Promise.resolve();
  return withRequests({
    async receive(address, take) {
      takers.set(address, take);
      await mqtt.subscribeAsync(address, { qos });
    },
    send: (address, message) => {
      last = mqtt.publishAsync(address, JSON.stringify(message), { qos });
    },
    flush: () => last,
    async [Symbol.asyncDispose]() {
      await mqtt.endAsync();
    },
  });
}
