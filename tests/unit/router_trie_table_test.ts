import assert from "node:assert/strict";
import { TokenTrie } from "../../router/token_trie.ts";
import { TrieTable } from "../../router/trie_table.ts";

Deno.test("TokenTrie.delete() takes every branch that is left bare", () => {
  const trie = new TokenTrie();
  const patterns = ["a.b.*", "a.b.>", "a.*.c", "*.>", ">", "a.b.c.d.*"];
  for (const pattern of patterns) trie.set(pattern, {});
  assert.equal(trie.branches, 9);
  trie.delete("a.b.c.d.*");
  assert.equal(trie.branches, 6);
  trie.delete("not.there.*");
  assert.equal(trie.branches, 6);
  for (const pattern of patterns) trie.delete(pattern);
  assert.equal(trie.branches, 0);
  assert.deepEqual(trie.match("a.b.c"), []);
});

Deno.test("TrieTable remembers no more topics than it may", () => {
  const table = new TrieTable({ maxCachedTopics: 3 });
  table.add("t.*", 1);
  for (let n = 0; n < 10; n++) table.match(`t${n}`);
  assert.equal(table.cachedTopics, 3);
});

Deno.test("TrieTable remembers no more matches than it may", () => {
  const table = new TrieTable<number>({ maxCachedMatches: 5 });
  for (const value of [1, 2]) table.add("t.*", value);
  for (let n = 0; n < 10; n++) table.match(`t.${n}`);
  assert.equal(table.cachedMatches, 4);
  assert.equal(table.cachedTopics, 2);
  for (const value of [3, 4, 5, 6]) table.add("t.*", value);
  assert.equal(table.cachedMatches, 0);
  table.match("other");
  assert.equal(table.match("t.1").length, 6);
  assert.equal(table.cachedTopics, 1, "only the other is remembered");
});

Deno.test("TrieTable forgets only the topic that an entry without wildcards is for", () => {
  const table = new TrieTable<number>();
  table.add("other.*", 0);
  table.add("a", 1);
  table.match("a");
  table.match("b");
  const kept = table.match("b");
  table.add("a", 2);
  assert.equal(table.cachedTopics, 1);
  assert.equal(table.cachedMatches, 0);
  assert.equal(table.match("b"), kept);
});

Deno.test("TrieTable remembers nothing where there are no wildcards, nor once they have gone", () => {
  const table = new TrieTable<number>();
  table.add("a", 1);
  const found = table.match("a");
  assert.equal(table.match("a"), found);
  assert.equal(table.cachedTopics, 0);
  table.add("a.*", 2);
  table.match("a");
  assert.equal(table.cachedTopics, 1);
  table.remove("a.*", 2);
  table.match("a");
  assert.equal(table.cachedTopics, 0);
});

Deno.test("TrieTable refuses limits that are no whole numbers from 0", () => {
  for (const limit of [-1, 1.5, NaN, Infinity]) {
    assert.throws(() => new TrieTable({ maxCachedTopics: limit }), RangeError);
    assert.throws(() => new TrieTable({ maxCachedMatches: limit }), RangeError);
  }
});

Deno.test("TrieTable serves tens of thousands of patterns", () => {
  // A look at every pattern for every topic would be 4 * 10^8 comparisons.
  const table = new TrieTable<number>();
  for (let n = 0; n < 20_000; n++) table.add(`jobs.n${n}.*.done`, n);
  for (let n = 0; n < 20_000; n++) {
    assert.deepEqual(table.match(`jobs.n${n}.build.done`), [n]);
  }
  for (let n = 0; n < 20_000; n++) table.remove(`jobs.n${n}.*.done`, n);
  assert.equal(table.size, 0);
  assert.equal(table.branches, 0);
});

Deno.test("TrieTable visits few branches for a hostile set of patterns", () => {
  // Every mix of a and * over 12 tokens: a topic of a's alone agrees with all.
  const table = new TrieTable<number>();
  for (let n = 0; n < 4_096; n++) {
    const tokens = Array.from({ length: 12 }, (_, i) => n >> i & 1 ? "*" : "a");
    table.add(tokens.join("."), n);
  }
  assert.equal(table.match(Array(12).fill("a").join(".")).length, 4_096);
  assert.equal(table.match(Array(12).fill("b").join(".")).length, 1);
});
