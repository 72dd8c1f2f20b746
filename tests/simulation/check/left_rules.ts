import type { RoutingRuleInfo } from "../../../mod.ts";
import type { Line } from "../history.ts";
import { Violation } from "./checker.ts";
import { KeptSteps } from "./kept_steps.ts";

type Rules = readonly RoutingRuleInfo[];

/** Rules that held from a step on. */
interface Held {
  readonly rules: Rules;
  readonly step: number;
}

/**
 * The rules that a bus on a store has left: those of its end, or those of some
 * time before, but no earlier than what is surely kept.
 */
export class LeftRules {
  readonly #kept = new KeptSteps();
  /** As they were one after the other: one of these is what is left. None, where that is not known. */
  #held: Held[] = [NONE];
  #isOpen = false;
  /** Somebody has changed them before all were back. */
  #isTouched = false;

  /** Looks at the next line. */
  take(line: Line): void {
    this.#kept.take(line);
    switch (line.type) {
      case "bus_started":
        this.#isOpen = false;
        this.#isTouched = false;
        return;
      case "bus_ended":
        if (line.how !== "closing" && this.#isOpen) this.#leave();
        return;
      case "rules": {
        const { rules, step } = line;
        this.#isTouched ||= !this.#isOpen;
        if (this.#isOpen && this.#held.length > 0) {
          this.#held.push({ rules, step });
        }
      }
    }
  }

  /** The store is open, with these rules. @throws {Violation} If they are not those that were left. */
  open(rules: Rules | "unknown", line: Line): void {
    const left = this.#held;
    this.#isOpen = true;
    const isKnown = left.length > 0 && !this.#isTouched;
    this.#held = this.#heldFrom(left, rules, line.step);
    if (rules === "unknown" || !isKnown) return;
    if (left.some((held) => areSame(held, rules))) return;
    const ids = rules.map(({ id }) => id).join(", ");
    const text = `the rules that are back are not those that were left: ${ids}`;
    throw new Violation("P4", text, line);
  }

  #heldFrom(left: readonly Held[], rules: Rules | "unknown", step: number) {
    if (rules === "unknown") return [];
    if (!this.#isTouched) return [{ rules, step: -1 }];
    // What was changed early is not kept yet: until then, any of them is there.
    const before = left.map(({ rules }) => ({ rules, step: Infinity }));
    return left.length === 0 ? [] : [...before, { rules, step }];
  }

  #leave(): void {
    const { keptStep } = this.#kept;
    const surely = this.#held.findLastIndex(({ step }) => step < keptStep);
    if (surely > 0) this.#held = this.#held.slice(surely);
  }
}

const NONE: Held = { rules: [], step: -1 };

function areSame({ rules }: Held, others: Rules): boolean {
  return rules.map(textOf).join() === others.map(textOf).join();
}

/** A rule but for how often it has matched, which is not kept. */
function textOf(rule: RoutingRuleInfo): string {
  return JSON.stringify(
    Object.entries({ ...rule, matches: 0 })
      .filter(([, value]) => value !== undefined).sort(),
  );
}
