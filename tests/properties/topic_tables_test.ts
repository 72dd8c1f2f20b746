import assert from "node:assert/strict";
import fc from "fast-check";
import { LinearTable } from "../../router/linear_table.ts";
import { TrieTable } from "../../router/trie_table.ts";
import { RUNS } from "./arbitraries/runs.ts";
import { namePatterns, names, patterns, topics } from "./arbitraries/topics.ts";

type Model = LinearTable<string>;
type Real = TrieTable<string>;
type Command = fc.Command<Model, Real>;

class Add implements Command {
  constructor(readonly pattern: string, readonly value: string) {}
  check = () => true;
  run(model: Model, real: Real): void {
    model.add(this.pattern, this.value);
    real.add(this.pattern, this.value);
    agree(model, real);
  }
  toString = () => `add ${this.pattern} ${this.value}`;
}

class Remove implements Command {
  constructor(readonly pattern: string, readonly value: string) {}
  check = () => true;
  run(model: Model, real: Real): void {
    const { pattern, value } = this;
    assert.equal(real.remove(pattern, value), model.remove(pattern, value));
    agree(model, real);
  }
  toString = () => `remove ${this.pattern} ${this.value}`;
}

/** Takes out what is there: by chance alone that seldom happens. */
class RemoveKnown implements Command {
  constructor(readonly at: number, readonly value: string) {}
  check = (model: Readonly<Model>) => model.size > 0;
  run(model: Model, real: Real): void {
    const known = model.patterns();
    const pattern = known[this.at % known.length] ?? "";
    new Remove(pattern, this.value).run(model, real);
  }
  toString = () => `remove the ${this.at}th ${this.value}`;
}

class Match implements Command {
  constructor(readonly topic: string) {}
  check = () => true;
  run(model: Model, real: Real): void {
    const found = real.match(this.topic);
    assert.deepEqual([...found], [...model.match(this.topic)]);
  }
  toString = () => `match ${this.topic}`;
}

function agree(model: Model, real: Real): void {
  assert.equal(real.size, model.size);
  assert.deepEqual(real.patterns(), model.patterns());
  if (real.cachedTopics === 0) assert.equal(real.cachedMatches, 0);
}

const values = fc.constantFrom("1", "2", "3");
const limits = fc.record({
  maxCachedTopics: fc.nat(4),
  maxCachedMatches: fc.nat(6),
});

const SUBJECTS = {
  "patterns and topics": { patterns, topics },
  "name patterns and names": { patterns: namePatterns, topics: names },
};

for (const [subject, { patterns, topics }] of Object.entries(SUBJECTS)) {
  Deno.test(`TrieTable answers as LinearTable does over ${subject}, with caches of any size`, () => {
    const commands = fc.commands<Model, Real>([
      fc.tuple(patterns, values).map((of) => new Add(...of)),
      fc.tuple(patterns, values).map((of) => new Remove(...of)),
      fc.tuple(fc.nat(20), values).map((of) => new RemoveKnown(...of)),
      topics.map((topic) => new Match(topic)),
      topics.map((topic) => new Match(topic)),
    ], { size: "+1" });
    fc.assert(
      fc.property(commands, limits, (commands, limits) => {
        const model = new LinearTable<string>();
        const real = new TrieTable<string>(limits);
        fc.modelRun(() => ({ model, real }), commands);
        const { cachedTopics, cachedMatches } = real;
        assert.ok(cachedTopics <= limits.maxCachedTopics);
        assert.ok(cachedMatches <= limits.maxCachedMatches);
      }),
      RUNS,
    );
  });
}

Deno.test("TrieTable without entries takes no memory, whatever was in it", () => {
  const entries = fc.array(fc.tuple(namePatterns, values));
  fc.assert(
    fc.property(entries, names, (entries, name) => {
      const table = new TrieTable<string>();
      for (const entry of entries) table.add(...entry);
      table.match(name);
      for (const entry of entries) table.remove(...entry);
      assert.deepEqual(
        [table.size, table.branches, table.patterns(), table.match(name)],
        [0, 0, [], []],
      );
    }),
    RUNS,
  );
});
