import assert from "node:assert/strict";
import {
  Journal,
  type JournalCompanion,
  type JournalEntry,
  type Together,
} from "../../bus/durable/journal.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { LIMITS } from "../../core/limits.ts";
import { systemTasks } from "../../core/tasks.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import type { Change } from "../../storage/store.ts";
import { VirtualClock } from "../../testing/mod.ts";
import { MortalStore } from "../support/durable_lives.ts";

function put(key: number): Change {
  const bytes = Uint8Array.of(key);
  return { type: "put", kind: "copy", key, body: bytes, state: bytes };
}

const NOTHING: Together = { changes: [], committed: () => {} };
const NOBODY: JournalCompanion = {
  gather: () => {},
  take: () => NOTHING,
  again: () => NOTHING,
};

async function withJournal(
  use: (parts: {
    journal: Journal;
    store: MortalStore;
    clock: VirtualClock;
    commits: () => string[];
  }) => Promise<void>,
  {
    store = new MortalStore(memoryStore()),
    tellAll = (task: () => void) => task(),
    companion = NOBODY,
  } = {},
): Promise<void> {
  for await (const _ of store.open());
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const journal = new Journal({
    ...{ clock, deadlines, store, tasks: systemTasks },
    tellAll,
    companion,
    onTrouble: () => {},
  });
  const commits = () =>
    store.commits.map((changes) => changes.map(({ key }) => key).join("+"));
  await use({ journal, store, clock, commits });
  await journal.close();
  deadlines.close();
}

const lazy = (key: number): JournalEntry => ({
  changes: [put(key)],
  grows: false,
  isLazy: true,
});

Deno.test("Journal tells its companion of each entry that waits, of those a commit takes and of those that are made again", async () => {
  const told: string[] = [];
  const names = new Map<JournalEntry, string>();
  const namesOf = (entries: readonly JournalEntry[]) =>
    entries.map((entry) => names.get(entry)).join("+");
  const tell = (text: string) => {
    told.push(text);
    return NOTHING;
  };
  const companion: JournalCompanion = {
    gather: (entry) => void tell(`gather ${names.get(entry)}`),
    take: (entries, waiting) =>
      tell(`take ${namesOf(entries)} of ${namesOf(waiting)}`),
    again: (entries) => tell(`again ${namesOf(entries)}`),
  };
  await withJournal(async ({ journal, store, clock }) => {
    const write = (name: string, grows: boolean, changes = 1) => {
      const entry = { changes: new Array(changes).fill(put(1)), grows };
      names.set(entry, name);
      journal.write(entry);
    };
    const most = LIMITS.maxCommitChanges;
    write("a", true);
    write("b", true, most - 1);
    write("c", true);
    await clock.advance(0);
    store.isBroken = true;
    write("d", true);
    write("e", false);
    await clock.advance(0);
    store.isBroken = false;
    await clock.advance(LIMITS.commitRetryMs);
  }, { companion });
  assert.deepEqual(told.slice(0, 10), [
    ...["gather a", "gather b", "gather c", "take a+b of c", "take c of "],
    ...["gather d", "gather e", "take d+e of ", "again e", "gather e"],
  ]);
  assert.ok(told.some((text) => text.startsWith("take e")));
});

Deno.test("Journal tells all whose entries one commit has made in one go", async () => {
  const told: string[] = [];
  const tellAll = (task: () => void) => {
    told.push("(");
    task();
    told.push(")");
  };
  await withJournal(
    async ({ journal }) => {
      for (const name of ["a", "b", "c"]) {
        const done = () => void told.push(name);
        journal.write({ changes: [put(told.length + 1)], grows: true, done });
      }
      await journal.close();
    },
    { tellAll },
  );
  assert.deepEqual(told, ["(", "a", "b", "c", ")"]);
});

Deno.test("Journal makes what nobody waits for when its time has come, with what somebody waits for then", () =>
  withJournal(async ({ journal, clock, commits }) => {
    const write = (key: number) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      journal.write({
        changes: [put(key)],
        grows: true,
        done: () => resolve(),
      });
      return promise;
    };
    journal.write(lazy(1));
    await clock.advance(LIMITS.lazyCommitMs / 2);
    journal.write(lazy(2));
    await write(3);
    await clock.advance(LIMITS.lazyCommitMs / 2 - 1);
    assert.deepEqual(commits(), ["3"]);
    await clock.advance(1);
    assert.deepEqual(commits(), ["3", "1"]);
    await clock.advance(LIMITS.lazyCommitMs / 2 - 1);
    assert.deepEqual(commits(), ["3", "1"]);
    await clock.advance(1);
    assert.deepEqual(commits(), ["3", "1", "2"]);
  }));

Deno.test("Journal writes nothing of what was taken out in time, and leaves what a commit has taken", () =>
  withJournal(async ({ journal, store, clock, commits }) => {
    const [first, second] = [lazy(1), lazy(2)].map((one) => ({
      ...one,
      changes: [...one.changes],
      isTaken: false,
    }));
    journal.write(first!);
    journal.write(second!);
    assert.equal(first!.isTaken, false);
    first!.changes.length = 0;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    store.held = held;
    await clock.advance(LIMITS.lazyCommitMs);
    assert.equal(second!.isTaken, true, "it is on its way");
    release();
    await clock.advance(1);
    assert.deepEqual(commits(), ["2"]);
  }));

Deno.test("Journal makes what nobody waits for a moment later, also what came during a commit", () =>
  withJournal(async ({ journal, store, clock, commits }) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    store.held = held;
    journal.write({ changes: [put(1)], grows: true });
    await clock.advance(1);
    journal.write(lazy(2));
    release();
    await clock.advance(1);
    assert.deepEqual(commits(), ["1"]);
    await clock.advance(LIMITS.lazyCommitMs);
    assert.deepEqual(commits(), ["1", "2"]);
    journal.write(lazy(3));
    await clock.advance(LIMITS.lazyCommitMs);
    assert.deepEqual(commits(), ["1", "2", "3"]);
  }));

Deno.test("Journal goes on after a failure, however much was taken out of what it had gathered", () =>
  withJournal(async ({ journal, store, clock, commits }) => {
    store.isBroken = true;
    journal.write({ changes: [put(1)], grows: false });
    // More than a call may have arguments.
    for (let count = 0; count < 300_000; count++) {
      journal.write({ changes: [], grows: false });
    }
    await clock.advance(1);
    assert.deepEqual(commits(), []);
    store.isBroken = false;
    await clock.advance(LIMITS.commitRetryMs);
    // With what finds out that the store works again.
    assert.deepEqual(commits(), ["1+0"]);
  }));

Deno.test("Journal.close() makes all that has gathered, whoever waits", () =>
  withJournal(async ({ journal, store, commits }) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    store.held = held;
    journal.write({ changes: [put(1)], grows: true });
    await Promise.resolve();
    journal.write(lazy(2));
    const closing = journal.close();
    release();
    await closing;
    assert.deepEqual(commits(), ["1", "2"]);
  }));

/** A store whose commits end when the test says so. */
class HandStore extends MortalStore {
  readonly log: string[] = [];
  readonly under: PromiseWithResolvers<void>[] = [];

  constructor() {
    super(memoryStore());
  }

  override commit(changes: readonly Change[]): Promise<void> {
    this.log.push(`begins ${changes.map(({ key }) => key).join("+")}`);
    const one = Promise.withResolvers<void>();
    this.under.push(one);
    return one.promise;
  }
}

Deno.test("Journal tells who waited for a commit when the next one is under way", () => {
  const store = new HandStore();
  const { log, under } = store;
  return withJournal(async ({ journal, clock }) => {
    const write = (key: number, then?: () => void) =>
      journal.write({
        changes: [put(key)],
        grows: true,
        done: (error) => {
          log.push(`${error ? "refused" : "made"} ${key}`);
          then?.();
        },
      });
    // What is written by who is told goes with the commit after that.
    write(1, () => write(4));
    await clock.advance(1);
    write(2);
    write(3);
    under.shift()?.resolve();
    await clock.advance(1);
    under.shift()?.reject(new Error("no"));
    await clock.advance(1);
    under.shift()?.resolve();
    await clock.advance(1);
    assert.deepEqual(log, [
      ...["begins 1", "begins 2+3", "made 1"],
      ...["refused 2", "refused 3", "begins 4", "made 4"],
    ]);
  }, { store });
});
