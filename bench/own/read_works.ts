import { MessageBus, MessageRouter } from "@busbar/busbar";
import { RECEIVER, SENDER, TOPIC } from "../message.ts";
import { median } from "../statistics.ts";
import type { Works } from "./message_works.ts";
import { addRules } from "./rules.ts";

const RULES = 1_000;
const TOPICS = 10_000;

/** What is looked up. */
export const reads: Works = {
  "route among 1,000 rules of which few match": (ms) => {
    const router = new MessageRouter();
    addRules(router, RULES);
    router.addRule({
      id: "matches",
      priority: 50,
      match: { topic: "jobs.*" },
      action: { kind: "set-priority", priority: 60 },
    });
    const message = {
      type: "direct",
      sender: SENDER,
      recipient: RECEIVER,
      topic: TOPIC,
      priority: 50,
    } as const;
    return Promise.resolve({ us: timeUs(ms, () => router.plan(message)) });
  },
  "stats() with 10,000 topics": async (ms) => {
    const bus = await busWithTopics();
    return { us: timeUs(ms, () => bus.stats()) };
  },
  "stats() with 10,000 topics, and its perTopic": async (ms) => {
    const bus = await busWithTopics();
    return { us: timeUs(ms, () => bus.stats().perTopic) };
  },
};

async function busWithTopics(): Promise<MessageBus> {
  const bus = new MessageBus();
  const sender = bus.agent(SENDER);
  for (let index = 0; index < TOPICS; index++) {
    await sender.publish(`jobs.topic-${index}`, index);
  }
  return bus;
}

/** How long a call takes, in microseconds: the median of many short series. */
function timeUs(ms: number, call: () => unknown): number {
  const endsAt = performance.now() + ms;
  const series: number[] = [];
  while (performance.now() < endsAt) {
    const from = performance.now();
    let calls = 0;
    // As many as are long against the clock's own step.
    while (performance.now() - from < 1) {
      call();
      calls++;
    }
    series.push((performance.now() - from) / calls * 1_000);
  }
  return median(series);
}
