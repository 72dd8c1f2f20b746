import assert from "node:assert/strict";
import type { Command } from "./commands.ts";
import { differencesOf } from "./differential.ts";
import { arrange, drive } from "./drive.ts";
import { ModelBus } from "./model_bus.ts";
import { ProgramMaker } from "./program_maker.ts";
import { nameOf, viewOf } from "./views.ts";

const MESSAGE = {
  to: "a",
  bytes: 20,
  priority: 50,
  requiresAck: true,
} as const;

/** A model in which an agent has sent itself three messages, of which one is in hand. */
function busyModel(): ModelBus {
  const { settings } = new ProgramMaker(1);
  const model = new ModelBus({ ...settings, maxPending: 3, maxMessages: 10 });
  const commands: Command[] = [
    { do: "join", id: "j1", name: "a", durable: false },
    { do: "receive", id: "r1", instance: "j1", settings: { concurrency: 1 } },
    { do: "send", id: "s1", instance: "j1", ...MESSAGE },
    { do: "send", id: "s2", instance: "j1", ...MESSAGE },
    { do: "send", id: "s3", instance: "j1", ...MESSAGE, priority: 60 },
  ];
  for (const command of commands) drive(model, command, () => 0);
  return model;
}

Deno.test("ModelBus hands out no more than is worked on at a time, and keeps the rest", () => {
  const model = busyModel();
  assert.deepEqual(model.leases.map(({ copy }) => copy.message.id), ["s1"]);
  assert.deepEqual(
    model.leases.map(({ copy }) => model.waiting(copy.box).length),
    [2],
  );
});

Deno.test("P1 ModelBus hands out the most urgent next", () => {
  const model = busyModel();
  const [lease] = model.leases;
  assert.ok(lease);
  model.end(lease, "return");
  drive(model, { do: "jump", ms: 0 }, () => 0);
  assert.equal(model.leases[1]?.copy.message.id, "s3");
});

Deno.test("B2 ModelBus lets a sender wait where there is no room, and refuses it in time", () => {
  const model = busyModel();
  const late = { do: "send", id: "s4", instance: "j1", ...MESSAGE } as const;
  drive(model, late, () => 0);
  assert.deepEqual(model.line.map(({ id }) => id), ["s4"]);
  model.now += model.settings.waitTimeoutMs - 2;
  drive(model, { do: "jump", ms: 0 }, () => 0);
  assert.deepEqual(model.line.map(({ id }) => id), ["s4"]);
  drive(model, { do: "jump", ms: 0 }, () => 0);
  assert.equal(model.line.length, 0);
  assert.equal(viewOf(model).tally.get("totalTimeouts"), 1);
});

Deno.test("arrange() orders letters that came at one time as they were seen, and no others", () => {
  const model = new ModelBus(new ProgramMaker(1).settings);
  const letter = (id: string, at: number) => {
    const command = { do: "send", id, instance: "j1", ...MESSAGE } as const;
    const message = { ...command, sender: "a", ttlMs: Infinity };
    return { message, at, reason: "rejected" } as const;
  };
  const [one, two, late] = [letter("s1", 1), letter("s2", 1), letter("s3", 2)];
  model.letters.push(one, two, late);
  arrange(model, [nameOf(two), nameOf(one), nameOf(late)]);
  assert.deepEqual(model.letters, [two, one, late]);
  arrange(model, [nameOf(late), nameOf(one), nameOf(two)]);
  assert.deepEqual(model.letters, [two, one, late]);
});

Deno.test("differencesOf() names each path at which two values differ", () => {
  const real = { one: 1, list: [{ a: 1 }, { a: 2 }], more: true };
  const model = { one: 1, list: [{ a: 1 }, { a: 3 }], less: 0 };
  assert.deepEqual(differencesOf("bus", real, model), [
    "bus.list.1.a: the bus has 2, the model 3",
    "bus.more: the bus has true, the model undefined",
    "bus.less: the bus has undefined, the model 0",
  ]);
});

Deno.test("differencesOf() finds nothing where one side leaves out what the other has as undefined", () => {
  const calls = new Map([["s1", "ok"]]);
  assert.deepEqual(
    differencesOf("", { calls, a: undefined }, { calls: new Map(calls) }),
    [],
  );
});

Deno.test("differencesOf() finds what the bus alone has, and where a list ends sooner", () => {
  assert.deepEqual(differencesOf("bus", { a: 1, b: 2 }, { a: 1 }), [
    "bus.b: the bus has 2, the model undefined",
  ]);
  assert.deepEqual(differencesOf("bus", ["s1", "s2"], ["s1"]), [
    'bus.1: the bus has "s2", the model undefined',
  ]);
  assert.deepEqual(differencesOf("bus", ["s1"], ["s1", "s2"]), [
    'bus.1: the bus has undefined, the model "s2"',
  ]);
});

Deno.test("differencesOf() compares calls by name, whatever their order", () => {
  const real = new Map([["s1", "ok"], ["s2", "expired"]]);
  const model = new Map([["s2", "closed"], ["s1", "ok"]]);
  assert.deepEqual(differencesOf("calls", real, model), [
    'calls.s2: the bus has "expired", the model "closed"',
  ]);
});
