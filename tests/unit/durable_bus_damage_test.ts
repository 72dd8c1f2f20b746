import assert from "node:assert/strict";
import { MessageBus, type Store, type StoredRecord } from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { KEEP, MortalStore, payloads, take } from "../support/durable_lives.ts";

/** A store that finds some of its records damaged, and sets them aside. */
class DamagedStore extends MortalStore {
  readonly #kept: Store;
  readonly #spoil: (record: StoredRecord) => StoredRecord;

  constructor(kept: Store, spoil: (record: StoredRecord) => StoredRecord) {
    super(kept);
    this.#kept = kept;
    this.#spoil = spoil;
  }

  override async *open() {
    for await (const records of this.#kept.open()) {
      const spoilt = records.map(this.#spoil);
      for (const { kind, key, damage } of spoilt) {
        if (damage === undefined) continue;
        await this.#kept.commit([{ type: "remove", kind, key }]);
      }
      yield spoilt;
    }
  }
}

async function keepThree(kept: Store): Promise<void> {
  await using bus = new MessageBus({ store: kept });
  await bus.ready();
  bus.agent("worker", { durable: true });
  const boss = bus.agent("boss");
  for (const job of [1, 2, 3]) await boss.send("worker", { job }, KEEP);
}

/** Damages the second of the copies, in its body. */
function spoilSecond(change: (body: Uint8Array) => Uint8Array) {
  let copies = 0;
  return (record: StoredRecord): StoredRecord => {
    if (record.kind !== "copy" || ++copies !== 2) return record;
    const body = change(record.body.slice());
    return { ...record, body, damage: "its checksum must match" };
  };
}

Deno.test("a message whose record is damaged is a dead letter with what is left of it, and is not sent again", async () => {
  const kept = memoryStore();
  await keepThree(kept);
  const store = new DamagedStore(
    kept,
    spoilSecond((body) => {
      body[body.length - 2] = "9".charCodeAt(0);
      return body;
    }),
  );
  {
    await using bus = new MessageBus({ store });
    await bus.ready();
    const [letter, ...others] = bus.deadLetters;
    assert.deepEqual(others, []);
    assert.equal(letter?.reason, "undeliverable");
    assert.match(letter?.detail ?? "", /copy \d+.*checksum must match/);
    assert.equal(letter?.message.sender, "boss");
    assert.equal(letter?.agent, "worker");
    assert.match(String(letter?.message.payload), /\{"job":9\}$/);
    await assert.rejects(bus.deadLetters.replay(letter?.id ?? ""), {
      code: "storage",
      message: /only a part of it was kept/,
    });
    const taken = await take(bus, "worker", 2);
    assert.deepEqual(payloads(taken), [{ job: 1 }, { job: 3 }]);
    for (const delivery of taken) delivery.ack();
    await bus.drain();
  }
  await using later = new MessageBus({ store: kept });
  await later.ready();
  assert.equal(later.deadLetters.size, 1, "the letter is kept, and there once");
});

Deno.test("a record of which nothing can be read is a dead letter of nobody's", async () => {
  const kept = memoryStore();
  await keepThree(kept);
  const store = new DamagedStore(
    kept,
    spoilSecond((body) => body.fill(255)),
  );
  await using bus = new MessageBus({ store });
  const damaged: string[] = [];
  void (async () => {
    for await (const event of bus.events()) {
      if (event.type === "record_damaged") damaged.push(event.kind);
    }
  })();
  await bus.ready();
  const [letter] = bus.deadLetters;
  assert.equal(letter?.agent, "(unknown)");
  assert.equal(letter?.message.sender, "(unknown)");
  assert.equal(bus.backpressure.pending, 2);
  await Promise.resolve();
  assert.deepEqual(damaged, ["copy"]);
});
