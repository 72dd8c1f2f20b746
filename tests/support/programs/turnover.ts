/**
 * What is left of messages that have ended, in bytes for each, before the next
 * full collection: prints it for every kind of work, over a connection within
 * this process and without one.
 */
import v8 from "node:v8";
import { type Agent, connect, MessageBus } from "../../../mod.ts";
import { unixTransport } from "../../../transports/unix.ts";

declare const gc: (options?: { type: "minor" | "major" }) => void;

const [path = ""] = Deno.args;
const COUNT = 10_000;
const TOGETHER = 64;

type Work = (one: Agent, other: Agent) => () => Promise<unknown>;

const WORKS: Record<string, Work> = {
  "sends": (one, other) => {
    other.receive(() => {}, { concurrency: TOGETHER });
    return () => one.send(other.name, "work");
  },
  "acknowledged sends": (one, other) => {
    other.receive(() => {}, { concurrency: TOGETHER });
    return () => one.send(other.name, "work", { requiresAck: true });
  },
  "publishes": (one, other) => {
    void other.subscribe("work", () => {}, { concurrency: TOGETHER });
    return () => one.publish("work", "work");
  },
  "requests": (one, other) => {
    other.respond(({ payload }) => payload, { concurrency: TOGETHER });
    return () => one.request(other.name, "work");
  },
  "deliveries": (one, other) => {
    void takeAll(other);
    return () => one.send(other.name, "work", { requiresAck: true });
  },
};

async function takeAll(agent: Agent): Promise<void> {
  for await (const delivery of agent.inbox()) delivery.ack();
}

async function measure(run: () => Promise<unknown>): Promise<number> {
  await repeat(run, COUNT);
  // What is there now is old from here on.
  gc({ type: "major" });
  gc({ type: "major" });
  const before = v8.getHeapStatistics().used_heap_size;
  await repeat(run, COUNT);
  // What has lived through two is old as well: twice it is only copied.
  for (let round = 0; round < 3; round++) gc({ type: "minor" });
  return (v8.getHeapStatistics().used_heap_size - before) / COUNT;
}

async function repeat(run: () => Promise<unknown>, count: number) {
  for (let at = 0; at < count; at += TOGETHER) {
    await Promise.all(Array.from({ length: TOGETHER }, run));
    while (bus.stats().pendingMessages > 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

await using bus = new MessageBus({ history: false });
await bus.listen(unixTransport(path));
const results: Record<string, number> = {};
for (const [name, work] of Object.entries(WORKS)) {
  for (const isRemote of [false, true]) {
    const [one, other] = await Promise.all(
      ["one", "other"].map((name) =>
        isRemote ? connect(unixTransport(path), { name }) : bus.agent(name)
      ),
    );
    if (!one || !other) throw new Error("no agents");
    const run = work(one, other);
    // The bus knows of the handlers before it has answered this.
    await other.subscribe("unused", () => {});
    const left = await measure(run);
    results[isRemote ? `${name} over a connection` : name] = Math.round(left);
    await one.close();
    await other.close();
  }
}
console.log(JSON.stringify(results));
Deno.exit(0);
