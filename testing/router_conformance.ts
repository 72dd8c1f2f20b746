import assert from "node:assert/strict";
import type { TopicTable } from "../core/topic_table.ts";
import { registerTest } from "./registration.ts";

/** What {@linkcode testTopicTable} tests. */
export interface TopicTableSubject {
  /** How the tests call the implementation. */
  name: string;
  /** Makes an empty table; called once a test. */
  create: () => TopicTable<string>;
}

/**
 * Registers one test for each rule that the interface `TopicTable` promises.
 * The letters and number of a rule stay the same when others come.
 */
export function testTopicTable({ name, create }: TopicTableSubject): void {
  for (const [rule, check] of Object.entries(RULES)) {
    registerTest({ name: `${name}: ${rule}`, fn: () => check(create()) });
  }
}

const RULES: Readonly<Record<string, (table: TopicTable<string>) => void>> = {
  "TT01 a new table is empty": (table) => {
    assert.equal(table.size, 0);
    assert.deepEqual(table.patterns(), []);
    assert.deepEqual([...table.match("a")], []);
  },

  "TT02 a pattern without wildcards stands for itself alone": (table) => {
    table.add("jobs.build", "it");
    assertMatches(table, {
      "jobs.build": ["it"],
      "jobs": [],
      "jobs.build.done": [],
      "jobs.builds": [],
      "Jobs.build": [],
    });
  },

  "TT03 a star stands for one whole token": (table) => {
    table.add("jobs.*.done", "middle");
    table.add("*.build.done", "first");
    table.add("jobs.build.*", "last");
    assertMatches(table, {
      "jobs.build.done": ["middle", "first", "last"],
      "jobs.test.done": ["middle"],
      "jobs.done": [],
      "jobs.build": [],
      "jobs.a.b.done": [],
      "jobs.build.a.b": [],
    });
  },

  "TT04 a greater-than stands for one or more tokens": (table) => {
    table.add("jobs.>", "below");
    table.add(">", "all");
    assertMatches(table, {
      "jobs.build": ["below", "all"],
      "jobs.build.done.a.b.c": ["below", "all"],
      "jobs": ["all"],
      "job.s": ["all"],
    });
  },

  "TT05 wildcards of one pattern work together": (table) => {
    table.add("*.*.>", "three or more");
    table.add("a.*.c.>", "mixed");
    assertMatches(table, {
      "a.b": [],
      "a.b.c": ["three or more"],
      "a.b.c.d": ["three or more", "mixed"],
      "a.b.x.d": ["three or more"],
    });
  },

  "TT06 match() gives values in the order their entries were added": (
    table,
  ) => {
    table.add("a.>", "1");
    table.add("a.b", "2");
    table.add("*.b", "3");
    table.add(">", "4");
    table.add("a.b", "5");
    table.add("a.>", "6");
    assertMatches(table, { "a.b": ["1", "2", "3", "4", "5", "6"] });
  },

  "TT07 a value with two matching entries is given twice": (table) => {
    table.add("a.b", "v");
    table.add("a.*", "v");
    assertMatches(table, { "a.b": ["v", "v"], "a.c": ["v"] });
    assert.equal(table.size, 2);
  },

  "TT08 adding an entry again changes nothing": (table) => {
    table.add("a", "first");
    table.add("a", "second");
    table.add("a", "first");
    assertMatches(table, { a: ["first", "second"] });
    assert.equal(table.size, 2);
  },

  "TT09 remove() takes out one entry and says whether it was there": (
    table,
  ) => {
    table.add("a.*", "x");
    table.add("a.*", "y");
    assert.equal(table.remove("a.*", "x"), true);
    assert.equal(table.remove("a.*", "x"), false);
    assert.equal(table.remove("a.*", "z"), false);
    assert.equal(table.remove("a.b", "y"), false);
    assertMatches(table, { "a.b": ["y"] });
    assert.equal(table.size, 1);
  },

  "TT10 an entry that is added anew stands behind the others": (table) => {
    table.add("a", "x");
    table.add("*", "y");
    table.remove("a", "x");
    table.add("a", "x");
    assertMatches(table, { a: ["y", "x"] });
  },

  "TT11 a change counts from the next match on": (table) => {
    const changes: [string, string, string[]][] = [
      ["a.b", "exact", ["exact"]],
      ["a.*", "star", ["exact", "star"]],
      [">", "rest", ["exact", "star", "rest"]],
    ];
    assertMatches(table, { "a.b": [], "c": [] });
    for (const [pattern, value, expected] of changes) {
      table.add(pattern, value);
      assertMatches(table, { "a.b": expected });
    }
    table.remove("a.*", "star");
    assertMatches(table, { "a.b": ["exact", "rest"], "c": ["rest"] });
    table.remove("a.b", "exact");
    assertMatches(table, { "a.b": ["rest"] });
  },

  "TT12 an array that match() gave is never changed": (table) => {
    table.add("a", "x");
    const before = table.match("a");
    table.add("a", "y");
    table.remove("a", "x");
    table.match("a");
    assert.deepEqual([...before], ["x"]);
  },

  "TT13 patterns() lists each pattern once, sorted": (
    table,
  ) => {
    table.add("b.>", "x");
    table.add("a", "x");
    table.add("b.>", "y");
    table.add("*.c", "x");
    assert.deepEqual(table.patterns(), ["*.c", "a", "b.>"]);
    table.remove("b.>", "x");
    assert.deepEqual(table.patterns(), ["*.c", "a", "b.>"]);
    table.remove("b.>", "y");
    assert.deepEqual(table.patterns(), ["*.c", "a"]);
  },

  "TT14 a pattern stays when a longer one beside it goes": (table) => {
    table.add("a.*", "short");
    table.add("a.*.c", "long");
    table.add("a.*.>", "rest");
    table.remove("a.*.c", "long");
    assertMatches(table, { "a.b": ["short"], "a.b.c": ["rest"] });
    table.remove("a.*", "short");
    assertMatches(table, { "a.b": [], "a.b.c": ["rest"] });
  },

  "TT15 tokens that name parts of objects are tokens like others": (table) => {
    table.add("__proto__.*", "proto");
    table.add("constructor", "constructor");
    assertMatches(table, {
      "__proto__.x": ["proto"],
      "constructor": ["constructor"],
      "toString": [],
      "x.y": [],
    });
  },

  "TT16 sixteen tokens are matched, with and without wildcards": (table) => {
    const topic = Array.from({ length: 16 }, (_, i) => `t${i}`).join(".");
    table.add(topic, "exact");
    table.add(Array(16).fill("*").join("."), "stars");
    table.add(Array(15).fill("*").join(".") + ".>", "rest");
    assertMatches(table, { [topic]: ["exact", "stars", "rest"] });
  },

  "TT17 more topics than any cache holds are matched right": (table) => {
    table.add("t.*", "star");
    table.add("t.7", "seven");
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 3_000; n++) {
        const expected = n === 7 ? ["star", "seven"] : ["star"];
        assert.deepEqual([...table.match(`t.${n}`)], expected);
      }
    }
  },
};

function assertMatches(
  table: TopicTable<string>,
  expected: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [topic, values] of Object.entries(expected)) {
    // Twice, as the second answer may be a remembered one.
    assert.deepEqual([...table.match(topic)], values, topic);
    assert.deepEqual([...table.match(topic)], values, `${topic}, once more`);
  }
}
