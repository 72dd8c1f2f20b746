import assert from "node:assert/strict";
import { Backpressure } from "../../bus/backpressure.ts";
import { type Attempt, Gate, NEWCOMER } from "../../bus/gate.ts";
import { WaitLine } from "../../bus/wait_line.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { EventHub } from "../../core/event_stream.ts";
import type { BusEvent } from "../../core/events.ts";
import type { Tasks } from "../../core/tasks.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";

const TASKS: Tasks = {
  soon: (task) => void Promise.resolve().then(task),
  later: (task) => void Promise.resolve().then(task),
};

/** A gate to a place with room for so many, and one line before it. */
function open(
  { room, maxPending = 10 }: { room: number; maxPending?: number },
) {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const events = new EventHub(() => clock.now());
  const backpressure = new Backpressure({
    maxPending,
    maxPendingBytes: 1_000,
    onRoom: () => gate.roomMade(),
  });
  const gate = new Gate({
    clock,
    tasks: TASKS,
    deadlines,
    events,
    backpressure,
    waitMs: 100,
    timeoutMs: 1_000,
  });
  const { line } = backpressure;
  const entered: string[] = [];
  const place = { room };
  const enter = (name: string, signal?: AbortSignal) =>
    enterBy(gate, (ticket) => {
      const isBehind = line.hasOlderThan(ticket);
      if (isBehind || place.room <= 0) return line;
      place.room--;
      entered.push(name);
      return undefined;
    }, signal);
  return { clock, events, backpressure, gate, line, entered, place, enter };
}

/** Tries as one who has not waited does, and then as one who has to. */
function enterBy(
  gate: Gate,
  attempt: Attempt,
  signal?: AbortSignal,
): Promise<void> | undefined {
  const line = attempt(NEWCOMER);
  return line && gate.wait(line, attempt, signal);
}

function codeOf(waiting: Promise<void> | undefined): Promise<string> {
  assert.ok(waiting, "it was let in at once");
  return waiting.then(
    () => "entered",
    (error) => error instanceof BusError ? error.code : String(error),
  );
}

Deno.test("Gate.wait() lets in at once while there is room and nobody waits", () => {
  const { enter, entered, backpressure } = open({ room: 2 });
  assert.equal(enter("a"), undefined);
  assert.equal(enter("b"), undefined);
  assert.deepEqual(entered, ["a", "b"]);
  assert.equal(backpressure.waiting, 0);
});

Deno.test("Gate.wait() lets those who wait in by the order they came, as far as there is room", async () => {
  const { enter, entered, place, gate, line, clock } = open({ room: 0 });
  const waits = ["a", "b", "c"].map((name) => codeOf(enter(name)));
  place.room = 2;
  gate.wake(line);
  await clock.advance(0);
  assert.deepEqual(entered, ["a", "b"]);
  place.room = 1;
  gate.wake(line);
  assert.deepEqual(await Promise.all(waits), ["entered", "entered", "entered"]);
  assert.equal(clock.timers, 0);
});

Deno.test("Gate.wait() lets nobody in past those who wait", async () => {
  const { enter, entered, place, gate, line, clock } = open({ room: 0 });
  const first = codeOf(enter("a"));
  place.room = 2;
  const second = codeOf(enter("b"));
  assert.deepEqual(entered, []);
  gate.wake(line);
  await clock.advance(0);
  assert.deepEqual(entered, ["a", "b"]);
  await Promise.all([first, second]);
});

Deno.test("Gate.wait() refuses a sender at the end of its wait, not before, and enqueues nothing", async () => {
  const { enter, entered, place, gate, line, clock, backpressure } = open({
    room: 0,
  });
  let code = "";
  const waiting = codeOf(enter("a")).then((found) => code = found);
  await clock.advance(999);
  assert.equal(code, "");
  await clock.advance(1);
  assert.equal(await waiting, "backpressure_timeout");
  place.room = 1;
  gate.wake(line);
  await clock.advance(0);
  assert.deepEqual(entered, []);
  const { waiting: left, totalWaits, totalTimeouts } = backpressure.snapshot();
  assert.deepEqual([left, totalWaits, totalTimeouts], [0, 1, 1]);
});

Deno.test("Gate.wait() gives up with the reason of its signal, wherever it stands in line", async () => {
  const { enter, entered, place, gate, line, clock } = open({ room: 0 });
  const abort = new AbortController();
  const waits = [enter("a"), enter("b", abort.signal), enter("c")].map(codeOf);
  abort.abort("enough");
  place.room = 2;
  gate.wake(line);
  assert.deepEqual(await Promise.all(waits), ["entered", "enough", "entered"]);
  assert.deepEqual(entered, ["a", "c"]);
  assert.equal(clock.timers, 0);
});

Deno.test("Gate.wait() lets those behind one that gives up have their turn", async () => {
  const { gate, line, clock, backpressure } = open({ room: 1 });
  const need = (units: number, signal?: AbortSignal) =>
    enterBy(gate, (ticket) => {
      const isBehind = line.hasOlderThan(ticket);
      return isBehind || !backpressure.fits(units, 0) ? line : undefined;
    }, signal);
  backpressure.acquire(9, 0);
  const abort = new AbortController();
  const large = codeOf(need(5, abort.signal));
  const small = codeOf(need(1));
  await clock.advance(10);
  abort.abort("enough");
  assert.equal(await small, "entered");
  assert.equal(await large, "enough");
});

Deno.test("Gate.wait() hands on what an attempt throws, also after a wait", async () => {
  const { gate, line, clock, backpressure } = open({ room: 0 });
  assert.throws(() =>
    enterBy(gate, () => {
      throw new BusError("overflow", "full");
    }), /full/);
  let isFull = true;
  const waiting = codeOf(enterBy(gate, () => {
    if (isFull) return line;
    throw new BusError("closed", "closed");
  }));
  isFull = false;
  gate.wake(line);
  assert.equal(await waiting, "closed");
  assert.equal(backpressure.waiting, 0);
  assert.equal(clock.timers, 0);
});

Deno.test("Gate.wait() moves a sender to the line it has to wait in next", async () => {
  const { gate, line, clock } = open({ room: 0 });
  const other = new WaitLine();
  let next: WaitLine | undefined = line;
  const waiting = codeOf(enterBy(gate, () => next));
  next = other;
  gate.wake(line);
  await clock.advance(0);
  assert.deepEqual([line.size, other.size], [0, 1]);
  next = undefined;
  gate.wake(other);
  assert.equal(await waiting, "entered");
  assert.equal(other.size, 0);
});

Deno.test("Gate announces a wait after waitMs, and relief once a tenth is free", async () => {
  const { enter, place, backpressure, events, clock, gate } = open({ room: 0 });
  const told: BusEvent[] = [];
  const reading = (async () => {
    for await (const event of events.read()) told.push(event);
  })();
  backpressure.acquire(10, 0);
  const waiting = codeOf(enter("a"));
  await clock.advance(99);
  assert.equal(told.length, 0);
  await clock.advance(1);
  const flags = () =>
    told.map((event) => event.type === "backpressure" && event.saturated);
  assert.deepEqual(flags(), [true]);
  place.room = 1;
  gate.roomMade();
  assert.equal(await waiting, "entered");
  await clock.advance(0);
  assert.deepEqual(flags(), [true]);
  backpressure.release(1, 0);
  await clock.advance(0);
  assert.deepEqual(flags(), [true, false]);
  events.close();
  await reading;
  assert.equal(clock.timers, 0);
});

Deno.test("Gate.close() refuses everybody who waits, and leaves no timer", async () => {
  const { enter, gate, clock } = open({ room: 0 });
  const waits = ["a", "b"].map((name) => codeOf(enter(name)));
  gate.close(() => new BusError("closed", "closed"));
  assert.deepEqual(await Promise.all(waits), ["closed", "closed"]);
  assert.equal(clock.timers, 0);
});
