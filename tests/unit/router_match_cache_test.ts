import assert from "node:assert/strict";
import { MatchCache } from "../../router/match_cache.ts";

Deno.test("MatchCache forgets the topic that was remembered first", () => {
  const cache = new MatchCache<number>({ maxTopics: 2, maxMatches: 10 });
  for (const topic of ["a", "b", "c"]) cache.add(topic, [1]);
  assert.equal(cache.get("a"), undefined);
  assert.deepEqual([cache.get("b"), cache.get("c")], [[1], [1]]);
  assert.deepEqual([cache.topics, cache.matches], [2, 2]);
});

Deno.test("MatchCache takes one that comes again for the last, and not for the one it was", () => {
  const cache = new MatchCache<number>({ maxTopics: 2, maxMatches: 10 });
  for (const topic of ["a", "b"]) cache.add(topic, [1]);
  cache.delete("a");
  cache.add("a", [2]);
  cache.add("c", [3]);
  assert.equal(cache.get("b"), undefined);
  assert.deepEqual([cache.get("a"), cache.get("c")], [[2], [3]]);
});

Deno.test("MatchCache holds no more matches than it may, and none that are too many", () => {
  const cache = new MatchCache<number>({ maxTopics: 10, maxMatches: 3 });
  cache.add("a", [1, 2]);
  cache.add("b", [1, 2]);
  assert.deepEqual([cache.topics, cache.matches], [1, 2]);
  cache.add("c", [1, 2, 3, 4]);
  assert.equal(cache.get("c"), undefined);
  assert.deepEqual(cache.get("b"), [1, 2]);
  cache.clear();
  assert.deepEqual([cache.topics, cache.matches], [0, 0]);
});

Deno.test("MatchCache keeps its room however often topics come and go", () => {
  const cache = new MatchCache<number>({ maxTopics: 50, maxMatches: 100 });
  for (let index = 0; index < 10_000; index++) {
    const topic = `t${index % 70}`;
    if (cache.get(topic)) cache.delete(topic);
    else cache.add(topic, [index]);
    assert.ok(cache.topics <= 50);
    assert.equal(cache.matches, cache.topics);
    assert.ok(cache.held <= 2 * 50 + 32, `${cache.held}`);
  }
});
