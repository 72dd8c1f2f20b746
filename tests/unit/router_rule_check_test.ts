import assert from "node:assert/strict";
import { checkedRule } from "../../router/rule_check.ts";

const base = { id: "a", priority: 50 };

/** Checks that a rule is refused with an error of this class and text. */
function refuses(
  rule: unknown,
  name: "TypeError" | "RangeError",
  message: string,
): void {
  assert.throws(() => checkedRule(rule), { name, message });
}

Deno.test("checkedRule() fills in the defaults and freezes every part", () => {
  const rule = checkedRule({
    ...base,
    match: { type: "direct", sender: "a..b", recipient: "x.*", topic: ">" },
    handler: "log",
    action: { kind: "forward", recipient: "audit" },
  });
  assert.deepEqual(rule, {
    id: "a",
    priority: 50,
    enabled: true,
    match: { type: "direct", sender: "a..b", recipient: "x.*", topic: ">" },
    handler: "log",
    action: { kind: "forward", recipient: "audit" },
    final: false,
  });
  for (const part of [rule, rule.match, rule.action]) {
    assert.ok(Object.isFrozen(part));
  }
});

Deno.test("checkedRule() takes undefined for a part that is left out", () => {
  assert.deepEqual(
    checkedRule({
      ...base,
      enabled: undefined,
      match: { type: undefined, topic: undefined },
      handler: undefined,
      action: undefined,
      final: undefined,
    }),
    { ...base, enabled: true, match: {}, final: false },
  );
});

Deno.test("checkedRule() refuses what is no object", () => {
  for (const rule of [undefined, null, 7, "rule", [], () => {}]) {
    assert.throws(() => checkedRule(rule), TypeError);
  }
});

Deno.test("checkedRule() names a part that rules do not have", () => {
  refuses(
    { ...base, prioritty: 9 },
    "TypeError",
    'Cannot add rule "a" as its fields must be known: "prioritty" is none of id, priority, enabled, match, handler, action, final',
  );
  refuses(
    { ...base, match: { topics: "x" } },
    "TypeError",
    'Cannot add rule "a" as its fields must be known: "match.topics" is none of type, sender, recipient, topic',
  );
  refuses(
    { ...base, action: { kind: "drop", reason: "x" } },
    "TypeError",
    'Cannot add rule "a" as its fields must be known: "action.reason" is none of kind',
  );
  refuses(
    JSON.parse('{"id":"a","priority":1,"__proto__":{"enabled":false}}'),
    "TypeError",
    'Cannot add rule "a" as its fields must be known: "__proto__" is none of id, priority, enabled, match, handler, action, final',
  );
});

Deno.test("checkedRule() wants an id that is a name", () => {
  refuses(
    { priority: 1 },
    "TypeError",
    "Cannot add rule as its id must be well-formed: it is missing (undefined)",
  );
  refuses(
    { ...base, id: "a b" },
    "RangeError",
    'Cannot add rule as its id must be well-formed: character " " at position 1 is not allowed ("a b")',
  );
});

Deno.test("P3 checkedRule() wants whole priorities from 0 to 100", () => {
  for (const priority of [NaN, 50.5, -1, 101, Infinity]) {
    refuses(
      { ...base, priority },
      "RangeError",
      `Cannot add rule "a" as its priority must be a whole number from 0 to 100: current value is ${priority}`,
    );
    assert.throws(
      () =>
        checkedRule({ ...base, action: { kind: "set-priority", priority } }),
      RangeError,
    );
  }
  refuses(
    { ...base, priority: "9" },
    "TypeError",
    'Cannot add rule "a" as its priority must be a whole number from 0 to 100: current value is "9"',
  );
  assert.throws(() => checkedRule({ id: "a" }), TypeError);
  assert.ok(Object.is(checkedRule({ ...base, priority: -0 }).priority, 0));
});

Deno.test("checkedRule() wants patterns by their grammar", () => {
  refuses(
    { ...base, match: { topic: "a.>.b" } },
    "RangeError",
    'Cannot add rule "a" as its match.topic must be well-formed: ">" at position 2 is not the last token ("a.>.b")',
  );
  for (
    const match of [{ topic: "a..b" }, { sender: "x*" }, { recipient: "" }]
  ) {
    assert.throws(() => checkedRule({ ...base, match }), RangeError);
  }
  for (const match of [{ topic: 7 }, { sender: null }, [], "all", null]) {
    assert.throws(() => checkedRule({ ...base, match }), TypeError);
  }
});

Deno.test("checkedRule() wants a type of the closed set", () => {
  refuses(
    { ...base, match: { type: "broadcast" } },
    "RangeError",
    'Cannot add rule "a" as its match.type must be one of direct, publish, subscribe, unsubscribe, request, response, ack, error, heartbeat, control: current value is "broadcast"',
  );
  assert.throws(() => checkedRule({ ...base, match: { type: 1 } }), TypeError);
});

Deno.test("checkedRule() takes every kind of action, and no other", () => {
  const actions = [
    { kind: "forward", recipient: "b" },
    { kind: "republish", topic: "b.c" },
    { kind: "set-priority", priority: 0 },
    { kind: "drop" },
    { kind: "dead-letter", reason: "because" },
  ];
  for (const action of actions) {
    assert.deepEqual(checkedRule({ ...base, action }).action, action);
  }
  refuses(
    { ...base, action: { kind: "explode" } },
    "RangeError",
    'Cannot add rule "a" as its action.kind must be one of forward, republish, set-priority, drop, dead-letter: current value is "explode"',
  );
  for (const action of [{}, { kind: 1 }, { kind: null }, "drop", null, []]) {
    assert.throws(() => checkedRule({ ...base, action }), TypeError);
  }
  for (const kind of ["toString", "__proto__", "constructor"]) {
    assert.throws(() => checkedRule({ ...base, action: { kind } }), RangeError);
  }
});

Deno.test("checkedRule() checks what an action needs", () => {
  const wrong: [object, ErrorConstructor][] = [
    [{ kind: "forward" }, TypeError],
    [{ kind: "forward", recipient: "a b" }, RangeError],
    [{ kind: "forward", recipient: "agents.*" }, RangeError],
    [{ kind: "republish" }, TypeError],
    [{ kind: "republish", topic: "a.>" }, RangeError],
    [{ kind: "set-priority" }, TypeError],
    [{ kind: "dead-letter" }, TypeError],
    [{ kind: "dead-letter", reason: "" }, RangeError],
    [{ kind: "dead-letter", reason: "x".repeat(256) }, RangeError],
  ];
  for (const [action, error] of wrong) {
    assert.throws(
      () => checkedRule({ ...base, action }),
      error,
      JSON.stringify(action),
    );
  }
  const reason = "x".repeat(255);
  checkedRule({ ...base, action: { kind: "dead-letter", reason } });
});

Deno.test("checkedRule() wants booleans to be booleans", () => {
  for (const part of ["enabled", "final"]) {
    refuses(
      { ...base, [part]: 1 },
      "TypeError",
      `Cannot add rule "a" as its ${part} must be true or false: current value is 1`,
    );
  }
});

Deno.test("checkedRule() shows little of a value that is too long", () => {
  const id = "x".repeat(1_000_000);
  assert.throws(() => checkedRule({ ...base, id }), (error) => {
    assert.ok(error instanceof RangeError);
    assert.ok(error.message.length < 300, error.message);
    return true;
  });
});
