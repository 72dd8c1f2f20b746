import assert from "node:assert/strict";
import { runRuleHandlers } from "../../bus/rule_handlers.ts";
import type { Message } from "../../core/message.ts";
import type { PlannedHandler } from "../../router/route_plan.ts";
import type { RuleHandler } from "../../router/rule.ts";

const MESSAGE: Message = {
  id: "m",
  type: "direct",
  sender: "a",
  payload: null,
  priority: 50,
  timestamp: 0,
  attempt: 1,
  requiresAck: false,
};

function planned(...handlers: (RuleHandler | undefined)[]): PlannedHandler[] {
  return handlers.map((run, index) => ({
    ruleId: `r${index}`,
    name: `h${index}`,
    run,
  }));
}

Deno.test("runRuleHandlers() is done at once while no handler makes it wait", () => {
  const seen: unknown[] = [];
  const note: RuleHandler = (message) => void seen.push(message);
  const outcome = runRuleHandlers(planned(note, note), () => MESSAGE);
  assert.equal(outcome, undefined);
  assert.deepEqual(seen, [MESSAGE, MESSAGE]);
  assert.equal(
    runRuleHandlers([], () => assert.fail("nobody looks")),
    undefined,
  );
});

Deno.test("runRuleHandlers() runs one after the other, in rule order", async () => {
  const log: string[] = [];
  const slow = (name: string): RuleHandler => async () => {
    log.push(`${name} begins`);
    await undefined;
    await undefined;
    log.push(`${name} ends`);
  };
  const quick: RuleHandler = () => void log.push("quick");
  await runRuleHandlers(
    planned(quick, slow("1"), quick, slow("2")),
    () => MESSAGE,
  );
  assert.deepEqual(log, [
    "quick",
    "1 begins",
    "1 ends",
    "quick",
    "2 begins",
    "2 ends",
  ]);
});

Deno.test("runRuleHandlers() runs them all, and tells of the first that failed", async () => {
  const log: string[] = [];
  const fail = (name: string): RuleHandler => () => {
    log.push(name);
    throw new Error(name);
  };
  const reject = (name: string): RuleHandler => () => {
    log.push(name);
    return Promise.reject(new Error(name));
  };
  const atOnce = runRuleHandlers(planned(fail("a"), fail("b")), () => MESSAGE);
  assert.deepEqual(atOnce, { ruleId: "r0", error: new Error("a") });
  const mixed = await runRuleHandlers(
    planned(() => {}, reject("c"), fail("d"), reject("e")),
    () => MESSAGE,
  );
  assert.deepEqual(mixed, { ruleId: "r1", error: new Error("c") });
  const early = await runRuleHandlers(
    planned(fail("f"), reject("g")),
    () => MESSAGE,
  );
  assert.deepEqual(early, { ruleId: "r0", error: new Error("f") });
  assert.deepEqual(log, ["a", "b", "c", "d", "e", "f", "g"]);
});

Deno.test("runRuleHandlers() fails for a handler that was unregistered", () => {
  const outcome = runRuleHandlers(planned(undefined), () => MESSAGE);
  assert.ok(outcome && !(outcome instanceof Promise));
  assert.match(String(outcome.error), /"h0" is not registered any more/);
});
