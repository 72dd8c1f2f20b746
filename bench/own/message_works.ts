import { type Agent, MessageBus, type SendOptions } from "@busbar/busbar";
import { PAYLOAD, RECEIVER, SENDER, TOPIC } from "../message.ts";
import type { Figures } from "../rounds.ts";
import { askRate, sendRate } from "../work/local_rates.ts";
import { addRules } from "./rules.ts";

/** What can be measured, by its name. */
export type Works = Readonly<Record<string, (ms: number) => Promise<Figures>>>;

/** Sends and publishes. */
export const sends: Works = {
  "send, 1 to 1": (ms) => send(ms, new MessageBus()),
  "send, 1 to 1, with acks": (ms) =>
    send(ms, new MessageBus(), { requiresAck: true }),
  "send, 1 to 1, without history": (ms) =>
    send(ms, new MessageBus({ history: false })),
  "send, 1 to 1, with 1,000 rules": (ms) => {
    const bus = new MessageBus();
    addRules(bus.router, 1_000);
    return send(ms, bus);
  },
  "publish, 1 to 8": (ms) => publish(ms, {}),
  "publish, 1 to 8, with acks": (ms) => publish(ms, { requiresAck: true }),
};

/** Requests. */
export const requests: Works = {
  "request, 1 in flight": (ms) => request(ms, 1),
  "request, 64 in flight": (ms) => request(ms, 64),
};

async function send(
  ms: number,
  bus: MessageBus,
  options: SendOptions = {},
): Promise<Figures> {
  const sender = bus.agent(SENDER);
  const sent = { topic: TOPIC, ...options };
  const rate = await sendRate(1, ms, (take) => {
    bus.agent(RECEIVER).receive(take);
    return () => sender.send(RECEIVER, PAYLOAD, sent);
  });
  return { ...rate };
}

async function publish(ms: number, options: SendOptions): Promise<Figures> {
  const bus = new MessageBus();
  const sender = bus.agent(SENDER);
  const rate = await sendRate(8, ms, async (take) => {
    for (let index = 0; index < 8; index++) {
      await bus.agent(`${RECEIVER}-${index}`).subscribe(TOPIC, take);
    }
    return () => sender.publish(TOPIC, PAYLOAD, options);
  });
  return { ...rate };
}

async function request(ms: number, inFlight: number): Promise<Figures> {
  const bus = new MessageBus();
  const sender: Agent = bus.agent(SENDER);
  bus.agent(RECEIVER).respond(({ payload }) => payload);
  const options = { topic: TOPIC };
  const rate = await askRate(
    inFlight,
    ms,
    () => sender.request(RECEIVER, PAYLOAD, options),
  );
  return { ...rate };
}
