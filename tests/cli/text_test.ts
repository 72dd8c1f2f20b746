import assert from "node:assert/strict";
import { cut, tableLines } from "../../cli/table.ts";
import {
  counted,
  jsonLine,
  payloadText,
  preview,
  shownPayload,
  size,
  span,
  visible,
} from "../../cli/text.ts";
import { TestTerminal } from "./support/test_terminal.ts";

Deno.test("visible() writes out whatever steers a terminal, and leaves the rest", () => {
  assert.equal(visible("\x1b[2Jgone\r\n"), "\\u001b[2Jgone\\u000d\\u000a");
  assert.equal(visible("a\u009b31mb\u202ec"), "a\\u009b31mb\\u202ec");
  assert.equal(visible("naïve 👩‍🚀 日本"), "naïve 👩‍🚀 日本");
});

Deno.test("jsonLine() is JSON that means the same, without a control character", () => {
  const value = { text: "a\u009bb\u007f\n", n: 1 };
  const line = jsonLine(value);
  assert.doesNotMatch(line, /\p{Cc}/u);
  assert.deepEqual(JSON.parse(line), value);
});

Deno.test("payloadText() shows text as it is, and everything else as JSON", () => {
  assert.equal(payloadText("two words"), "two words");
  assert.equal(payloadText({ file: "mod.ts" }), '{"file":"mod.ts"}');
  assert.equal(payloadText(null), "null");
  assert.equal(
    payloadText(shownPayload(Uint8Array.of(1, 2))),
    '{"$binary":"AQI=","bytes":2}',
  );
});

Deno.test("preview() cuts a long payload to what a table has room for", () => {
  assert.equal(preview("x".repeat(120)), "x".repeat(120));
  assert.equal(preview("x".repeat(121)), `${"x".repeat(119)}…`);
});

Deno.test("span() names the largest unit", () => {
  const spans = [0.12345, 9.5, 12.4, 999, 1_000, 59_999, 60_000, 7_200_000];
  assert.deepEqual([...spans, 200_000_000].map(span), [
    "0.12 ms",
    "9.5 ms",
    "12 ms",
    "999 ms",
    "1 s",
    "59 s",
    "1 min",
    "2 h",
    "2 d",
  ]);
});

Deno.test("size() and counted() read as people write", () => {
  assert.deepEqual([0, 1_023, 1_024, 1_572_864].map(size), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 MiB",
  ]);
  assert.equal(counted(1, "message"), "1 message");
  assert.equal(counted(1_234, "message"), "1,234 messages");
});

Deno.test("cut() counts what is seen, and keeps the colours' ends", () => {
  assert.equal(cut("abcdef", 6), "abcdef");
  assert.equal(cut("abcdef", 4), "abc…");
  const red = "\x1b[31mabcdef\x1b[39m";
  assert.equal(cut(red, 6), red);
  assert.equal(cut(red, 3), "\x1b[31mab\x1b[39m…");
});

Deno.test("tableLines() aligns columns, numbers to the right", () => {
  const { terminal } = new TestTerminal();
  const columns = ["agent", { heading: "waiting", right: true }] as const;
  assert.deepEqual(
    tableLines(terminal, columns, [["coder", "1"], ["日本", "1,000"]]),
    ["agent  waiting", "coder        1", "日本     1,000"],
  );
});

Deno.test("tableLines() fits a terminal's window, and cuts nothing for a pipe", () => {
  const rows = [["x".repeat(50), "y".repeat(50)]];
  const columns = ["a", "b"];
  const narrow = new TestTerminal({ isTerminal: true, columns: 40 }).terminal;
  const [, cutRow = ""] = tableLines(narrow, columns, rows);
  assert.equal(cutRow.length, 40);
  const { terminal } = new TestTerminal({ columns: 40 });
  const [, row = ""] = tableLines(terminal, columns, rows);
  assert.equal(row.length, 102);
});

Deno.test("colours are for terminals, and not where NO_COLOR or a dumb terminal is", () => {
  const paint = (env: Record<string, string>, isTerminal = true) =>
    new TestTerminal({ env, isTerminal }).terminal.colors.red("x");
  assert.equal(paint({}), "\x1b[31mx\x1b[39m");
  assert.equal(paint({ NO_COLOR: "1" }), "x");
  assert.equal(paint({ TERM: "dumb" }), "x");
  assert.equal(paint({}, false), "x");
});
