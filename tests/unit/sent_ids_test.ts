import assert from "node:assert/strict";
import { Decision } from "../../bus/decision.ts";
import { wordsOfBytes, wordsOfText } from "../../bus/id_words.ts";
import { SentIds } from "../../bus/sent_ids.ts";

const ID = "01977421-3fd2-7308-b29c-32421b8c9fd3";

Deno.test("wordsOfText() and wordsOfBytes() read a UUID as four numbers, and nothing else", () => {
  const words = new Uint32Array(4);
  assert.ok(wordsOfText(ID, words));
  assert.deepEqual([...words], [
    0x01977421,
    0x3fd27308,
    0xb29c3242,
    0x1b8c9fd3,
  ]);
  const bytes = new TextEncoder().encode(`xx${ID}`);
  const same = new Uint32Array(4);
  assert.ok(wordsOfBytes(bytes, 2, same));
  assert.deepEqual(same, words);
  const others = [
    "",
    ID.slice(1),
    `${ID}0`,
    ID.toUpperCase(),
    ID.replace("b29c", "b29g"),
    ID.replace("3f", "3é"),
  ];
  for (const other of others) assert.ok(!wordsOfText(other, words), other);
  // Each character counts.
  for (let at = 0; at < ID.length; at++) {
    const wrong = `${ID.slice(0, at)}_${ID.slice(at + 1)}`;
    assert.ok(!wordsOfText(wrong, words), wrong);
  }
});

Deno.test("SentIds tells nobody's late answer of what has taken a place since", () => {
  const sent = new SentIds(2, 1);
  const wordsOf = (id: number) => Uint32Array.of(id, 0, 0, 0);
  const first = sent.add("a", wordsOf(1), 10);
  const told = new Decision();
  sent.become(first, told);
  sent.add("a", wordsOf(2), 10);
  const third = sent.add("a", wordsOf(3), 10);
  assert.equal(sent.find("a", wordsOf(1)), -1);
  sent.become(first, "m1", told);
  assert.equal(sent.sentAs(third), undefined);
  sent.become(third, told);
  sent.become(third, "m3");
  assert.equal(sent.sentAs(third), told, "it was not as it is thought to be");
});

Deno.test("SentIds gives its room back when all are forgotten", () => {
  const sent = new SentIds(100_000, 1);
  for (let id = 0; id < 1_000; id++) {
    sent.add("a", Uint32Array.of(id, 0, 0, 0), id);
  }
  sent.forgetUntil(998);
  assert.equal(sent.size, 1);
  assert.ok(sent.find("a", Uint32Array.of(999, 0, 0, 0)) >= 0);
  sent.forgetUntil(999);
  assert.equal(sent.size, 0);
  assert.equal(sent.find("a", Uint32Array.of(999, 0, 0, 0)), -1);
  sent.add("a", Uint32Array.of(999, 0, 0, 0), 1_000);
  assert.ok(sent.find("a", Uint32Array.of(999, 0, 0, 0)) >= 0);
});
