import {
  type Agent,
  type Delivery,
  memoryTransport,
  type RoutingRule,
} from "../../../mod.ts";
import type { Stage } from "./stage.ts";
import type { Owner } from "./work.ts";

/** One way to use the bus. */
export interface Call {
  /** The methods it is about, as `Interface.method`. */
  readonly covers: readonly string[];
  /** Makes the call. */
  readonly run: (stage: Stage) => unknown;
  /** The most copies of a message that it sends; 1 where it does not say. */
  readonly copies?: number;
  /** Whether it may go on until its agent has left, or the bus is closed. */
  readonly isEndless?: boolean;
}

/** Longer than a run: a drain that waits for ever is one that hangs. */
const HOUR_MS = 3_600_000;

/** More than there are agents and subscriptions. */
const MANY = 5;

/** Every call that is made to meet every other. */
export const CALLS: Readonly<Record<string, Call>> = {
  "send()": {
    covers: ["Agent.send"],
    run: (stage) => caller(stage).send("worker", "job"),
  },
  "send() with requiresAck": {
    covers: ["Agent.send"],
    run: (stage) => caller(stage).send("worker", "job", { requiresAck: true }),
  },
  "send() with a signal": {
    covers: ["Agent.send"],
    run: ({ parts, giveUp: { signal } }) =>
      parts.caller.agent.send("worker", "job", { requiresAck: true, signal }),
  },
  "send() with a time to live": {
    covers: ["Agent.send"],
    run: ({ parts, dice }) =>
      parts.caller.agent.send("worker", "job", {
        requiresAck: true,
        ttlMs: dice.int(1, 2_000),
        priority: dice.int(0, 100),
      }),
  },
  "send() of the same twice": {
    covers: ["Agent.send"],
    run: (stage) => {
      const send = () =>
        caller(stage).send("worker", "job", { deduplicationId: "one" });
      return Promise.allSettled([send(), send()]);
    },
  },
  "publish()": {
    covers: ["Agent.publish"],
    copies: MANY,
    run: (stage) =>
      caller(stage).publish("jobs.new", "job", { requiresAck: true }),
  },
  "broadcast()": {
    covers: ["Agent.broadcast"],
    copies: MANY,
    run: (stage) => caller(stage).broadcast("news"),
  },
  "request()": {
    covers: ["Agent.request"],
    run: (stage) => caller(stage).request("worker", "question"),
  },
  "request() with a signal": {
    covers: ["Agent.request"],
    run: ({ parts, giveUp: { signal } }) =>
      parts.caller.agent.request("worker", "question", { signal }),
  },
  "stream()": {
    covers: ["Agent.stream"],
    run: (stage) => Array.fromAsync(caller(stage).stream("worker", "question")),
  },
  "stream() left early": {
    covers: ["Agent.stream"],
    run: async (stage) => {
      for await (const _ of caller(stage).stream("worker", "question")) break;
    },
  },
  "receive()": {
    covers: ["Agent.receive"],
    run: (stage) => {
      const { parts: { worker }, work } = stage;
      const owner = stage.owner("received", worker);
      worker.agent.receive(work.handlerOf(owner));
    },
  },
  "respond()": {
    covers: ["Agent.respond"],
    run: (stage) => {
      const { parts: { worker }, work } = stage;
      const owner = stage.owner("responded", worker);
      worker.agent.respond(work.responderOf(owner));
    },
  },
  "subscribe() and close()": {
    covers: ["Agent.subscribe", "Subscription.close"],
    // While its connection is lost it waits for the next one.
    isEndless: true,
    run: async (stage) => {
      const { parts: { caller }, work, schedule } = stage;
      const owner = stage.owner("subscribed", caller);
      const subscription = await caller.agent.subscribe(
        "jobs.*",
        work.handlerOf(owner),
        { queue: "shared" },
      );
      await schedule.turn();
      await subscription.close();
      owner.ended = true;
    },
  },
  "inbox()": {
    covers: ["Agent.inbox"],
    run: async ({ parts, work, schedule }) => {
      let taken = 0;
      for await (const delivery of parts.worker.agent.inbox()) {
        await schedule.turn();
        work.settle(delivery);
        if (++taken === 2) break;
      }
    },
    isEndless: true,
  },
  "Agent.drain() of the sender": {
    covers: ["Agent.drain"],
    run: ({ parts: { caller } }) => ending(caller.owners, caller.agent.drain()),
  },
  "Agent.drain() of the receiver": {
    covers: ["Agent.drain"],
    run: ({ parts: { worker } }) => ending(worker.owners, worker.agent.drain()),
  },
  "Agent.close() of the sender": {
    covers: ["Agent.close", "Agent.dispose"],
    run: ({ parts: { caller } }) => ending(caller.owners, twice(caller.agent)),
  },
  "Agent.close() of the receiver": {
    covers: ["Agent.close"],
    run: ({ parts: { worker } }) => ending(worker.owners, worker.agent.close()),
  },
  "Subscription.drain()": {
    covers: ["Subscription.drain"],
    run: ({ parts: { subscribed, subscribing } }) =>
      ending([subscribing], subscribed.drain()),
  },
  "Subscription.drain() of direct messages": {
    covers: ["Subscription.drain"],
    run: ({ parts: { received, receiving } }) =>
      ending([receiving], received.drain()),
  },
  "Subscription.close()": {
    covers: ["Subscription.close", "Subscription.dispose"],
    run: ({ parts: { subscribed, subscribing } }) =>
      ending([subscribing], twice(subscribed)),
  },
  "Subscription.close() of direct messages": {
    covers: ["Subscription.close"],
    run: ({ parts: { received, receiving } }) =>
      ending([receiving], received.close()),
  },
  "MessageBus.send()": {
    covers: ["MessageBus.send"],
    copies: MANY,
    run: ({ bus }) =>
      bus.send({
        type: "publish",
        sender: "outsider",
        topic: "jobs.new",
        payload: "job",
      }),
  },
  "MessageBus.request()": {
    covers: ["MessageBus.request"],
    run: ({ bus, giveUp: { signal } }) =>
      bus.request({
        type: "request",
        sender: "outsider",
        recipient: "worker",
        payload: "question",
      }, { signal }),
  },
  "MessageBus.agent()": {
    covers: ["MessageBus.agent"],
    run: async (stage) => {
      const { agent, owners } = await stage.join("worker", "in process");
      const owner = stage.owner("second worker");
      owners.push(owner);
      agent.receive(stage.work.handlerOf(owner));
      await stage.schedule.turn();
      await ending(owners, agent.close());
    },
  },
  "MessageBus.listen()": {
    covers: ["MessageBus.listen"],
    run: async ({ bus, schedule }) => {
      const listener = await bus.listen(memoryTransport());
      await schedule.turn();
      await listener.close();
    },
  },
  "MessageBus.events()": {
    covers: ["MessageBus.events"],
    run: async ({ bus }) => {
      let seen = 0;
      for await (const _ of bus.events()) if (++seen === 5) break;
    },
    isEndless: true,
  },
  "MessageBus.drain()": {
    covers: ["MessageBus.drain"],
    run: ({ bus }) => bus.drain({ timeoutMs: HOUR_MS }),
  },
  "MessageBus.close()": {
    covers: ["MessageBus.close", "MessageBus.dispose"],
    run: ({ bus }) => twice(bus),
  },
  "connect()": {
    covers: ["connect"],
    run: async (stage) => {
      const { agent, owners } = await stage.join("worker", "over a connection");
      const owner = stage.owner("connected worker");
      owners.push(owner);
      agent.receive(stage.work.handlerOf(owner));
      await stage.schedule.turn();
      await ending(owners, agent.close());
    },
  },
  "a connection that is lost": {
    covers: [],
    run: ({ transport }) => transport.cut(),
  },
  "Listener.close()": {
    covers: ["Listener.close", "Listener.dispose"],
    run: ({ parts: { listener } }) => twice(listener),
  },
  "DeadLetterQueue.replay()": {
    covers: ["DeadLetterQueue.replay"],
    run: ({ bus: { deadLetters }, dice }) => {
      const ids = [...deadLetters].map(({ id }) => id);
      return deadLetters.replay(dice.pick(["none", ...ids]));
    },
  },
  "DeadLetterQueue.replayAll()": {
    covers: ["DeadLetterQueue.replayAll"],
    run: ({ bus }) => bus.deadLetters.replayAll(),
  },
  "DeadLetterQueue.discard()": {
    covers: ["DeadLetterQueue.discard"],
    run: ({ bus: { deadLetters } }) => {
      for (const { id } of [...deadLetters].slice(-1)) deadLetters.discard(id);
    },
  },
  "DeadLetterQueue.clear()": {
    covers: ["DeadLetterQueue.clear"],
    run: ({ bus }) => bus.deadLetters.clear(),
  },
  "MessageRouter.addRule()": {
    covers: ["MessageRouter.addRule", "MessageRouter.registerHandler"],
    run: (stage) => {
      const { bus: { router }, schedule, dice } = stage;
      const id = stage.name("added");
      router.registerHandler(id, () => schedule.turn());
      const effects: [Partial<RoutingRule>, ...Partial<RoutingRule>[]] = [
        { handler: id },
        { action: { kind: "set-priority", priority: 90 } },
        { action: { kind: "drop" } },
        { action: { kind: "dead-letter", reason: "by rule" } },
      ];
      router.addRule({ id, priority: 60, ...dice.pick(effects) });
    },
  },
  "MessageRouter.removeRule()": {
    covers: ["MessageRouter.removeRule", "MessageRouter.unregisterHandler"],
    run: ({ bus: { router } }) => {
      router.removeRule("standing");
      router.unregisterHandler("look");
    },
  },
  "MessageRouter.replaceRule()": {
    covers: ["MessageRouter.replaceRule"],
    run: ({ bus: { router } }) => {
      const action = { kind: "set-priority", priority: 40 } as const;
      const isThere = router.rules().some(({ id }) => id === "standing");
      if (isThere) router.replaceRule({ id: "standing", priority: 50, action });
    },
  },
  "MessageRouter.setEnabled()": {
    covers: ["MessageRouter.setEnabled"],
    run: ({ bus: { router } }) => router.setEnabled("standing", false),
  },
  "RequestTracker.cancel()": {
    covers: ["RequestTracker.cancel"],
    run: ({ bus: { requests } }) => {
      for (const { requestId } of requests.pending()) {
        requests.cancel(requestId);
      }
    },
  },
  "AbortController.abort()": {
    covers: [],
    run: ({ giveUp }) => giveUp.abort(new Error("given up")),
  },
  "Delivery.ack()": {
    covers: ["Delivery.ack"],
    run: (stage) => held(stage).ack(),
  },
  "Delivery.nack()": {
    covers: ["Delivery.nack"],
    run: (stage) => held(stage).nack({ delayMs: stage.dice.int(0, 500) }),
  },
  "Delivery.reject()": {
    covers: ["Delivery.reject"],
    run: (stage) => held(stage).reject("no"),
  },
  "Delivery.extend()": {
    covers: ["Delivery.extend"],
    run: (stage) => held(stage).extend(),
  },
};

function caller({ parts }: Stage): Agent {
  return parts.caller.agent;
}

function held({ work }: Stage): Delivery {
  if (!work.held) throw new Error("Nothing is in hand");
  return work.held;
}

/** Closes twice at the same time, which is safe. */
async function twice(
  one: AsyncDisposable & { close(): Promise<void> },
): Promise<void> {
  await Promise.all([one.close(), one[Symbol.asyncDispose]()]);
}

/** Once `end` has resolved, none of the owners' handlers may start. */
async function ending(
  owners: readonly Owner[],
  end: Promise<void>,
): Promise<void> {
  await end;
  for (const owner of owners) owner.ended = true;
}
