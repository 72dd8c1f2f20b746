import { MessageBus } from "@busbar/busbar";
import { serveInspector } from "@busbar/busbar/inspector";
import { RECEIVER, SENDER, TOPIC } from "../../message.ts";
import type { LocalSystem } from "./local_system.ts";

/** Ours, all options at their defaults, the inspector served beside it. */
export const busbar: LocalSystem = {
  async sender(receivers, take) {
    const bus = await startBus();
    const sender = bus.agent(SENDER);
    if (receivers === 1) {
      bus.agent(RECEIVER).receive(take);
      return ({ payload, priority, topic, correlationId }) =>
        sender.send(RECEIVER, payload, { priority, topic, correlationId });
    }
    for (let index = 0; index < receivers; index++) {
      await bus.agent(`${RECEIVER}-${index}`).subscribe(TOPIC, take);
    }
    return ({ payload, priority, topic, correlationId }) =>
      sender.publish(topic, payload, { priority, correlationId });
  },
  async requester() {
    const bus = await startBus();
    const sender = bus.agent(SENDER);
    bus.agent(RECEIVER).respond(({ payload }) => payload);
    return ({ payload, priority, topic, correlationId }) =>
      sender.request(RECEIVER, payload, { priority, topic, correlationId });
  },
};

async function startBus(): Promise<MessageBus> {
  const bus = new MessageBus();
  await serveInspector(bus, { port: 0, print: () => {} });
  return bus;
}
