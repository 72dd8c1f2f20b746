import assert from "node:assert/strict";
import fc from "fast-check";
import { matchesPattern } from "../../core/topic.ts";
import { MessageRouter } from "../../router/message_router.ts";
import type { Routable, RoutePlan } from "../../router/route_plan.ts";
import type { RoutingRule } from "../../router/rule.ts";
import { HANDLERS, routables, rules } from "./arbitraries/rules.ts";
import { RUNS } from "./arbitraries/runs.ts";

interface Standing {
  readonly rule: RoutingRule;
  enabled: boolean;
  matches: number;
}

/** The rules as a list, in the order they were added. */
class Model {
  readonly standing: Standing[] = [];
  readonly handlers = new Set(HANDLERS);
  ids = 0;

  inOrder(): Standing[] {
    return this.standing.toSorted((one, other) =>
      other.rule.priority - one.rule.priority
    );
  }

  /** What the reference says that rules do, rule by rule. */
  plan(message: Routable): Comparable | undefined {
    const plan = {
      rules: [] as string[],
      handlers: [] as { ruleId: string; name: string; isThere: boolean }[],
      priority: message.priority,
      forwards: new Set<string>(),
      republishes: new Set<string>(),
      end: undefined as RoutePlan["end"],
    };
    for (const { rule, enabled } of this.inOrder()) {
      if (!enabled || !isFor(rule, message)) continue;
      const { id: ruleId, handler: name, action } = rule;
      plan.rules.push(ruleId);
      if (name !== undefined) {
        plan.handlers.push({ ruleId, name, isThere: this.handlers.has(name) });
      }
      if (action && !plan.end) {
        if (action.kind === "forward") plan.forwards.add(action.recipient);
        if (action.kind === "republish") plan.republishes.add(action.topic);
        if (action.kind === "set-priority") plan.priority = action.priority;
        if (action.kind === "drop") plan.end = { kind: "drop", ruleId };
        if (action.kind === "dead-letter") plan.end = { ...action, ruleId };
      }
      if (rule.final) break;
    }
    if (plan.rules.length === 0) return undefined;
    return comparable(plan);
  }
}

function isFor({ match = {} }: RoutingRule, message: Routable): boolean {
  const { type, sender, recipient, topic } = match;
  const stands = (pattern?: string, text?: string) =>
    pattern === undefined ||
    (text !== undefined && matchesPattern(pattern, text));
  return (type === undefined || type === message.type) &&
    stands(sender, message.sender) &&
    stands(recipient, message.recipient) && stands(topic, message.topic);
}

type Comparable = ReturnType<typeof comparable>;

/** A plan in which sets are lists, and handlers are there or not. */
function comparable(plan: {
  rules: readonly string[];
  handlers: readonly { ruleId: string; name: string; isThere: boolean }[];
  priority: number;
  forwards: Iterable<string>;
  republishes: Iterable<string>;
  end: RoutePlan["end"];
}) {
  return {
    ...plan,
    handlers: [...plan.handlers],
    forwards: [...plan.forwards],
    republishes: [...plan.republishes],
  };
}

type Command = fc.Command<Model, MessageRouter>;

class AddRule implements Command {
  constructor(readonly rule: Omit<RoutingRule, "id">) {}
  check = ({ handlers }: Readonly<Model>) =>
    this.rule.handler === undefined || handlers.has(this.rule.handler);
  run(model: Model, real: MessageRouter): void {
    const rule = { ...this.rule, id: `r${model.ids++}` };
    model.standing.push({ rule, enabled: rule.enabled ?? true, matches: 0 });
    real.addRule(rule);
    assert.throws(() => real.addRule(rule), RangeError);
    agree(model, real);
  }
  toString = () => `add ${JSON.stringify(this.rule)}`;
}

class RemoveRule implements Command {
  constructor(readonly at: number) {}
  check = ({ standing }: Readonly<Model>) => standing.length > 0;
  run(model: Model, real: MessageRouter): void {
    const [gone] = model.standing.splice(this.at % model.standing.length, 1);
    assert.equal(real.removeRule(gone?.rule.id ?? ""), true);
    assert.equal(real.removeRule(gone?.rule.id ?? ""), false);
    agree(model, real);
  }
  toString = () => `remove the ${this.at}th`;
}

class SetEnabled implements Command {
  constructor(readonly at: number, readonly enabled: boolean) {}
  check = ({ standing }: Readonly<Model>) => standing.length > 0;
  run(model: Model, real: MessageRouter): void {
    const one = model.standing[this.at % model.standing.length];
    assert.ok(one);
    one.enabled = this.enabled;
    assert.equal(real.setEnabled(one.rule.id, this.enabled), true);
    agree(model, real);
  }
  toString = () => `${this.enabled ? "enable" : "disable"} the ${this.at}th`;
}

class ChangeHandler implements Command {
  constructor(readonly name: string) {}
  check = () => true;
  run({ handlers }: Model, real: MessageRouter): void {
    const wasThere = handlers.delete(this.name);
    assert.equal(real.unregisterHandler(this.name), wasThere);
    if (wasThere) return;
    handlers.add(this.name);
    real.registerHandler(this.name, () => {});
  }
  toString = () => `register or unregister ${this.name}`;
}

class Route implements Command {
  constructor(readonly message: Routable) {}
  check = () => true;
  run(model: Model, real: MessageRouter): void {
    const plan = real.plan(this.message);
    const expected = model.plan(this.message);
    const handlers = plan?.handlers.map(({ ruleId, name, run }) => {
      return { ruleId, name, isThere: run !== undefined };
    });
    assert.deepEqual(
      plan && comparable({ ...plan, handlers: handlers ?? [] }),
      expected,
      "P4",
    );
    agree(model, real);
    if (!plan) return;
    real.commit(plan);
    for (const one of model.standing) {
      if (plan.rules.includes(one.rule.id)) one.matches++;
    }
    agree(model, real);
  }
  toString = () => `route ${JSON.stringify(this.message)}`;
}

function agree(model: Model, real: MessageRouter): void {
  assert.deepEqual(
    real.rules().map(({ id, enabled, matches }) => [id, enabled, matches]),
    model.inOrder().map((one) => [one.rule.id, one.enabled, one.matches]),
  );
}

Deno.test("P4: MessageRouter plans what its rules say one by one, whatever comes, goes and is switched off", () => {
  const commands = fc.commands<Model, MessageRouter>([
    rules.map((rule) => new AddRule(rule)),
    rules.map((rule) => new AddRule(rule)),
    fc.nat(20).map((at) => new RemoveRule(at)),
    fc.tuple(fc.nat(20), fc.boolean()).map((of) => new SetEnabled(...of)),
    fc.constantFrom(...HANDLERS).map((name) => new ChangeHandler(name)),
    routables.map((message) => new Route(message)),
    routables.map((message) => new Route(message)),
  ], { size: "+1" });
  fc.assert(
    fc.property(commands, (commands) => {
      const real = new MessageRouter();
      for (const name of HANDLERS) real.registerHandler(name, () => {});
      fc.modelRun(() => ({ model: new Model(), real }), commands);
    }),
    RUNS,
  );
});
