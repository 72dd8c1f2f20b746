import assert from "node:assert/strict";
import fc from "fast-check";
import type { Copy } from "../../bus/copy.ts";
import { type Envelope, WholeEnvelope } from "../../bus/envelope.ts";
import { type OpenRequest, RequestTable } from "../../bus/requests.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { RUNS } from "./arbitraries/runs.ts";

/** What the reference says of one request. */
interface Asked {
  readonly request: OpenRequest;
  readonly streams: boolean;
  readonly timeoutMs: number;
  /** What its requester is to be told. */
  readonly expected: string[];
  readonly told: string[];
  /** Nothing while the responder waits for room. */
  deadlineMs: number | undefined;
  allowance: number;
  isOpen: boolean;
}

/** A table of requests, and what its sinks and its bus were told. */
class Model {
  readonly clock = new VirtualClock();
  readonly abandoned: string[] = [];
  readonly expectedAbandoned: string[] = [];
  readonly asked = new Map<string, Asked>();
  /** Every request, those that have ended among them. */
  readonly all: Asked[] = [];

  open(): Asked[] {
    return [...this.asked.values()];
  }

  end(one: Asked, ...told: string[]): void {
    one.expected.push(...told);
    one.isOpen = false;
    this.asked.delete(one.request.requestId);
  }

  /** The same, for one whose work is to be taken back. */
  giveUp(one: Asked, code: string): void {
    const cause = code === "request_timeout" ? "deadline" : "cancelled";
    this.expectedAbandoned.push(`${one.request.head.id} ${cause}`);
    this.end(one, code);
  }

  arm(one: Asked): void {
    one.deadlineMs = this.clock.monotonic() + one.timeoutMs;
  }
}

type Command = fc.AsyncCommand<Model, RequestTable>;

/** Something that happens to one of the requests there were, also to one that has ended. */
class Act implements Command {
  readonly #what: string;
  readonly #act: (one: Asked, model: Model, real: RequestTable) => void;
  constructor(
    readonly at: number,
    [what, act]: [string, Act["act"]],
  ) {
    this.#what = what;
    this.#act = act;
  }
  check = ({ all }: Readonly<Model>) => all.length > 0;
  async run(model: Model, real: RequestTable): Promise<void> {
    const one = model.all[this.at % model.all.length];
    assert.ok(one);
    this.#act(one, model, real);
    await agree(model, real);
  }
  act(one: Asked, model: Model, real: RequestTable): void {
    this.#act(one, model, real);
  }
  toString = () => `${this.#what} the ${this.at}th`;
}

class Open implements Command {
  constructor(
    readonly id: number,
    readonly streams: boolean,
    readonly timeoutMs: number,
  ) {}
  check = () => true;
  async run(model: Model, real: RequestTable): Promise<void> {
    const { streams, timeoutMs } = this;
    const requestId = `r${this.id}`;
    const told: string[] = [];
    const open = () =>
      real.open({
        head: headOf(`m${model.all.length}`),
        requestId,
        timeoutMs,
        streams,
        sink: {
          reply: ({ message }) => told.push(`reply ${message.payload}`),
          piece: ({ message }) => told.push(`piece ${message.payload}`),
          end: () => told.push("end"),
          fail: ({ code }) => told.push(code),
        },
      });
    if (model.asked.has(requestId)) {
      assert.throws(open, BusError, "R5");
      return;
    }
    const request = open();
    request.copy = { envelope: { head: request.head } } as Copy;
    const one: Asked = {
      request,
      streams,
      timeoutMs,
      expected: [],
      told,
      deadlineMs: undefined,
      allowance: LIMITS.streamWindow,
      isOpen: true,
    };
    model.all.push(one);
    model.asked.set(requestId, one);
    model.arm(one);
    await agree(model, real);
  }
  toString = () => `open r${this.id}, ${this.timeoutMs} ms, ${this.streams}`;
}

class Pass implements Command {
  constructor(readonly durationMs: number) {}
  check = () => true;
  async run(model: Model, real: RequestTable): Promise<void> {
    await model.clock.advance(this.durationMs);
    const nowMs = model.clock.monotonic();
    const late = model.open()
      .filter(({ deadlineMs }) => deadlineMs !== undefined)
      .filter(({ deadlineMs }) => (deadlineMs ?? Infinity) <= nowMs)
      .toSorted((one, other) =>
        (one.deadlineMs ?? 0) - (other.deadlineMs ?? 0)
      );
    for (const one of late) model.giveUp(one, "request_timeout");
    model.abandoned.sort();
    model.expectedAbandoned.sort();
    await agree(model, real);
  }
  toString = () => `pass ${this.durationMs} ms`;
}

const ACTS: [string, Act["act"]][] = [
  ["reply to", (one, model, real) => {
    real.reply(one.request, answer(1));
    if (!one.isOpen) return;
    if (one.streams) model.end(one, "piece 1", "end");
    else model.end(one, "reply 1");
  }],
  ["send pieces to", (one, model, real) => {
    // As the bus does: what comes for one that has ended does not get here.
    for (let piece = 0; piece < 40 && one.isOpen; piece++) {
      real.piece(one.request, answer(piece));
      if (!one.streams) model.giveUp(one, "remote");
      else if (one.allowance === 0) model.giveUp(one, "overflow");
      else {
        one.expected.push(`piece ${piece}`);
        one.allowance--;
        one.deadlineMs = undefined;
        if (one.allowance > 0) model.arm(one);
      }
    }
  }],
  ["fill the window of", (one, model, real) => {
    while (one.isOpen && one.streams && one.allowance > 0) {
      real.piece(one.request, answer(one.allowance));
      one.expected.push(`piece ${one.allowance}`);
      one.allowance--;
      one.deadlineMs = undefined;
      if (one.allowance > 0) model.arm(one);
    }
  }],
  ["end", (one, model, real) => {
    real.end(one.request);
    if (!one.isOpen) return;
    if (one.streams) model.end(one, "end");
    else model.giveUp(one, "remote");
  }],
  ["grant to", (one, model, real) => {
    real.grant(one.request, 8);
    if (!one.isOpen) return;
    if (one.allowance === 0) model.arm(one);
    one.allowance += 8;
  }],
  ["fail", (one, model, real) => {
    real.fail(one.request, new BusError("remote", "no"));
    if (one.isOpen) model.giveUp(one, "remote");
  }],
  ["cancel", (one, model, real) => {
    // Another request may have the id by now.
    const current = model.asked.get(one.request.requestId);
    const { requestId } = one.request;
    assert.equal(real.cancel(requestId), current !== undefined);
    if (current) model.giveUp(current, "cancelled");
  }],
  ["fail all, not only", (_one, model, real) => {
    real.failAll(() => new BusError("closed", "the end"));
    for (const one of model.open()) model.giveUp(one, "closed");
  }],
];

function headOf(id: string) {
  return {
    id,
    type: "request" as const,
    sender: "a",
    recipient: "b",
    priority: 50,
    timestamp: 0,
    requiresAck: false,
  };
}

function answer(payload: number): Envelope {
  return WholeEnvelope.ofValue(
    { ...headOf("answer"), type: "response" },
    payload,
    1,
  );
}

function agree(model: Model, real: RequestTable): Promise<void> {
  assert.equal(real.size, model.asked.size, "R3");
  assert.deepEqual(
    real.pending().map(({ messageId }) => messageId),
    model.open().map(({ request }) => request.head.id),
  );
  for (const { told, expected } of model.all) {
    assert.deepEqual(told, expected, "R1, R2, R6, R8");
  }
  assert.deepEqual(model.abandoned, model.expectedAbandoned, "R6");
  const isTimed = model.open().some((one) => one.deadlineMs !== undefined);
  if (!isTimed) assert.equal(model.clock.timers, 0);
  return Promise.resolve();
}

Deno.test("R1-R6, R8: RequestTable ends each request once, with what came first, whatever comes later", async () => {
  const commands = fc.commands<Model, RequestTable, false>([
    fc.tuple(fc.nat(4), fc.boolean(), fc.integer({ min: 1, max: 50 }))
      .map((of) => new Open(...of)),
    fc.tuple(fc.nat(4), fc.boolean(), fc.integer({ min: 1, max: 50 }))
      .map((of) => new Open(...of)),
    ...ACTS.map((act) => fc.nat(30).map((at) => new Act(at, act))),
    fc.integer({ min: 1, max: 30 }).map((ms) => new Pass(ms)),
  ], { size: "+1" });
  await fc.assert(
    fc.asyncProperty(commands, async (commands) => {
      const model = new Model();
      const { clock } = model;
      const real = new RequestTable({
        clock,
        deadlines: new Deadlines(clock),
        abandon: ({ envelope }, cause) =>
          model.abandoned.push(`${envelope.head.id} ${cause}`),
      });
      await fc.asyncModelRun(() => ({ model, real }), commands);
      real.failAll(() => new BusError("closed", "the end"));
      assert.deepEqual([real.size, clock.timers], [0, 0]);
    }),
    RUNS,
  );
});
