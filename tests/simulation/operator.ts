import type { RoutingRule } from "../../mod.ts";
import type { CallLog } from "./call_log.ts";
import type { Dice } from "../support/dice.ts";
import { NAMES } from "./plan.ts";
import type { SimHost } from "./sim_host.ts";

/** Rules that are added, to which a sender is matched. */
const RULES: readonly [
  Pick<RoutingRule, "handler" | "action" | "final">,
  ...Pick<RoutingRule, "handler" | "action" | "final">[],
] = [
  { handler: "look" },
  { handler: "wait" },
  { handler: "refuse" },
  { action: { kind: "forward", recipient: "bob" } },
  { action: { kind: "republish", topic: "logs" } },
  { action: { kind: "set-priority", priority: 80 } },
  { action: { kind: "set-priority", priority: 15 } },
  { action: { kind: "drop" } },
  { action: { kind: "dead-letter", reason: "by rule" } },
  { action: { kind: "set-priority", priority: 5 }, final: true },
];

/** Who looks after the bus: its dead letters and its rules. */
export class Operator {
  readonly #host: SimHost;
  readonly #calls: CallLog;
  #rules = 0;

  /** Has done nothing yet. */
  constructor(host: SimHost, calls: CallLog) {
    this.#host = host;
    this.#calls = calls;
  }

  /** Sends a dead letter's message again. */
  replay(dice: Dice): void {
    const { bus, process } = this.#host;
    const letter = bus && dice.pick([...bus.deadLetters])?.id;
    if (!bus || !process || letter === undefined) return;
    const caller = { instance: "operator", process };
    void this.#calls.make(
      caller,
      { verb: "replay", letter },
      async () => ({ id: await bus.deadLetters.replay(letter) }),
    );
  }

  /** Forgets a dead letter. */
  discard(dice: Dice): void {
    const { bus, process } = this.#host;
    const letter = bus && dice.pick([...bus.deadLetters])?.id;
    if (!bus || !process || letter === undefined) return;
    const caller = { instance: "operator", process };
    void this.#calls.make(caller, { verb: "discard", letter }, () => {
      bus.deadLetters.discard(letter);
      return Promise.resolve({});
    });
  }

  /** Adds, removes, or switches a rule. */
  changeRules(dice: Dice): void {
    const { bus } = this.#host;
    if (!bus) return;
    const { router } = bus;
    const rule = dice.pick(router.rules());
    if (rule && dice.chance(0.3)) router.setEnabled(rule.id, !rule.enabled);
    else if (rule && dice.chance(0.6)) router.removeRule(rule.id);
    else {
      router.addRule({
        id: `r${++this.#rules}`,
        // Often the same, so that the order of adding decides.
        priority: dice.pick([10, 50, 50, 90]),
        match: { sender: dice.pick(NAMES) },
        ...dice.pick(RULES),
      });
    }
    this.#host.noteRules();
  }

  /** Takes every rule away. */
  heal(): void {
    const { bus } = this.#host;
    if (!bus) return;
    for (const { id } of bus.router.rules()) bus.router.removeRule(id);
    this.#host.noteRules();
  }
}
