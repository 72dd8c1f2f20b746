import { MessageBus } from "@busbar/busbar";
import { PAYLOAD, RECEIVER, SENDER, TOPIC } from "../message.ts";
import { addRules } from "../own/rules.ts";
import type { Figures } from "../rounds.ts";
import { quantile } from "../statistics.ts";
import { sendRate, type Take } from "../work/local_rates.ts";

type Prepare = (
  count: number,
  take: Take,
) => (() => unknown) | Promise<() => unknown>;

/** How to send in turn to each of so many agents or topics, or past so many rules. */
const PREPARE: Readonly<Record<string, Prepare>> = {
  agents(count, take) {
    const bus = new MessageBus();
    const sender = bus.agent(SENDER);
    const names = Array.from({ length: count }, (_, at) => `${RECEIVER}-${at}`);
    for (const name of names) bus.agent(name).receive(take);
    const next = inTurn(names);
    const options = { topic: TOPIC };
    return () => sender.send(next(), PAYLOAD, options);
  },
  async topics(count, take) {
    const bus = new MessageBus();
    const sender = bus.agent(SENDER);
    const receiver = bus.agent(RECEIVER);
    const topics = Array.from({ length: count }, (_, at) => `jobs.step-${at}`);
    for (const topic of topics) await receiver.subscribe(topic, take);
    const next = inTurn(topics);
    return () => sender.publish(next(), PAYLOAD);
  },
  rules(count, take) {
    const bus = new MessageBus();
    addRules(bus.router, count);
    const sender = bus.agent(SENDER);
    bus.agent(RECEIVER).receive(take);
    const options = { topic: TOPIC };
    return () => sender.send(RECEIVER, PAYLOAD, options);
  },
};

/** Measures sends among many of something. */
export function amongMany(
  dimension: string,
): (count: number, ms: number) => Promise<Figures> {
  const prepare = PREPARE[dimension];
  if (!prepare) throw new Error(`There is no dimension ${dimension}`);
  return async (count, ms) => {
    const { perSecond } = await sendRate(1, ms, (take) => prepare(count, take));
    const arrivals: (() => void)[] = [];
    const send = await prepare(count, () => arrivals.shift()?.());
    const timed = await timeEach(ms, async () => {
      const arrived = new Promise<void>((resolve) => arrivals.push(resolve));
      await send();
      await arrived;
    });
    return { perSecond, p99Us: timed.p99Us };
  };
}

/** Measures sending one and taking the most urgent, while so many wait. */
export async function withQueue(count: number, ms: number): Promise<Figures> {
  const room = count * 2 + 1_000;
  const bus = new MessageBus({
    backpressure: { maxPending: room },
    mailbox: { maxMessages: room },
  });
  const sender = bus.agent(SENDER);
  const inbox = bus.agent(RECEIVER).inbox()[Symbol.asyncIterator]();
  let sent = 0;
  // Every priority in turn: the queue has something to sort.
  const send = () =>
    sender.send(RECEIVER, PAYLOAD, { priority: (sent++ * 37) % 101 });
  for (let index = 0; index < count; index++) await send();
  const exchange = async (): Promise<void> => {
    await send();
    const { value } = await inbox.next();
    value?.ack();
  };
  await timeEach(ms / 4, exchange);
  return await timeEach(ms, exchange);
}

async function timeEach(
  ms: number,
  task: () => Promise<void>,
): Promise<{ perSecond: number; p99Us: number }> {
  const startedAt = performance.now();
  const tookUs: number[] = [];
  let at = startedAt;
  while (at < startedAt + ms) {
    await task();
    const endedAt = performance.now();
    tookUs.push((endedAt - at) * 1_000);
    at = endedAt;
  }
  const perSecond = tookUs.length / (at - startedAt) * 1_000;
  const sorted = tookUs.toSorted((a, b) => a - b);
  return { perSecond, p99Us: quantile(sorted, 0.99) };
}

function inTurn(names: readonly string[]): () => string {
  let last = -1;
  return () => names[last = (last + 1) % names.length] ?? "";
}
