import assert from "node:assert/strict";
import fc from "fast-check";
import { Backpressure } from "../../bus/backpressure.ts";
import { type Attempt, Gate, NEWCOMER } from "../../bus/gate.ts";
import { WaitLine } from "../../bus/wait_line.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { EventHub } from "../../core/event_stream.ts";
import type { Tasks } from "../../core/tasks.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { RUNS } from "./arbitraries/runs.ts";

const TIMEOUT_MS = 1_000;
const TASKS: Tasks = {
  soon: (task) => void Promise.resolve().then(task),
  later: (task) => void Promise.resolve().then(task),
};

/** A sender, as the program sees it. */
interface Sender {
  readonly name: number;
  readonly copies: number;
  readonly usesBox: boolean;
  readonly abort: AbortController;
  readonly sinceMs: number;
  state: "waiting" | "in" | "refused" | "aborted";
  /** Where it stands while it waits. */
  line: WaitLine | undefined;
}

/** A bus with one mailbox: what a sender needs it takes at once from both, or waits. */
class Place {
  readonly clock = new VirtualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly backpressure: Backpressure;
  readonly gate: Gate;
  readonly box = new WaitLine();
  readonly senders: Sender[] = [];
  /** Names, in the order they were let in. */
  readonly entered: number[] = [];
  boxRoom: number;
  #names = 0;

  constructor(maxPending: number, boxRoom: number) {
    this.boxRoom = boxRoom;
    this.backpressure = new Backpressure({
      maxPending,
      maxPendingBytes: 1_000,
      onRoom: () => this.gate.roomMade(),
    });
    const { clock, deadlines, backpressure } = this;
    const events = new EventHub(() => clock.now());
    this.gate = new Gate({
      clock,
      tasks: TASKS,
      deadlines,
      events,
      backpressure,
      waitMs: 100,
      timeoutMs: TIMEOUT_MS,
    });
  }

  async enter(copies: number, usesBox: boolean): Promise<void> {
    const { backpressure, gate } = this;
    const sender: Sender = {
      name: this.#names++,
      copies,
      usesBox,
      abort: new AbortController(),
      sinceMs: this.clock.monotonic(),
      state: "waiting",
      line: undefined,
    };
    this.senders.push(sender);
    try {
      const attempt: Attempt = (ticket) => {
        sender.line = this.#lineFor(sender, ticket);
        if (sender.line) return sender.line;
        backpressure.acquire(copies, copies);
        if (usesBox) this.boxRoom--;
        this.entered.push(sender.name);
        return undefined;
      };
      const line = attempt(NEWCOMER);
      if (line) await gate.wait(line, attempt, sender.abort.signal);
      sender.state = "in";
    } catch (error) {
      const isRefusal = error instanceof BusError &&
        error.code === "backpressure_timeout";
      sender.state = isRefusal ? "refused" : "aborted";
    }
  }

  /** One that was let in is finished: what it took is given back. */
  leave(at: number): void {
    const inside = this.senders.filter(({ state }) => state === "in");
    const sender = inside[at % inside.length];
    if (!sender) return;
    this.senders.splice(this.senders.indexOf(sender), 1);
    if (sender.usesBox) {
      this.boxRoom++;
      if (this.box.size > 0) this.gate.wake(this.box);
    }
    this.backpressure.release(sender.copies, sender.copies);
  }

  abort(at: number): void {
    const sender = this.#waiting()[at % Math.max(1, this.#waiting().length)];
    sender?.abort.abort(new Error("enough"));
  }

  /** What must hold once everything has happened that can. */
  check(): void {
    const { backpressure, box } = this;
    const inside = this.senders.filter(({ state }) => state === "in");
    const copies = inside.reduce((sum, sender) => sum + sender.copies, 0);
    const { pending, pendingBytes, maxPending } = backpressure.snapshot();
    assert.deepEqual([pending, pendingBytes], [copies, copies], "B1");
    assert.ok(pending <= maxPending, "B1");
    assert.ok(this.boxRoom >= 0);
    const waiting = this.#waiting();
    assert.equal(backpressure.waiting, waiting.length);
    assert.equal(box.size + backpressure.line.size, waiting.length);
    const nowMs = this.clock.monotonic();
    for (const { sinceMs } of waiting) {
      assert.ok(nowMs < sinceMs + TIMEOUT_MS, "B2 waits too long");
    }
    this.#checkFronts();
  }

  #waiting(): Sender[] {
    return this.senders.filter(({ state }) => state === "waiting");
  }

  #lineFor({ copies, usesBox }: Sender, ticket: number): WaitLine | undefined {
    const { backpressure, box, boxRoom } = this;
    if (usesBox && (box.hasOlderThan(ticket) || boxRoom <= 0)) return box;
    const { line } = backpressure;
    const isBehind = line.hasOlderThan(ticket);
    return isBehind || !backpressure.fits(copies, copies) ? line : undefined;
  }

  /** B3: for whoever stands in front of a line, there is no room. */
  #checkFronts(): void {
    const { backpressure, box } = this;
    const front = (line: WaitLine) =>
      this.#waiting().find((sender) => sender.line === line);
    if (front(box)) {
      assert.equal(this.boxRoom, 0, "B3 there is room in the box");
    }
    const { copies } = front(backpressure.line) ?? {};
    if (copies === undefined) return;
    assert.ok(
      !backpressure.fits(copies, copies),
      "B3 there is room in the bus",
    );
  }
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant("enter" as const),
    copies: fc.integer({ min: 1, max: 3 }),
    usesBox: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("leave" as const), at: fc.nat(10) }),
  fc.record({ kind: fc.constant("leave" as const), at: fc.nat(10) }),
  fc.record({ kind: fc.constant("abort" as const), at: fc.nat(10) }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(600) }),
);

Deno.test("B1, B2, B3, B7: Gate lets senders in as far as there is room, and no further, whatever they need and give up", async () => {
  const sizes = fc.tuple(
    fc.integer({ min: 3, max: 6 }),
    fc.integer({ min: 1, max: 3 }),
  );
  const steps = fc.array(step, { maxLength: 60, size: "+1" });
  await fc.assert(
    fc.asyncProperty(sizes, steps, async (size, steps) => {
      const place = new Place(...size);
      for (const step of steps) {
        if (step.kind === "enter") void place.enter(step.copies, step.usesBox);
        else if (step.kind === "leave") place.leave(step.at);
        else if (step.kind === "abort") place.abort(step.at);
        await place.clock.advance(step.kind === "pass" ? step.ms : 0);
        place.check();
      }
      await empty(place);
    }),
    RUNS,
  );
});

Deno.test("B3: Gate lets those in first who came first, where all need the same", async () => {
  const steps = fc.array(step, { maxLength: 60, size: "+1" });
  const sizes = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constant(100));
  await fc.assert(
    fc.asyncProperty(sizes, steps, async (size, steps) => {
      const place = new Place(...size);
      for (const step of steps) {
        if (step.kind === "enter") void place.enter(1, false);
        else if (step.kind === "leave") place.leave(step.at);
        else if (step.kind === "abort") place.abort(step.at);
        // Not always until everything has happened: somebody may be on the way in.
        else for (let turn = 0; turn < step.ms % 8; turn++) await undefined;
      }
      await place.clock.advance(0);
      const order = place.entered.toSorted((one, other) => one - other);
      assert.deepEqual(place.entered, order);
      await empty(place);
    }),
    RUNS,
  );
});

/** Lets everybody in who waits, and out again. */
async function empty(place: Place): Promise<void> {
  for (let turn = 0; place.senders.length > 0; turn++) {
    assert.ok(turn < 1_000, "B3 somebody is never let in");
    place.leave(0);
    await place.clock.advance(0);
    for (const sender of [...place.senders]) {
      const isGone = sender.state === "refused" || sender.state === "aborted";
      if (isGone) place.senders.splice(place.senders.indexOf(sender), 1);
    }
  }
  const { pending, pendingBytes, waiting } = place.backpressure.snapshot();
  assert.deepEqual([pending, pendingBytes, waiting], [0, 0, 0], "B7");
  assert.equal(place.deadlines.size, 0, "B7 timers are left");
}
