import assert from "node:assert/strict";
import { runLesson } from "./lesson.ts";

Deno.test("lesson 1 shows order, outcomes, a broadcast and a letter for nobody", async () => {
  const lines = await runLesson("01");
  assert.deepEqual(lines.slice(0, -2), [
    "planner: the first of three is pending",
    "coder: wrote mod.ts for planner",
    "coder: wrote bus.ts for planner",
    "coder: wrote wire.ts for planner",
    "planner: now it is delivered",
    "tester: tested mod.ts, bus.ts, wire.ts",
    "dead letter for painter: no_recipient",
  ]);
  assert.deepEqual(lines.slice(-2).sort(), [
    "coder: heard planner",
    "tester: heard planner",
  ]);
});

Deno.test("lesson 2 shows patterns, groups, leaving, and a counted drop", async () => {
  const lines = await runLesson("02");
  assert.equal(lines[0], "reached: alarm, logger");
  // Which of the two testers begins is not promised; that they share is.
  const testers = lines.filter((line) => line.startsWith("tester-"));
  assert.equal(new Set(testers.map((line) => line[7])).size, 2);
  const delivered = lines.slice(1, -2).map((line) =>
    line.replace(/^tester-\d/, "a tester")
  );
  assert.deepEqual(delivered.toSorted(), [
    "a tester: tests cli@1",
    "a tester: tests core@1",
    "a tester: tests docs@1",
    "alarm: builds.web.failed",
    "logger: builds.cli.done cli@1",
    "logger: builds.core.done core@1",
    "logger: builds.web.failed web@1",
  ]);
  assert.deepEqual(lines.slice(-2), [
    "published: builds.cli.done, builds.core.done, builds.docs.done, builds.web.failed, weather.today",
    "dropped: 1",
  ]);
});

Deno.test("lesson 3 shows a reply, errors, a deadline and a change of mind", async () => {
  assert.deepEqual(await runLesson("03"), [
    "title: The Bus at the End of the Road, by writer",
    "nonsense: remote, final",
    "  the writer says: I do not write nonsense",
    "painting: no_recipient, may be retried",
    "writer: puts the novel down",
    "novel: request_timeout, may be retried",
    "second novel: we print poems instead",
  ]);
});

Deno.test("lesson 4 shows pieces in order, a reader that leaves, and a failure after a piece", async () => {
  const lines = await runLesson("04");
  const by = (who: string) => lines.filter((line) => line.startsWith(who));
  assert.deepEqual(by("reader:"), [
    "reader: page 1",
    "reader: page 2",
    // 64 on their way, and one that waits for room.
    "reader: has seen enough, and 65 are written",
    "reader: page 1",
    "reader: remote: out of paper",
  ]);
  assert.deepEqual(by("writer:"), [
    "writer: puts the pen down",
    "writer: puts the pen down early",
    "writer: puts the pen down",
  ]);
});

Deno.test("lesson 5 shows what is urgent, what has waited, and what is too late", async () => {
  assert.deepEqual(await runLesson("05"), [
    "doctor: a check-up",
    "doctor: a broken arm",
    "doctor: a cold",
    "doctor: a second cold",
    "doctor: paperwork",
    "doctor: a third cold",
    "nurse: coffee, hot has expired",
    "doctor: coffee, any",
  ]);
});

Deno.test("lesson 6 shows a retry, two dead letters, a replay, and a loop that acks itself", async () => {
  const all = await runLesson("06");
  // Its wait is one of chance, and may be longer than both of the other's.
  const retried = all.indexOf("coder: flaky.ts, attempt 2");
  assert.ok(retried >= 0 && retried < all.length - 2);
  const lines = all.toSpliced(retried, 1);
  assert.deepEqual(lines.slice(0, 2), [
    "dead: none.ts: no such file",
    "dead: odd.ts, 3 attempts: cannot parse",
  ]);
  assert.deepEqual(lines.slice(2, -2).sort(), [
    "coder: odd.ts, attempt 1",
    "replayed: 1",
    "tester: slow.ts, attempt 2",
  ]);
  assert.deepEqual(lines.slice(-2), [
    "3 acknowledged, 4 handed out again,",
    "0 dead letters left",
  ]);
});

Deno.test("lesson 7 shows rules that check, lift, copy and stop", async () => {
  const lines = await runLesson("07");
  assert.deepEqual(lines.slice(0, 4).sort(), [
    "audit: shop ordered book",
    "packer: 1 × book, 80",
    "packer: 3 × pencil, 50",
    "shop: nothing: routing_failed",
  ]);
  assert.deepEqual(lines.slice(4), [
    "nothing-on-sundays 1",
    "orders-are-checked 2",
    "gifts-first 1",
    "audit-sees-gifts 1",
    'routing_failed rule "orders-are-checked": an order of 0',
    'rule rule "nothing-on-sundays": it is Sunday',
  ]);
});

Deno.test("lesson 8 shows a viewer that loses frames and a sender that waits", async () => {
  assert.deepEqual(await runLesson("08"), [
    "viewer: saw 1, 19, 20; recorder: has 20",
    "17 dropped, 17 dead letters",
    "full: true",
    "page 9: backpressure_timeout, may be retried: true",
    "waiting: 1",
    "2 sends waited, 1 in vain",
    "never more than 8 at once",
  ]);
});

Deno.test("lesson 12 shows a deadline for all, and one answer that is enough", async () => {
  const lines = await runLesson("12");
  assert.deepEqual(lines.slice(0, 2).sort(), [
    "suppliers/broken: remote",
    "suppliers/slow: request_timeout",
  ]);
  assert.equal(lines[2], "buyer: best of 2 is 20");
  assert.deepEqual(lines.slice(3).sort(), [
    "buyer: took suppliers/cheap for 20",
    "suppliers/broken: remote",
    "suppliers/slow: no longer needed",
    "waiting for replies: 0",
  ]);
});

Deno.test("lesson 13 shows bookings that are undone, in reverse, however often it takes", async () => {
  const lines = await runLesson("13");
  assert.deepEqual(lines.slice(0, 4).sort(), [
    "flights: undone",
    "holiday: off: no car is left",
    "hotels: undone",
    "weekend: booked flights, hotels",
  ]);
  assert.deepEqual(lines.slice(4), [
    "  request travel → flights: delivered",
    "  response flights → travel: delivered",
    "  request travel → hotels: delivered",
    "  response hotels → travel: delivered",
    "  request travel → cars: delivered",
    "  error cars → travel: delivered",
    "  direct travel → hotels: acked",
    "  direct travel → flights: acked, 2 attempts",
  ]);
});
