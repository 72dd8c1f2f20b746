import { unlessAborted } from "./unless_aborted.ts";
import type { Plan, ReportOrder, Verdict } from "./work.ts";

/** What lies on the editor's desk: the plan and the verdicts of the latest round. */
export class Desk {
  readonly #verdicts = new Map<string, Verdict>();
  #plan: Plan | undefined;
  #round = 0;
  #changed = Promise.withResolvers<void>();

  /** The plan of the latest round, once it has come. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** The verdicts of the latest round, in the order they came. */
  get verdicts(): readonly Verdict[] {
    return [...this.#verdicts.values()];
  }

  /** Takes a plan in. */
  planned(plan: Plan): void {
    if (this.#turnTo(plan.round)) this.#plan = plan;
    this.#wake();
  }

  /** Takes a verdict in; the same one again changes nothing. */
  judged(verdict: Verdict): void {
    if (this.#turnTo(verdict.round)) this.#verdicts.set(verdict.path, verdict);
    this.#wake();
  }

  /**
   * Waits until every file of the order's round has its verdict, or is known
   * to be without one.
   *
   * @throws The `reason` of `signal`, as soon as it aborts.
   */
  async complete(order: ReportOrder, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!this.#holdsAllOf(order)) {
      await unlessAborted(this.#changed.promise, signal);
    }
  }

  #holdsAllOf({ round, unreadable }: ReportOrder): boolean {
    if (this.#plan?.round !== round) return false;
    const without = new Set(unreadable.map(({ path }) => path));
    return this.#plan.paths.every((path) =>
      without.has(path) || this.#verdicts.has(path)
    );
  }

  /** Whether a round is the latest; a later one clears the desk. */
  #turnTo(round: number): boolean {
    if (round > this.#round) {
      this.#round = round;
      this.#plan = undefined;
      this.#verdicts.clear();
    }
    return round === this.#round;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
