import assert from "node:assert/strict";
import fc from "fast-check";
import { type Deadline, Deadlines } from "../../core/deadlines.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { RUNS } from "./arbitraries/runs.ts";

interface Entry {
  readonly atMs: number;
  readonly name: number;
}

/** A list of what is to come, and of what was called. */
class Model {
  readonly clock: VirtualClock;
  readonly open: Entry[] = [];
  readonly tickets = new Map<number, Deadline>();
  readonly called: { name: number; atMs: number; nowMs: number }[] = [];
  names = 0;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  add(deadlines: Deadlines, delayMs: number, then: () => void): void {
    const name = this.names++;
    const atMs = this.clock.monotonic() + delayMs;
    this.open.push({ atMs, name });
    const ticket = deadlines.add(atMs, () => {
      const nowMs = this.clock.monotonic();
      this.called.push({ name, atMs, nowMs });
      this.remove(name);
      then();
    });
    this.tickets.set(name, ticket);
  }

  remove(name: number): void {
    const index = this.open.findIndex((one) => one.name === name);
    if (index >= 0) this.open.splice(index, 1);
  }
}

type Command = fc.AsyncCommand<Model, Deadlines>;

/** Adds one that, when it is called, adds others: due, past, or to come. */
class Add implements Command {
  constructor(readonly delayMs: number, readonly next: readonly number[]) {}
  check = () => true;
  run(model: Model, real: Deadlines): Promise<void> {
    model.add(real, this.delayMs, () => {
      for (const delayMs of this.next) model.add(real, delayMs, () => {});
    });
    return agree(model, real);
  }
  toString = () => `add in ${this.delayMs} ms, then ${this.next}`;
}

/** Adds one that, when it is called, takes another back. */
class AddRemover implements Command {
  constructor(readonly delayMs: number, readonly other: number) {}
  check = () => true;
  run(model: Model, real: Deadlines): Promise<void> {
    model.add(real, this.delayMs, () => takeBack(model, real, this.other));
    return agree(model, real);
  }
  toString = () => `add in ${this.delayMs} ms, to remove ${this.other}`;
}

/** Adds many that do nothing. */
class AddMany implements Command {
  constructor(readonly delaysMs: readonly number[]) {}
  check = () => true;
  run(model: Model, real: Deadlines): Promise<void> {
    for (const delayMs of this.delaysMs) model.add(real, delayMs, () => {});
    return agree(model, real);
  }
  toString = () => `add in ${this.delaysMs} ms`;
}

class Remove implements Command {
  constructor(readonly name: number) {}
  check = ({ names }: Readonly<Model>) => names > 0;
  run(model: Model, real: Deadlines): Promise<void> {
    takeBack(model, real, this.name);
    return agree(model, real);
  }
  toString = () => `remove ${this.name}`;
}

class Advance implements Command {
  constructor(readonly durationMs: number) {}
  check = () => true;
  async run(model: Model, real: Deadlines): Promise<void> {
    const before = model.called.length;
    await model.clock.advance(this.durationMs);
    const nowMs = model.clock.monotonic();
    // A timer drops fractions, so that a call may be up to a millisecond late.
    const missed = model.open.filter(({ atMs }) => atMs <= nowMs - 1);
    assert.deepEqual(missed, []);
    let lastMs = -Infinity;
    for (const { atMs, nowMs } of model.called.slice(before)) {
      assert.ok(nowMs >= atMs, "never before the time");
      assert.ok(nowMs >= lastMs);
      lastMs = nowMs;
    }
    await agree(model, real);
  }
  toString = () => `advance ${this.durationMs} ms`;
}

function takeBack(model: Model, real: Deadlines, name: number): void {
  const chosen = name % model.names;
  const ticket = model.tickets.get(chosen);
  if (ticket) real.remove(ticket);
  model.remove(chosen);
}

function agree({ clock, open }: Model, real: Deadlines): Promise<void> {
  assert.equal(real.size, open.length);
  assert.ok(clock.timers <= 1, "one timer for all");
  if (open.length === 0) assert.equal(clock.timers, 0);
  return Promise.resolve();
}

const delays = fc.oneof(
  fc.integer({ min: -5, max: 30 }),
  fc.constantFrom(0.25, 7.5),
);

Deno.test("Deadlines calls what a list would, on one timer, whatever its callbacks do", async () => {
  const commands = fc.commands<Model, Deadlines, false>([
    fc.tuple(delays, fc.array(delays, { maxLength: 3 }))
      .map((of) => new Add(...of)),
    fc.array(fc.nat(200), { minLength: 20, maxLength: 40 })
      .map((of) => new AddMany(of)),
    fc.tuple(delays, fc.nat()).map((of) => new AddRemover(...of)),
    fc.nat().map((name) => new Remove(name)),
    fc.nat().map((name) => new Remove(name)),
    fc.nat(20).map((durationMs) => new Advance(durationMs)),
  ], { size: "+1" });
  await fc.assert(
    fc.asyncProperty(commands, async (commands) => {
      const clock = new VirtualClock();
      const real = new Deadlines(clock);
      const model = new Model(clock);
      await fc.asyncModelRun(() => ({ model, real }), commands);
      await new Advance(1_000).run(model, real);
      const names = model.called.map(({ name }) => name);
      assert.equal(new Set(names).size, names.length, "each called once");
      assert.equal(real.size, 0);
    }),
    RUNS,
  );
});

Deno.test("Deadlines calls in the order of their times, ties in the order they were added", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(12)), async (delays) => {
      const clock = new VirtualClock();
      const deadlines = new Deadlines(clock);
      const called: number[] = [];
      for (const [name, atMs] of delays.entries()) {
        deadlines.add(atMs, () => called.push(name));
      }
      await clock.advance(12);
      const expected = [...delays.entries()]
        .toSorted(([, one], [, other]) => one - other)
        .map(([name]) => name);
      assert.deepEqual(called, expected);
    }),
    RUNS,
  );
});
