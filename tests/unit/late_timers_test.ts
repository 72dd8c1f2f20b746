import assert from "node:assert/strict";
import { LateTimers } from "../../core/late_timers.ts";
import { LIMITS } from "../../core/limits.ts";

/** A machine whose timers are slow to load, and say what they are asked for. */
class SlowMachine {
  now = 0;
  readonly said: string[] = [];
  readonly alarms: { delayMs: number; controller: AbortController }[] = [];
  onLoad = () => {};

  load() {
    this.said.push("load");
    this.onLoad();
    this.now += 6;
  }

  monotonic() {
    return this.now;
  }

  after(delayMs: number) {
    const controller = new AbortController();
    this.alarms.push({ delayMs, controller });
    return controller.signal;
  }

  schedule(delayMs: number, callback: () => void) {
    this.said.push(`in ${delayMs}`);
    callback();
    return () => void this.said.push(`not in ${delayMs}`);
  }

  ring() {
    const { delayMs, controller } = this.alarms.at(-1)!;
    this.now += delayMs;
    controller.abort();
  }
}

Deno.test("LateTimers wait for a while, then load and keep the times that were asked for", () => {
  const machine = new SlowMachine();
  const timers = new LateTimers(machine);
  const called: string[] = [];
  timers.schedule(5_000, () => called.push("first"));
  machine.now = 10;
  timers.schedule(1_000, () => called.push("second"))();
  const cancel = timers.schedule(2_000, () => called.push("third"));
  assert.deepEqual([machine.said, called], [[], []]);
  assert.deepEqual(machine.alarms.map(({ delayMs }) => delayMs), [
    LIMITS.lateTimersMs,
  ]);
  machine.ring();
  const lateMs = 10 + LIMITS.lateTimersMs + 6;
  assert.deepEqual(machine.said, [
    "load",
    `in ${5_000 - lateMs}`,
    `in ${2_010 - lateMs}`,
  ]);
  assert.deepEqual(called, ["first", "third"]);
  cancel();
  timers.schedule(7, () => {});
  assert.deepEqual(machine.said.slice(3), [`not in ${2_010 - lateMs}`, "in 7"]);
});

Deno.test("LateTimers load for one that is due sooner, and do not when it is taken back", () => {
  const machine = new SlowMachine();
  const timers = new LateTimers(machine);
  const cancel = timers.schedule(5_000, () => {});
  const cancelSoon = timers.schedule(3, () => {});
  assert.deepEqual(machine.alarms.map(({ delayMs }) => delayMs), [
    LIMITS.lateTimersMs,
    3,
  ]);
  cancelSoon();
  cancel();
  machine.ring();
  assert.deepEqual(machine.said, []);
  // The alarm has gone off unheard: the next call gets one of its own.
  timers.schedule(50, () => {});
  machine.ring();
  assert.deepEqual(machine.said, ["load", "in 0"]);
});

Deno.test("LateTimers call as soon as they can where the delay is negative, or no number", () => {
  const machine = new SlowMachine();
  const timers = new LateTimers(machine);
  timers.schedule(-5, () => {});
  timers.schedule(NaN, () => {});
  assert.deepEqual(machine.alarms.map(({ delayMs }) => delayMs), [0]);
  machine.ring();
  assert.deepEqual(machine.said, ["load", "in 0", "in 0"]);
});

Deno.test("LateTimers take what is put off while they load", () => {
  const machine = new SlowMachine();
  const timers = new LateTimers(machine);
  machine.onLoad = () => {
    timers.schedule(20, () => {});
    timers.load();
  };
  timers.load();
  timers.load();
  assert.deepEqual(machine.said, ["load", "in 14"]);
});

Deno.test("LateTimers put nothing off where the machine's timers are there", () => {
  const machine = new SlowMachine();
  const timers = new LateTimers(machine, { areThere: true });
  timers.schedule(20, () => {})();
  assert.deepEqual(machine.said, ["in 20", "not in 20"]);
  assert.equal(machine.alarms.length, 0);
});
