import type { Display } from "./display.ts";
import type { Foreman } from "./foreman.ts";
import type { ReportFile } from "./report_file.ts";
import { LIMITS, type PlanOrder } from "./work.ts";

/** What {@linkcode Rounds} works with. */
export interface RoundsOptions {
  readonly foreman: Foreman;
  readonly display: Display;
  readonly report: ReportFile;
  /** Aborts when a person ends the demo. */
  readonly interrupted: AbortSignal;
  /** Aborts when the crew can not go on. */
  readonly failed: AbortSignal;
  /** What is looked at, each time. */
  readonly order: Omit<PlanOrder, "round">;
}

/** What came of a round. */
export interface RoundResult {
  /** Files that are not accounted for, one sentence each. */
  readonly problems: readonly string[];
  readonly tookMs: number;
}

/** Goes over the folder, writes the report, and does so again when asked. */
export class Rounds {
  readonly #options: RoundsOptions;

  /** No round yet. */
  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Waits for the crew, has the first round done, and prints the report as it is written. */
  async first(): Promise<RoundResult> {
    const startedAt = performance.now();
    await this.#options.foreman.everybody(this.#deadline());
    this.#options.display.say("The crew is there");
    const problems = await this.#round({ print: true });
    return { problems, tookMs: performance.now() - startedAt };
  }

  /**
   * Waits until a person ends the demo. Every so many seconds, if a number is
   * given, and whenever a dead letter was mended, the report is written anew.
   *
   * @throws {Error} If the crew can not go on.
   */
  async stayUp(everySeconds?: number): Promise<void> {
    const { interrupted, failed, display } = this.#options;
    display.onMended = () => void this.#rewrite();
    while (true) {
      const pause = everySeconds === undefined
        ? undefined
        : AbortSignal.timeout(everySeconds * 1_000);
      await aborted(interrupted, failed, pause);
      if (interrupted.aborted) return;
      failed.throwIfAborted();
      await this.#again();
    }
  }

  /** One more round; what goes wrong is said, and is no reason to end. */
  async #again(): Promise<void> {
    const { interrupted, display } = this.#options;
    display.startRound();
    try {
      for (const problem of await this.#round({ print: false })) {
        display.say(`Not accounted for: ${problem}`);
      }
    } catch (error) {
      if (interrupted.aborted) return;
      display.say(error instanceof Error ? error.message : String(error));
    }
  }

  async #round(options: { print: boolean }): Promise<string[]> {
    const { foreman, order, report, display } = this.#options;
    try {
      await foreman.round(order, this.#deadline());
    } catch (error) {
      this.#options.interrupted.throwIfAborted();
      const open = foreman.ledger.problems();
      if (open.length === 0) throw error;
      display.say(error instanceof Error ? error.message : String(error));
      return open;
    }
    await report.write(foreman.report(order.folder, this.#deadline()), options);
    foreman.reported();
    return foreman.ledger.problems();
  }

  async #rewrite(): Promise<void> {
    const { foreman, order, report, display } = this.#options;
    try {
      const pieces = foreman.report(order.folder, this.#deadline());
      await report.write(pieces, { print: false });
      display.say(`The report was written anew: ${report.path}`);
    } catch (error) {
      display.say(error instanceof Error ? error.message : String(error));
    }
  }

  #deadline(): AbortSignal {
    return AbortSignal.any([
      this.#options.interrupted,
      this.#options.failed,
      timeLimit(LIMITS.roundTimeoutMs),
    ]);
  }
}

/** Aborts after so many milliseconds, with a reason that people understand. */
function timeLimit(limitMs: number): AbortSignal {
  const controller = new AbortController();
  const reason = new Error(
    `Cannot go on as the crew may take at most ${limitMs / 1_000} s`,
  );
  Deno.unrefTimer(setTimeout(() => controller.abort(reason), limitMs));
  return controller.signal;
}

/** Resolves when one of the signals aborts. */
function aborted(...signals: (AbortSignal | undefined)[]): Promise<void> {
  const given = signals.filter((signal) => signal !== undefined);
  const any = AbortSignal.any(given);
  return new Promise((resolve) => {
    if (any.aborted) resolve();
    any.addEventListener("abort", () => resolve(), { once: true });
  });
}
