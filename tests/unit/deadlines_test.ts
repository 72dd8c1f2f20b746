import assert from "node:assert/strict";
import fc from "fast-check";
import { type Clock, systemClock } from "../../core/clock.ts";
import { type Deadline, Deadlines } from "../../core/deadlines.ts";
import { LIMITS } from "../../core/limits.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

/** A clock whose one timer the test fires itself, whenever it likes. */
class HandClock implements Clock {
  nowMs = 0;
  delaysMs: number[] = [];
  #pending: (() => void) | undefined;

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.nowMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    assert.equal(this.#pending, undefined, "a second timer was set");
    this.delaysMs.push(delayMs);
    this.#pending = callback;
    return () => {
      if (this.#pending === callback) this.#pending = undefined;
    };
  }

  get isArmed(): boolean {
    return this.#pending !== undefined;
  }

  fire(): void {
    const callback = this.#pending;
    assert.ok(callback, "no timer is set");
    this.#pending = undefined;
    callback();
  }
}

Deno.test("Deadlines calls in the order of time, ties in the order of adding", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const calls: string[] = [];
  for (const [atMs, name] of [[30, "c"], [10, "a"], [20, "b1"], [20, "b2"]]) {
    deadlines.add(
      Number(atMs),
      () => calls.push(`${name}@${clock.monotonic()}`),
    );
  }
  await clock.advance(9);
  assert.deepEqual(calls, []);
  await clock.advance(100);
  assert.deepEqual(calls, ["a@10", "b1@20", "b2@20", "c@30"]);
  assert.equal(deadlines.size, 0);
  assert.equal(clock.timers, 0);
});

Deno.test("Deadlines.add() never calls before it returns", async () => {
  const clock = new VirtualClock();
  await clock.advance(100);
  const deadlines = new Deadlines(clock);
  let called = false;
  deadlines.add(50, () => called = true);
  assert.equal(called, false);
  await clock.advance(0);
  assert.equal(called, true);
});

Deno.test("Deadlines.add() refuses a time that is no finite number", () => {
  const deadlines = new Deadlines(new VirtualClock());
  for (const atMs of [NaN, Infinity, -Infinity]) {
    assert.throws(() => deadlines.add(atMs, () => {}), RangeError);
  }
  assert.equal(deadlines.size, 0);
});

Deno.test("Deadlines sets one timer, and another only for an earlier deadline", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  deadlines.add(100, () => {});
  deadlines.add(200, () => {});
  deadlines.add(100, () => {});
  assert.deepEqual(clock.delaysMs, [100]);
  deadlines.add(50, () => {});
  assert.deepEqual(clock.delaysMs, [100, 50]);
});

Deno.test("Deadlines.remove() takes a deadline back for good", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const calls: number[] = [];
  const held = [5, 3, 9, 1, 7].map((atMs) =>
    deadlines.add(atMs, () => calls.push(atMs))
  );
  for (const index of [1, 3, 1]) {
    const deadline = held[index];
    assert.ok(deadline);
    deadlines.remove(deadline);
  }
  assert.equal(deadlines.size, 3);
  await clock.advance(10);
  assert.deepEqual(calls, [5, 7, 9]);
  for (const deadline of held) deadlines.remove(deadline);
  assert.equal(deadlines.size, 0);
});

Deno.test("Deadlines.remove() leaves another's deadlines alone", () => {
  const one = new Deadlines(new VirtualClock());
  const other = new Deadlines(new VirtualClock());
  one.add(1, () => {});
  const foreign = other.add(1, () => {});
  one.remove(foreign);
  one.remove({ atMs: 1 });
  assert.equal(one.size, 1);
  assert.equal(other.size, 1);
});

Deno.test("Deadlines.remove() keeps the timer while a deadline is left, and ends it with the last", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  const calls: number[] = [];
  const first = deadlines.add(10, () => calls.push(10));
  const second = deadlines.add(20, () => calls.push(20));
  deadlines.remove(first);
  assert.deepEqual(clock.delaysMs, [10]);
  clock.nowMs = 10;
  clock.fire();
  assert.deepEqual(calls, []);
  assert.deepEqual(clock.delaysMs, [10, 10]);
  deadlines.remove(second);
  assert.equal(clock.isArmed, false);
});

Deno.test("Deadlines with idleMs keeps an idle timer that long, and no longer", async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock, { idleMs: 50 });
  for (let n = 0; n < 1_000; n++) {
    deadlines.remove(deadlines.add(1_000 + n, () => {}));
  }
  assert.equal(clock.timers, 2, "the timer, and one that looks after it");
  await clock.advance(49);
  assert.equal(clock.timers, 2);
  await clock.advance(1);
  assert.equal(clock.timers, 0);

  deadlines.remove(deadlines.add(2_000, () => {}));
  let calls = 0;
  deadlines.add(3_000, () => calls++);
  await clock.advance(50);
  assert.equal(clock.timers, 1, "a deadline that came meanwhile needs it");
  await clock.advance(2_950);
  assert.equal(calls, 1);

  deadlines.remove(deadlines.add(9_000, () => {}));
  deadlines.close();
  assert.equal(clock.timers, 0);
});

Deno.test("Deadlines never calls early, though a timer may fire early", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  let calls = 0;
  deadlines.add(10.5, () => calls++);
  assert.deepEqual(clock.delaysMs, [11]);
  clock.nowMs = 10.4;
  clock.fire();
  assert.equal(calls, 0);
  clock.nowMs = 10.5;
  clock.fire();
  assert.equal(calls, 1);
});

Deno.test("Deadlines waits longer than a timer can", async () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  let calls = 0;
  deadlines.add(LIMITS.maxDurationMs + 1_000, () => calls++);
  assert.deepEqual(clock.delaysMs, [LIMITS.maxDurationMs]);
  clock.nowMs = LIMITS.maxDurationMs;
  clock.fire();
  assert.equal(calls, 0);
  assert.deepEqual(clock.delaysMs, [LIMITS.maxDurationMs, 1_000]);
  clock.nowMs += 1_000;
  clock.fire();
  assert.equal(calls, 1);
  assert.equal(clock.isArmed, false);
  await Promise.resolve();
});

Deno.test("Deadlines makes every due call, then throws what one threw", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  const calls: string[] = [];
  deadlines.add(1, () => {
    throw new Error("first");
  });
  deadlines.add(2, () => calls.push("second"));
  deadlines.add(9, () => calls.push("later"));
  clock.nowMs = 5;
  assert.throws(() => clock.fire(), { message: "first" });
  assert.deepEqual(calls, ["second"]);
  assert.equal(clock.isArmed, true, "the timer for the rest is set");
});

Deno.test("Deadlines throws several errors together", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  for (const text of ["one", "two"]) {
    deadlines.add(1, () => {
      throw new Error(text);
    });
  }
  clock.nowMs = 5;
  assert.throws(() => clock.fire(), (error) => {
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(error.errors.map(String), ["Error: one", "Error: two"]);
    return true;
  });
});

Deno.test("Deadlines lets callbacks add and remove, and does not spin on one that adds", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  let calls = 0;
  const again = () => {
    calls++;
    deadlines.add(0, again);
  };
  deadlines.add(0, again);
  const removed = deadlines.add(4, () => assert.fail("it was removed"));
  deadlines.add(3, () => deadlines.remove(removed));
  clock.nowMs = 5;
  clock.fire();
  assert.equal(calls, 1);
  assert.equal(deadlines.size, 1);
  clock.fire();
  assert.equal(calls, 2);
  deadlines.close();
});

Deno.test("Deadlines calls past ones in the order of their times too", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  const calls: number[] = [];
  deadlines.add(100, () => {});
  clock.nowMs = 100;
  clock.fire();
  for (const atMs of [50, 20]) deadlines.add(atMs, () => calls.push(atMs));
  clock.fire();
  assert.deepEqual(calls, [20, 50]);
});

Deno.test("Deadlines.close() forgets everything, stops the timer, and may be called again", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  const deadline = deadlines.add(1, () => assert.fail("it was closed"));
  deadlines.close();
  deadlines.close();
  deadlines.remove(deadline);
  assert.equal(deadlines.size, 0);
  assert.equal(clock.isArmed, false);
  assert.throws(() => deadlines.add(1, () => {}), { code: "closed" });
});

Deno.test("Deadlines.close() within a callback stops the calls that are due too", () => {
  const clock = new HandClock();
  const deadlines = new Deadlines(clock);
  deadlines.add(1, () => deadlines.close());
  deadlines.add(2, () => assert.fail("it was closed"));
  clock.nowMs = 5;
  clock.fire();
  assert.equal(clock.isArmed, false);
});

Deno.test("Deadlines on the machine's clock is never early and leaves no timer", async () => {
  const deadlines = new Deadlines(systemClock, { idleMs: 5 });
  const dueMs = systemClock.monotonic() + 3.7;
  const firedMs = await new Promise<number>((resolve) => {
    deadlines.add(dueMs, () => resolve(systemClock.monotonic()));
  });
  assert.ok(firedMs >= dueMs, `${firedMs} is before ${dueMs}`);
  deadlines.remove(deadlines.add(dueMs + 60_000, () => {}));
  await new Promise<void>((resolve) => systemClock.schedule(6, resolve));
});

Deno.test("Deadlines keeps the order when many are removed from anywhere", async () => {
  const atMs = fc.array(fc.nat(1_000), { minLength: 50, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(
      atMs,
      fc.infiniteStream(fc.nat()),
      async (times, picks) => {
        const clock = new VirtualClock();
        const deadlines = new Deadlines(clock);
        const calls: number[] = [];
        const held = times.map((atMs) =>
          deadlines.add(atMs, () => calls.push(atMs))
        );
        for (let left = times.length; left > times.length / 2; left--) {
          const [gone] = held.splice(picks.next().value % held.length, 1);
          if (gone) deadlines.remove(gone);
        }
        await clock.advance(1_000);
        const expected = held.map(({ atMs }) => atMs).sort((a, b) => a - b);
        assert.deepEqual(calls, expected);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("Deadlines calls what the law says, whatever is added and removed", async () => {
  const step = fc.record({
    do: fc.constantFrom("add", "add", "remove", "advance"),
    n: fc.nat(50),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60, size: "max" }),
      fc.boolean(),
      async (steps, keepsIdle) => {
        const clock = new VirtualClock();
        const idleMs = keepsIdle ? 20 : 0;
        const deadlines = new Deadlines(clock, { idleMs });
        const held: { deadline: Deadline; id: number }[] = [];
        const calls: number[] = [];
        const expected: number[] = [];
        for (const [id, { do: what, n }] of steps.entries()) {
          if (what === "add") {
            const deadline = deadlines.add(
              clock.monotonic() + n,
              () => calls.push(id),
            );
            held.push({ deadline, id });
          } else if (what === "remove") {
            const [gone] = held.splice(n % (held.length || 1), 1);
            if (gone) deadlines.remove(gone.deadline);
          } else {
            await clock.advance(n);
            const due = held
              .filter(({ deadline }) => deadline.atMs <= clock.monotonic())
              .sort((a, b) => a.deadline.atMs - b.deadline.atMs || a.id - b.id);
            expected.push(...due.map(({ id }) => id));
            for (const gone of due) held.splice(held.indexOf(gone), 1);
          }
          assert.deepEqual(calls, expected);
          assert.equal(deadlines.size, held.length);
          const least = held.length > 0 ? 1 : 0;
          if (!keepsIdle) assert.equal(clock.timers, least);
          assert.ok(clock.timers >= least && clock.timers <= 2);
        }
        for (const { deadline } of held) deadlines.remove(deadline);
        await clock.advance(idleMs);
        assert.equal(clock.timers, 0);
      },
    ),
    { numRuns: 300 },
  );
});
