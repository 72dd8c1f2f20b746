import assert from "node:assert/strict";
import fc from "fast-check";
import { LinearTable } from "../../router/linear_table.ts";
import { TrieTable } from "../../router/trie_table.ts";
import { testTopicTable } from "../../testing/router_conformance.ts";

testTopicTable({ name: "LinearTable", create: () => new LinearTable() });
testTopicTable({ name: "TrieTable", create: () => new TrieTable() });
testTopicTable({
  name: "TrieTable without a cache",
  create: () => new TrieTable({ maxCachedTopics: 0 }),
});
testTopicTable({
  name: "TrieTable with a cache of two topics and three matches",
  create: () => new TrieTable({ maxCachedTopics: 2, maxCachedMatches: 3 }),
});

const token = fc.constantFrom("a", "b", "c");
const topic = fc.array(token, { minLength: 1, maxLength: 5 })
  .map((tokens) => tokens.join("."));
const pattern = fc.tuple(
  fc.array(fc.constantFrom("a", "b", "*"), { maxLength: 4 }),
  fc.constantFrom("a", "c", "*", ">"),
).map(([tokens, last]) => [...tokens, last].join("."));
const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom("add" as const, "remove" as const),
    pattern,
    value: fc.constantFrom("1", "2", "3"),
  }),
  fc.record({ kind: fc.constant("match" as const), topic }),
);

Deno.test("TrieTable answers as LinearTable does, whatever comes and goes", () => {
  const steps = fc.array(step, { maxLength: 60, size: "max" });
  const limits = fc.record({
    maxCachedTopics: fc.nat(4),
    maxCachedMatches: fc.nat(6),
  });
  fc.assert(
    fc.property(steps, limits, (steps, limits) => {
      const model = new LinearTable<string>();
      const trie = new TrieTable<string>(limits);
      for (const step of steps) {
        if (step.kind === "match") {
          assert.deepEqual(
            [...trie.match(step.topic)],
            [...model.match(step.topic)],
          );
        } else {
          assert.equal(
            trie[step.kind](step.pattern, step.value),
            model[step.kind](step.pattern, step.value),
          );
        }
        assert.equal(trie.size, model.size);
        assert.deepEqual(trie.patterns(), model.patterns());
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("TrieTable matches names, with their empty tokens, as LinearTable does", () => {
  const name = fc.array(fc.constantFrom("a", "b", ".", "/", ":"), {
    minLength: 1,
    maxLength: 8,
  }).map((characters) => characters.join(""));
  const entries = fc.array(fc.oneof(pattern, name), { maxLength: 10 });
  fc.assert(
    fc.property(entries, fc.array(name), (entries, names) => {
      const model = new LinearTable<number>();
      const trie = new TrieTable<number>();
      for (const [value, entry] of entries.entries()) {
        model.add(entry, value);
        trie.add(entry, value);
      }
      for (const name of names) {
        assert.deepEqual([...trie.match(name)], [...model.match(name)]);
      }
    }),
    { numRuns: 1_000 },
  );
});
