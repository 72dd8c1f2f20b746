import assert from "node:assert/strict";
import fc from "fast-check";
import { SeqDeque, type Sequenced } from "../../core/seq_deque.ts";
import { RUNS } from "./arbitraries/runs.ts";

type Model = Sequenced[];
type Real = SeqDeque<Sequenced>;
type Command = fc.Command<Model, Real>;

/** Adds so many, from a seq on: the next ones, old ones, or ones that are there. */
class Push implements Command {
  constructor(readonly seq: number, readonly count: number) {}
  check = () => true;
  run(model: Model, real: Real): void {
    for (let more = 0; more < this.count; more++) {
      const item = { seq: this.seq + more };
      const place = model.findLastIndex(({ seq }) => seq <= item.seq) + 1;
      model.splice(place, 0, item);
      real.push(item);
    }
    agree(model, real);
  }
  toString = () => `push ${this.count} from ${this.seq}`;
}

class Shift implements Command {
  constructor(readonly count: number) {}
  check = () => true;
  run(model: Model, real: Real): void {
    for (let more = 0; more < this.count; more++) {
      assert.equal(real.first(), model[0]);
      assert.equal(real.shift(), model.shift());
    }
    agree(model, real);
  }
  toString = () => `shift ${this.count}`;
}

class Remove implements Command {
  constructor(readonly from: number, readonly count: number) {}
  check = (model: Readonly<Model>) => model.length > 0;
  run(model: Model, real: Real): void {
    const start = this.from % model.length;
    for (const item of model.splice(start, this.count)) {
      assert.equal(real.remove(item), true);
      assert.equal(real.remove(item), false);
      // It is the item that counts, not its place in the order.
      assert.equal(real.remove({ seq: item.seq }), false);
    }
    agree(model, real);
  }
  toString = () => `remove ${this.count} from the ${this.from}th on`;
}

class Clear implements Command {
  check = () => true;
  run(model: Model, real: Real): void {
    model.length = 0;
    real.clear();
    agree(model, real);
  }
  toString = () => "clear";
}

function agree(model: Model, real: Real): void {
  assert.equal(real.size, model.length);
  assert.equal(real.first(), model[0]);
  assert.deepEqual([...real], model);
  const most = Math.max(64, 8 * (model.length + 8));
  assert.ok(real.slots <= most, `${real.slots} slots for ${model.length}`);
}

Deno.test("SeqDeque holds what a sorted array would, in as little room", () => {
  const counts = fc.integer({ min: 1, max: 70 });
  const commands = fc.commands<Model, Real>([
    fc.tuple(fc.nat(300), counts).map((of) => new Push(...of)),
    fc.tuple(fc.nat(300), fc.constant(1)).map((of) => new Push(...of)),
    counts.map((count) => new Shift(count)),
    fc.tuple(fc.nat(200), counts).map((of) => new Remove(...of)),
    fc.tuple(fc.nat(200), fc.constant(1)).map((of) => new Remove(...of)),
    fc.constant(new Clear()),
  ], { size: "+1" });
  fc.assert(
    fc.property(commands, (commands) => {
      fc.modelRun(() => ({ model: [], real: new SeqDeque() }), commands);
    }),
    RUNS,
  );
});
