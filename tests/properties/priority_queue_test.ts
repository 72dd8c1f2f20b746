import assert from "node:assert/strict";
import fc from "fast-check";
import { type Prioritised, PriorityQueue } from "../../core/priority_queue.ts";
import { RUNS } from "./arbitraries/runs.ts";

/** A list that is looked through from end to end each time. */
class Model {
  readonly items: Prioritised[] = [];
  /** Taken out, to be put back as a redelivered copy is. */
  readonly taken: Prioritised[] = [];
  readonly agingStepMs: number;
  nowMs = 0;
  seq = 0;

  constructor(agingStepMs: number) {
    this.agingStepMs = agingStepMs;
  }

  effective({ priority, acceptedAt }: Prioritised): number {
    const risen = Math.floor((this.nowMs - acceptedAt) / this.agingStepMs);
    return Math.min(100, priority + risen);
  }

  best(): Prioritised | undefined {
    return this.items.toSorted((one, other) =>
      this.effective(other) - this.effective(one) || one.seq - other.seq
    )[0];
  }

  remove(item: Prioritised | undefined): boolean {
    const index = this.items.findIndex((one) => one === item);
    if (index < 0) return false;
    this.taken.push(...this.items.splice(index, 1));
    return true;
  }
}

type Real = PriorityQueue<Prioritised>;
type Command = fc.Command<Model, Real>;

class Push implements Command {
  constructor(readonly priority: number) {}
  check = () => true;
  run(model: Model, real: Real): void {
    const { priority } = this;
    const item = { seq: model.seq++, priority, acceptedAt: model.nowMs };
    model.items.push(item);
    real.push(item);
    agree(model, real);
  }
  toString = () => `push ${this.priority}`;
}

class PutBack implements Command {
  constructor(readonly at: number) {}
  check = ({ taken }: Readonly<Model>) => taken.length > 0;
  run(model: Model, real: Real): void {
    const [item] = model.taken.splice(this.at % model.taken.length, 1);
    assert.ok(item);
    model.items.push(item);
    real.push(item);
    agree(model, real);
  }
  toString = () => `put back the ${this.at}th`;
}

class Pop implements Command {
  check = () => true;
  run(model: Model, real: Real): void {
    const best = model.best();
    assert.equal(real.peek(() => model.nowMs), best);
    assert.equal(real.pop(() => model.nowMs), best, "P1");
    model.remove(best);
    agree(model, real);
  }
  toString = () => "pop";
}

class Remove implements Command {
  constructor(readonly at: number) {}
  check = ({ items }: Readonly<Model>) => items.length > 0;
  run(model: Model, real: Real): void {
    const item = model.items[this.at % model.items.length];
    assert.ok(item);
    assert.equal(real.remove(item), model.remove(item));
    assert.equal(real.remove(item), false);
    agree(model, real);
  }
  toString = () => `remove the ${this.at}th`;
}

class Wait implements Command {
  constructor(readonly durationMs: number) {}
  check = () => true;
  run(model: Model): void {
    model.nowMs += this.durationMs;
  }
  toString = () => `wait ${this.durationMs} ms`;
}

class Clear implements Command {
  check = () => true;
  run(model: Model, real: Real): void {
    model.taken.push(...model.items.splice(0));
    real.clear();
    agree(model, real);
  }
  toString = () => "clear";
}

function agree({ items }: Model, real: Real): void {
  assert.equal(real.size, items.length);
  const bySeq = items.toSorted((one, other) => one.seq - other.seq);
  assert.equal(real.oldest(), bySeq[0]);
  assert.deepEqual(
    [...real],
    bySeq.toSorted((one, other) => other.priority - one.priority),
  );
}

const priorities = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.constantFrom(0, 49, 50, 51, 100),
);

Deno.test("P1, P2: PriorityQueue takes what a sorted list would, as items age, leave and come back", () => {
  const commands = fc.commands<Model, Real>([
    priorities.map((priority) => new Push(priority)),
    priorities.map((priority) => new Push(priority)),
    fc.nat(30).map((at) => new PutBack(at)),
    fc.constant(new Pop()),
    fc.nat(30).map((at) => new Remove(at)),
    fc.nat(3_000).map((durationMs) => new Wait(durationMs)),
    fc.constant(new Clear()),
  ], { size: "+1" });
  const steps = fc.constantFrom(1, 10, 250.5, 1_000, Infinity);
  fc.assert(
    fc.property(commands, steps, (commands, agingStepMs) => {
      const real = new PriorityQueue<Prioritised>({ agingStepMs });
      fc.modelRun(() => ({ model: new Model(agingStepMs), real }), commands);
    }),
    RUNS,
  );
});

Deno.test("P2: nothing that is accepted (100 − p) steps later goes before an item of priority p", () => {
  const arrivals = fc.array(
    fc.record({ priority: priorities, gapMs: fc.nat(400) }),
    { minLength: 1, maxLength: 60 },
  );
  const agingStepMs = 10;
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 5 }), (arrivals, each) => {
      const queue = new PriorityQueue<Prioritised>({ agingStepMs });
      const taken: Prioritised[] = [];
      let nowMs = 0;
      for (const [seq, { priority, gapMs }] of arrivals.entries()) {
        nowMs += gapMs;
        queue.push({ seq, priority, acceptedAt: nowMs });
        const item = seq % each === 0 ? queue.pop(() => nowMs) : undefined;
        if (item) taken.push(item);
      }
      for (;;) {
        const item = queue.pop(() => nowMs);
        if (!item) break;
        taken.push(item);
      }
      for (const [place, item] of taken.entries()) {
        const overtaken = taken.slice(0, place).filter(({ acceptedAt }) =>
          acceptedAt >= item.acceptedAt + (100 - item.priority) * agingStepMs &&
          acceptedAt > item.acceptedAt
        );
        assert.deepEqual(overtaken, []);
      }
    }),
    RUNS,
  );
});

Deno.test("O1: items of one priority leave in the order they came, whatever the time", () => {
  const arrivals = fc.array(fc.tuple(priorities, fc.nat(5_000)));
  fc.assert(
    fc.property(arrivals, fc.nat(1_000_000), (arrivals, lastMs) => {
      const queue = new PriorityQueue<Prioritised>();
      let acceptedAt = 0;
      for (const [seq, [priority, gapMs]] of arrivals.entries()) {
        acceptedAt += gapMs;
        queue.push({ seq, priority, acceptedAt });
      }
      const last = new Map<number, number>();
      for (;;) {
        const item = queue.pop(() => acceptedAt + lastMs);
        if (!item) break;
        assert.ok(item.seq > (last.get(item.priority) ?? -1));
        last.set(item.priority, item.seq);
      }
    }),
    RUNS,
  );
});
