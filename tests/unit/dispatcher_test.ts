import assert from "node:assert/strict";
import { type Dispatchable, Dispatcher } from "../../bus/dispatcher.ts";
import type { Tasks } from "../../core/tasks.ts";

/** Tasks that run when the test says so; `turns` counts the pauses asked for. */
class HandTasks implements Tasks {
  pauses = 0;
  readonly #due: (() => void)[] = [];

  soon(task: () => void): void {
    this.#due.push(task);
  }

  later(task: () => void): void {
    this.pauses++;
    this.#due.push(task);
  }

  get size(): number {
    return this.#due.length;
  }

  runOne(): void {
    this.#due.shift()?.();
  }

  runAll(): void {
    while (this.#due.length > 0) this.runOne();
  }
}

/** Holds a number of items, and notes each that it hands out. */
class Box implements Dispatchable {
  queued = false;
  constructor(
    readonly name: string,
    public left: number,
    readonly log: string[],
  ) {}

  dispatch(max: number): number {
    const started = Math.min(max, this.left);
    this.left -= started;
    this.log.push(`${this.name}${started}`);
    return started;
  }
}

Deno.test("Dispatcher.wake() hands out after the code that woke it, once", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  const box = new Box("a", 3, log);
  dispatcher.wake(box);
  dispatcher.wake(box);
  assert.deepEqual(log, []);
  assert.equal(tasks.size, 1);
  tasks.runAll();
  assert.deepEqual(log, ["a3"]);
  assert.equal(box.queued, false);
});

Deno.test("Dispatcher.answerFirst() hands out after what the task has put off", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  const answer = () => tasks.soon(() => log.push("answer"));
  dispatcher.answerFirst(() => {
    dispatcher.wake(new Box("a", 1, log));
    dispatcher.wake(new Box("b", 1, log));
    answer();
  });
  assert.deepEqual(log, []);
  tasks.runAll();
  assert.deepEqual(log, ["answer", "a1", "b1"]);
  // Whoever was woken before need not wait for it.
  dispatcher.wake(new Box("c", 1, log));
  dispatcher.answerFirst(answer);
  tasks.runAll();
  assert.deepEqual(log.slice(3), ["c1", "answer"]);
  assert.equal(tasks.size, 0);
});

Deno.test("Dispatcher.answerFirst() hands out what was woken by a task that throws, and by one that runs meanwhile", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  assert.throws(() =>
    dispatcher.answerFirst(() => {
      dispatcher.wake(new Box("a", 1, log));
      throw new Error("broken");
    })
  );
  tasks.runAll();
  assert.deepEqual(log, ["a1"]);
  dispatcher.wake({
    queued: false,
    dispatch: () => {
      dispatcher.answerFirst(() => dispatcher.wake(new Box("b", 1, log)));
      return 1;
    },
  });
  tasks.runAll();
  assert.deepEqual(log, ["a1", "b1"]);
});

Deno.test("Dispatcher serves the busy and the others in turns of 64", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  dispatcher.wake(new Box("a", 150, log));
  dispatcher.wake(new Box("b", 2, log));
  tasks.runAll();
  assert.deepEqual(log, ["a64", "b2", "a64", "a22"]);
});

Deno.test("Dispatcher pauses for the rest of the process after every 1,024", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  const boxes = ["a", "b", "c"].map((name) => new Box(name, 1_000, log));
  for (const box of boxes) dispatcher.wake(box);
  tasks.runAll();
  assert.ok(boxes.every(({ left }) => left === 0));
  assert.equal(tasks.pauses, 2);
});

Deno.test("Dispatcher goes on, after a pause, with those whose turn it was", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  const boxes = Array.from(
    { length: 20 },
    (_, index) => new Box(`${index}:`, 65, log),
  );
  for (const box of boxes) dispatcher.wake(box);
  tasks.runOne();
  // 16 times 64 is the turn.
  assert.equal(log.length, 16);
  dispatcher.wake(new Box("late:", 1, log));
  tasks.runAll();
  // The first have one left each; they were woken anew before the turn ended.
  assert.deepEqual(log.slice(16, 20), ["16:64", "17:64", "18:64", "19:64"]);
  assert.equal(log[20], "0:1");
  assert.ok(log.indexOf("late:1") > log.indexOf("15:1"));
});

Deno.test("Dispatcher.wake() may be called by what it hands out", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  const other = new Box("b", 1, log);
  const first: Dispatchable = {
    queued: false,
    dispatch: () => {
      log.push("a");
      dispatcher.wake(other);
      return 1;
    },
  };
  dispatcher.wake(first);
  tasks.runAll();
  assert.deepEqual(log, ["a", "b1"]);
});

Deno.test("Dispatcher serves what is woken meanwhile in the same run", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  const second = new Box("b", 1, log);
  const first: Dispatchable = {
    queued: false,
    dispatch: () => {
      log.push("a1");
      dispatcher.wake(second);
      return 1;
    },
  };
  dispatcher.wake(first);
  tasks.runOne();
  assert.deepEqual(log, ["a1", "b1"]);
  assert.equal(tasks.size, 0);
});

Deno.test("Dispatcher.rest is there during the pause, and settles at its end", async () => {
  const tasks = new HandTasks();
  const dispatcher = new Dispatcher(tasks);
  dispatcher.wake(new Box("a", 1_100, []));
  const before = dispatcher.rest;
  assert.equal(before, undefined);
  tasks.runOne();
  const { rest } = dispatcher;
  assert.ok(rest);
  assert.equal(dispatcher.rest, rest);
  let isOver = false;
  const ended = rest.then(() => isOver = true);
  await Promise.resolve();
  assert.equal(isOver, false);
  tasks.runAll();
  assert.equal(dispatcher.rest, undefined);
  await ended;
});

Deno.test("Dispatcher.rest is there as soon as more is woken than one turn hands out, and settles when all is handed out", async () => {
  const tasks = new HandTasks();
  const dispatcher = new Dispatcher(tasks);
  const box = new Box("a", 2_500, []);
  for (let index = 0; index < 1_024; index++) dispatcher.wake(box);
  const before = dispatcher.rest;
  assert.equal(before, undefined);
  dispatcher.wake(box);
  let isOver = false;
  void dispatcher.rest?.then(() => isOver = true);
  const left: number[] = [];
  while (tasks.size > 0) {
    tasks.runOne();
    await Promise.resolve();
    left.push(isOver ? box.left - 1e6 : box.left);
  }
  assert.deepEqual(left, [1_476, 452, -1e6]);
  assert.equal(dispatcher.rest, undefined);
});

Deno.test("Dispatcher.rest settles without a pause where nobody takes what was woken", async () => {
  const tasks = new HandTasks();
  const dispatcher = new Dispatcher(tasks);
  const busy = new Box("a", 0, []);
  for (let index = 0; index < 2_000; index++) dispatcher.wake(busy);
  const { rest } = dispatcher;
  assert.ok(rest);
  tasks.runAll();
  await rest;
  assert.equal(tasks.pauses, 0);
  // What was woken before counts no more.
  for (let index = 0; index < 1_000; index++) dispatcher.wake(busy);
  assert.equal(dispatcher.rest, undefined);
});

Deno.test("L5 Dispatcher.rest settles after eight pauses where there is always more", async () => {
  const tasks = new HandTasks();
  const dispatcher = new Dispatcher(tasks);
  dispatcher.wake(new Box("a", Infinity, []));
  tasks.runOne();
  const overAt: number[] = [];
  const waitFrom = () => {
    void dispatcher.rest?.then(() => {
      overAt.push(pauses);
      waitFrom();
    });
  };
  let pauses = 0;
  waitFrom();
  for (; pauses < 20; pauses++) {
    tasks.runOne();
    await Promise.resolve();
  }
  assert.deepEqual(overAt, [7, 15]);
});

Deno.test("L5 Dispatcher goes on with the others after one that throws", () => {
  const tasks = new HandTasks();
  const log: string[] = [];
  const dispatcher = new Dispatcher(tasks);
  dispatcher.wake({
    queued: false,
    dispatch: () => {
      throw new Error("broken");
    },
  });
  dispatcher.wake(new Box("b", 1, log));
  assert.throws(() => tasks.runAll(), { message: "broken" });
  tasks.runAll();
  dispatcher.wake(new Box("c", 1, log));
  tasks.runAll();
  assert.deepEqual(log, ["b1", "c1"]);
});
