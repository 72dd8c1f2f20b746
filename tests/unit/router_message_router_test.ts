import assert from "node:assert/strict";
import fc from "fast-check";
import { LIMITS } from "../../core/limits.ts";
import type { Message, MessageType } from "../../core/message.ts";
import { matchesPattern } from "../../core/topic.ts";
import { MessageRouter } from "../../router/message_router.ts";
import type { RoutingRule, RuleAction } from "../../router/rule.ts";

const message = (parts: Partial<Message> = {}): Message => ({
  id: "m",
  type: "direct",
  sender: "planner",
  recipient: "coder",
  topic: "jobs.build",
  payload: null,
  priority: 50,
  timestamp: 0,
  attempt: 1,
  requiresAck: false,
  ...parts,
});
const rule = (id: string, parts: Partial<RoutingRule> = {}): RoutingRule => ({
  id,
  priority: 50,
  ...parts,
});
const setTo = (priority: number): RuleAction => ({
  kind: "set-priority",
  priority,
});

function routerOf(...rules: RoutingRule[]): MessageRouter {
  const router = new MessageRouter();
  for (const each of rules) router.addRule(each);
  return router;
}

const matched = (router: MessageRouter, parts?: Partial<Message>) =>
  router.plan(message(parts))?.rules ?? [];

Deno.test("MessageRouter.plan() is undefined while no rule matches", () => {
  const router = new MessageRouter();
  assert.equal(router.plan(message()), undefined);
  router.addRule(rule("other", { match: { topic: "x" } }));
  assert.equal(router.plan(message()), undefined);
});

Deno.test("P4 MessageRouter.plan() goes by priority, ties in insertion order", () => {
  const router = routerOf(
    rule("low", { priority: 10 }),
    rule("b", { match: { recipient: "coder" } }),
    rule("high", { priority: 90, match: { topic: "jobs.>" } }),
    rule("a", { match: { type: "direct" } }),
    rule("c", { match: { sender: "*" } }),
  );
  assert.deepEqual(matched(router), ["high", "b", "a", "c", "low"]);
  assert.deepEqual(
    router.rules().map(({ id }) => id),
    ["high", "b", "a", "c", "low"],
  );
});

Deno.test("MessageRouter.plan() wants every part of a match to match", () => {
  const router = routerOf(rule("all", {
    match: {
      type: "direct",
      sender: "planner",
      recipient: "coder",
      topic: "jobs.*",
    },
  }));
  assert.deepEqual(matched(router), ["all"]);
  for (
    const parts of [
      { type: "request" as const },
      { sender: "other" },
      { recipient: "other" },
      { topic: "other.build" },
    ]
  ) assert.deepEqual(matched(router, parts), [], JSON.stringify(parts));
});

Deno.test("MessageRouter.plan() matches no absent recipient or topic", () => {
  const router = routerOf(
    rule("recipient", { match: { recipient: ">" } }),
    rule("topic", { match: { topic: ">" } }),
    rule("any", { match: {} }),
  );
  const absent = { recipient: undefined, topic: undefined };
  assert.deepEqual(matched(router, absent), ["any"]);
  assert.deepEqual(matched(router), ["recipient", "topic", "any"]);
});

Deno.test("MessageRouter.plan() matches names by patterns over their dots", () => {
  const router = routerOf(
    rule("pattern", { match: { sender: "agents.*" } }),
    rule("exact", { match: { sender: "eu:west/a..b" } }),
  );
  assert.deepEqual(matched(router, { sender: "agents.one" }), ["pattern"]);
  assert.deepEqual(matched(router, { sender: "agents.one.two" }), []);
  assert.deepEqual(matched(router, { sender: "eu:west/a..b" }), ["exact"]);
});

Deno.test("MessageRouter.plan() stops after a final rule", () => {
  const router = routerOf(
    rule("first", { priority: 3 }),
    rule("last", { priority: 2, final: true, match: { topic: "jobs.*" } }),
    rule("never", { priority: 1, action: { kind: "drop" } }),
  );
  assert.deepEqual(router.plan(message()), {
    rules: ["first", "last"],
    handlers: [],
    priority: 50,
    forwards: [],
    republishes: [],
    end: undefined,
  });
  assert.equal(router.plan(message({ topic: "x" }))?.end?.kind, "drop");
});

Deno.test("MessageRouter.plan() collects what the rules' actions want", () => {
  const router = routerOf(
    rule("1", { action: setTo(10) }),
    rule("2", { action: { kind: "forward", recipient: "audit" } }),
    rule("3", { action: { kind: "republish", topic: "jobs.copy" } }),
    rule("4", { action: setTo(90) }),
    rule("5", { action: { kind: "forward", recipient: "audit" } }),
    rule("6", { action: { kind: "forward", recipient: "second" } }),
  );
  assert.deepEqual(router.plan(message()), {
    rules: ["1", "2", "3", "4", "5", "6"],
    handlers: [],
    priority: 90,
    forwards: ["audit", "second"],
    republishes: ["jobs.copy"],
    end: undefined,
  });
});

Deno.test("MessageRouter.plan() lets the first end decide, and later handlers run", () => {
  const router = new MessageRouter();
  const run = () => {};
  router.registerHandler("log", run);
  router.addRule(
    rule("before", { action: { kind: "forward", recipient: "audit" } }),
  );
  router.addRule(
    rule("end", { action: { kind: "dead-letter", reason: "not today" } }),
  );
  router.addRule(rule("drop", { action: { kind: "drop" }, handler: "log" }));
  router.addRule(rule("after", { action: setTo(1), handler: "log" }));
  assert.deepEqual(router.plan(message()), {
    rules: ["before", "end", "drop", "after"],
    handlers: [
      { ruleId: "drop", name: "log", run },
      { ruleId: "after", name: "log", run },
    ],
    priority: 50,
    forwards: ["audit"],
    republishes: [],
    end: { kind: "dead-letter", ruleId: "end", reason: "not today" },
  });
});

Deno.test("MessageRouter.plan() has no handler to run once it is unregistered", () => {
  const router = new MessageRouter();
  router.registerHandler("log", () => {});
  router.addRule(rule("a", { handler: "log" }));
  assert.equal(router.unregisterHandler("log"), true);
  assert.equal(router.unregisterHandler("log"), false);
  const [handler] = router.plan(message())?.handlers ?? [];
  assert.deepEqual(handler, { ruleId: "a", name: "log", run: undefined });
  const anew = () => {};
  router.registerHandler("log", anew);
  assert.equal(router.plan(message())?.handlers[0]?.run, anew);
});

Deno.test("MessageRouter.commit() counts the matches, plan() does not", () => {
  const router = routerOf(rule("a"), rule("b", { match: { topic: "x" } }));
  const plan = router.plan(message());
  assert.ok(plan);
  assert.deepEqual(router.rules().map(({ matches }) => matches), [0, 0]);
  router.commit(plan);
  router.commit(plan);
  assert.deepEqual(router.rules().map(({ matches }) => matches), [2, 0]);
  router.removeRule("a");
  router.commit(plan);
  assert.deepEqual(router.rules().map(({ id }) => id), ["b"]);
});

Deno.test("MessageRouter.setEnabled() lets a rule take part or not", () => {
  const router = routerOf(rule("a", { enabled: false }), rule("b"));
  assert.deepEqual(matched(router), ["b"]);
  assert.equal(router.setEnabled("a", true), true);
  assert.equal(router.setEnabled("b", false), true);
  assert.deepEqual(matched(router), ["a"]);
  assert.equal(router.setEnabled("c", true), false);
  assert.deepEqual(
    router.rules().map(({ id, enabled }) => [id, enabled]),
    [["a", true], ["b", false]],
  );
  assert.throws(
    () => router.setEnabled("a", "no" as unknown as boolean),
    TypeError,
  );
});

Deno.test("MessageRouter.removeRule() takes a rule out, and its place is lost", () => {
  const router = routerOf(rule("a"), rule("b"));
  assert.equal(router.removeRule("a"), true);
  assert.equal(router.removeRule("a"), false);
  assert.deepEqual(matched(router), ["b"]);
  router.addRule(rule("a"));
  assert.deepEqual(matched(router), ["b", "a"]);
});

Deno.test("MessageRouter.addRule() keeps a copy of the rule", () => {
  const mine = {
    id: "a",
    priority: 50,
    match: { topic: "jobs.*" },
    action: { kind: "set-priority" as const, priority: 9 },
  };
  const router = routerOf(mine);
  mine.match.topic = "other";
  mine.action.priority = 1;
  mine.priority = 0;
  assert.equal(router.plan(message())?.priority, 9);
});

Deno.test("MessageRouter.rules() gives copies with their defaults", () => {
  const router = routerOf(
    rule("a", { match: { topic: "jobs.*" }, action: setTo(9) }),
  );
  const [info] = router.rules();
  assert.deepEqual(info, {
    id: "a",
    priority: 50,
    enabled: true,
    match: { topic: "jobs.*" },
    action: { kind: "set-priority", priority: 9 },
    final: false,
    matches: 0,
  });
  assert.ok(info?.match);
  info.match.topic = "other";
  info.enabled = false;
  info.matches = 7;
  assert.equal(router.plan(message())?.priority, 9);
  assert.equal(router.rules()[0]?.matches, 0);
});

Deno.test("MessageRouter tells of each change to its rules", () => {
  const changes: string[] = [];
  const router = new MessageRouter({ onChange: (id) => changes.push(id) });
  router.addRule(rule("a"));
  router.addRule(rule("b"));
  router.setEnabled("a", false);
  router.setEnabled("a", false);
  router.setEnabled("x", false);
  router.removeRule("b");
  router.removeRule("x");
  assert.throws(() => router.addRule(rule("a")));
  assert.deepEqual(changes, ["a", "b", "a", "b"]);
});

Deno.test("MessageRouter.addRule() refuses a taken id, and changes nothing", () => {
  const router = routerOf(rule("a", { priority: 1 }));
  assert.throws(() => router.addRule(rule("a", { priority: 2 })), {
    name: "RangeError",
    message: 'Cannot add rule as its id must be free: "a" is taken',
  });
  assert.deepEqual(router.rules().map(({ priority }) => priority), [1]);
});

Deno.test("MessageRouter.addRule() refuses a handler that is not registered", () => {
  assert.throws(() => routerOf(rule("a", { handler: "log" })), {
    name: "RangeError",
    message:
      'Cannot add rule "a" as its handler must be registered: "log" is not',
  });
});

Deno.test("MessageRouter.addRule() refuses more rules than it may hold", () => {
  const router = new MessageRouter();
  for (let n = 0; n < LIMITS.maxRules; n++) router.addRule(rule(`r${n}`));
  assert.throws(() => router.addRule(rule("one-more")), RangeError);
  assert.equal(router.rules().length, LIMITS.maxRules);
  router.removeRule("r0");
  router.addRule(rule("one-more"));
});

Deno.test("MessageRouter.registerHandler() refuses what it cannot call or find again", () => {
  const router = new MessageRouter();
  router.registerHandler("log", () => {});
  assert.throws(() => router.registerHandler("log", () => {}), RangeError);
  assert.throws(() => router.registerHandler("a b", () => {}), RangeError);
  assert.throws(
    () => router.registerHandler(7 as unknown as string, () => {}),
    TypeError,
  );
  assert.throws(
    () => router.registerHandler("x", "log" as unknown as () => void),
    TypeError,
  );
});

Deno.test("MessageRouter.registerHandler() refuses more handlers than it may hold", () => {
  const router = new MessageRouter();
  for (let n = 0; n < LIMITS.maxRuleHandlers; n++) {
    router.registerHandler(`h${n}`, () => {});
  }
  assert.throws(() => router.registerHandler("h", () => {}), RangeError);
});

Deno.test("MessageRouter.plan() finds what a look at every rule would find", () => {
  const optional = <T>(arbitrary: fc.Arbitrary<T>) =>
    fc.option(arbitrary, { nil: undefined });
  const pattern = fc.constantFrom(
    "a",
    "b",
    "a.b",
    "a.*",
    "*.b",
    "*",
    ">",
    "a.>",
  );
  const text = fc.constantFrom("a", "b", "a.b", "b.b", "a.a.b", "c");
  const type = fc.constantFrom<MessageType>("direct", "publish");
  const rules = fc.array(
    fc.record({
      priority: fc.nat(3),
      enabled: fc.boolean(),
      final: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      match: optional(fc.record({
        type: optional(type),
        sender: optional(pattern),
        recipient: optional(pattern),
        topic: optional(pattern),
      })),
    }),
    { maxLength: 12 },
  );
  const messages = fc.array(fc.record({
    type,
    sender: text,
    recipient: optional(text),
    topic: optional(text),
  }));
  fc.assert(
    fc.property(rules, messages, (parts, messages) => {
      const rules = parts.map((part, n) => rule(`r${n}`, part));
      const router = routerOf(...rules);
      for (const parts of messages) {
        const looked = message(parts);
        assert.deepEqual(matched(router, parts), lookAtAll(rules, looked));
      }
    }),
    { numRuns: 1_000 },
  );
});

function lookAtAll(rules: RoutingRule[], looked: Message): string[] {
  const ids: string[] = [];
  for (const rule of rules.toSorted((a, b) => b.priority - a.priority)) {
    if (!rule.enabled) continue;
    const { type, ...patterns } = rule.match ?? {};
    const matches = (type === undefined || type === looked.type) &&
      (["sender", "recipient", "topic"] as const).every((part) => {
        const pattern = patterns[part];
        const text = looked[part];
        return pattern === undefined ||
          text !== undefined && matchesPattern(pattern, text);
      });
    if (!matches) continue;
    ids.push(rule.id);
    if (rule.final) break;
  }
  return ids;
}
