import assert from "node:assert/strict";
import { type DeadLetter, MessageBus } from "../../mod.ts";
import { settle } from "../simulation/model/step_clock.ts";

function onlyLetter(bus: MessageBus): DeadLetter {
  const [letter] = [...bus.deadLetters];
  assert.ok(letter);
  return letter;
}

/** A bus with a request that is a dead letter, and whose requester has gone on. */
async function withRefusedRequest(
  respond: () => unknown,
): Promise<MessageBus> {
  const bus = new MessageBus();
  const agent = bus.agent("a");
  let isFirst = true;
  agent.respond((_, delivery) => {
    if (!isFirst) return respond();
    isFirst = false;
    delivery.reject("not now");
  });
  const asked = agent.request("a", "?", { requiresAck: true });
  await assert.rejects(asked, { code: "rejected" });
  return bus;
}

Deno.test("MessageBus.deadLetters.replay() of a request whose responder throws is a failure like any other", async () => {
  await using bus = await withRefusedRequest(() => {
    throw new Error("again");
  });
  await bus.deadLetters.replay(onlyLetter(bus).id);
  await settle();
  const { totalAcked, pendingMessages } = bus.stats();
  assert.deepEqual({ totalAcked, pendingMessages }, {
    totalAcked: 0,
    pendingMessages: 1,
  });
});

Deno.test("T4 MessageBus.deadLetters.replay() refuses a message whose time to live is 0, and keeps its letter", async () => {
  await using bus = new MessageBus();
  const agent = bus.agent("a");
  agent.receive(() => {});
  await assert.rejects(agent.send("a", 1, { ttlMs: 0 }), { code: "expired" });
  const { id } = onlyLetter(bus);
  await assert.rejects(bus.deadLetters.replay(id), { code: "expired" });
  assert.equal(onlyLetter(bus).id, id);
  assert.equal(bus.stats().totalExpired, 1);
});

Deno.test("Q1 MessageBus leaves one letter for a name that is missing, however many name it", async () => {
  await using bus = new MessageBus();
  const action = { kind: "forward", recipient: "nobody" } as const;
  bus.router.addRule({ id: "forward", priority: 1, action });
  await bus.agent("a").send("nobody", 1);
  assert.equal(bus.deadLetters.size, 1);
});
