import assert from "node:assert/strict";
import { MessageBus } from "../../mod.ts";
import { sqliteStore } from "../../storage/sqlite_store.ts";
import { WrittenStore } from "./written_store.ts";

/** Sends that are made before a backup begins, and again while it is written. */
const SENDS = 400;
/** Senders at work meanwhile. */
const SENDERS = 8;

/** A bus whose agent `busy` handles what it gets, while `away` has its mailbox and takes nothing. */
class BusAtWork implements AsyncDisposable {
  /** Ids of what was accepted for `away`, in order. */
  readonly accepted: string[] = [];
  /** The store that it works with. */
  readonly store;
  readonly #bus: MessageBus;
  readonly #sender;
  #isOver = false;
  #working: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.store = sqliteStore(path);
    this.#bus = new MessageBus({ store: this.store });
    this.#bus.agent("busy", { durable: true }).receive(() => {});
    this.#bus.agent("away", { durable: true });
    this.#sender = this.#bus.agent("sender");
  }

  /** Sends so many to each, and waits until they are accepted. */
  async send(count: number): Promise<void> {
    const one = async () => {
      await this.#sender.send("busy", "soon gone", { requiresAck: true });
      const sent = this.#sender.send("away", "stays", { requiresAck: true });
      this.accepted.push(await sent);
    };
    await Promise.all(Array.from({ length: count }, one));
  }

  /** Sends one after the other until the end. */
  work(): void {
    const loop = async () => {
      while (!this.#isOver) await this.send(1);
    };
    this.#working = Promise.all(Array.from({ length: SENDERS }, loop));
  }

  /** Waits until more are accepted than were. */
  async untilMore(): Promise<void> {
    const { length } = this.accepted;
    while (this.accepted.length === length) {
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#working;
    await this.#bus.close();
  }
}

/** The ids of what waits for an agent in a store, as a bus that opens it hands them out. */
async function waitingFor(agent: string, path: string): Promise<string[]> {
  await using bus = new MessageBus({ store: sqliteStore(path) });
  await bus.ready();
  let left = bus.agents().find(({ name }) => name === agent)?.mailboxDepth ?? 0;
  const ids: string[] = [];
  if (left === 0) return ids;
  for await (const delivery of bus.agent(agent, { durable: true }).inbox()) {
    ids.push(delivery.message.id);
    delivery.ack();
    if (--left === 0) break;
  }
  return ids;
}

Deno.test("backup() of a bus at work has all that was accepted before, and nothing twice", async () => {
  using written = new WrittenStore();
  const copy = `${written.directory}/copy.db`;
  const work = new BusAtWork(written.path);
  const before: string[] = [];
  {
    await using _end = work;
    await work.send(SENDS);
    work.work();
    await work.untilMore();
    before.push(...work.accepted);
    await work.store.backup(copy);
    // What was under way is answered, and the work goes on.
    await work.untilMore();
    await work.send(SENDS);
  }
  const kept = await waitingFor("away", copy);
  const known = new Set(kept);
  assert.equal(known.size, kept.length);
  assert.deepEqual(before.filter((id) => !known.has(id)), []);
  assert.ok(kept.length < work.accepted.length, "it is from before the end");
  const whole = await waitingFor("away", written.path);
  assert.deepEqual(whole.toSorted(), work.accepted.toSorted());
  const all = new Set(whole);
  assert.deepEqual(kept.filter((id) => !all.has(id)), []);
});

Deno.test("verify() of a bus at work finds nothing wrong, and the work goes on", async () => {
  using written = new WrittenStore();
  await using work = new BusAtWork(written.path);
  await work.send(SENDS);
  work.work();
  for (let time = 0; time < 3; time++) {
    const { length } = work.accepted;
    const report = await work.store.verify();
    assert.deepEqual([report.ok, report.damaged, report.problems], [
      true,
      [],
      [],
    ]);
    assert.ok(report.records.copy >= length, `${report.records.copy}`);
    await work.untilMore();
  }
});
