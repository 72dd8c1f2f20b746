import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { KEEP, MortalStore, take } from "../support/durable_lives.ts";

/** What was done to records of copies and messages, in the order of the commits. */
function doneIn({ commits }: MortalStore): string[] {
  return commits.flat()
    .filter(({ kind }) => kind === "copy" || kind === "message")
    .map(({ type, kind }) => `${type} ${kind}`);
}

Deno.test("a copy that is handled soon is put and removed, and nothing is written of its being handed out", async () => {
  const store = new MortalStore(memoryStore());
  {
    await using bus = new MessageBus({ store });
    await bus.ready();
    bus.agent("worker").receive(() => {});
    await bus.agent("boss").send("worker", "job", KEEP);
    await bus.drain();
  }
  assert.deepEqual(doneIn(store), ["put copy", "remove copy"]);
});

Deno.test("a copy that is in hand when the bus closes is kept as handed out", async () => {
  const store = new MortalStore(memoryStore());
  {
    await using bus = new MessageBus({ store });
    await bus.ready();
    bus.agent("worker", { durable: true });
    await bus.agent("boss").send("worker", "job", KEEP);
    await take(bus, "worker", 1);
  }
  assert.deepEqual(doneIn(store).slice(0, 2), ["put copy", "update copy"]);
});

Deno.test("a message with several recipients is removed with the last of its copies, and once", async () => {
  const store = new MortalStore(memoryStore());
  await using bus = new MessageBus({ store });
  await bus.ready();
  const names = ["one", "two", "three"];
  for (const name of names) bus.agent(name, { durable: true });
  await bus.agent("boss").broadcast("all", KEEP);
  for (const name of names) {
    assert.equal(doneIn(store).includes("remove message"), false);
    const [delivery] = await take(bus, name, 1);
    delivery?.ack();
    while (bus.stats().totalAcked <= names.indexOf(name)) {
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  const ends = doneIn(store).filter((one) => one.startsWith("remove"));
  assert.deepEqual(ends, [
    ...["remove copy", "remove copy"],
    ...["remove copy", "remove message"],
  ]);
});
