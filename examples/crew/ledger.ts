/** What became of one planned file. */
export type Fate = "open" | "verdict" | "letter" | "mended";

/**
 * Keeps account of one round: each planned file ends with exactly one verdict,
 * or as a dead letter. What is told before the plan is known counts as well.
 */
export class Ledger {
  readonly #verdicts = new Map<string, number>();
  readonly #letters = new Map<string, string>();
  #planned: ReadonlySet<string> | undefined;
  #settled = Promise.withResolvers<void>();

  /** Resolves once every planned file has a verdict or a letter. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Files in the plan; 0 until it is known. */
  get total(): number {
    return this.#planned?.size ?? 0;
  }

  /** Files that have a verdict, planned or not. */
  get verdicts(): number {
    return this.#verdicts.size;
  }

  /** Planned files that have a verdict or a letter. */
  get done(): number {
    return this.total - this.open().length;
  }

  /** Makes the plan known. */
  plan(paths: readonly string[]): void {
    this.#planned = new Set(paths);
    this.#look();
  }

  /** Notes a verdict, and tells what the file's fate is now. */
  verdict(path: string): Fate {
    this.#verdicts.set(path, (this.#verdicts.get(path) ?? 0) + 1);
    this.#look();
    return this.fateOf(path);
  }

  /** Notes that a file became a dead letter. */
  letter(path: string, reason: string): void {
    this.#letters.set(path, reason);
    this.#look();
  }

  /** What became of a file so far; `"mended"` is a letter that got its verdict later. */
  fateOf(path: string): Fate {
    if (this.#letters.has(path)) {
      return this.#verdicts.has(path) ? "mended" : "letter";
    }
    return this.#verdicts.has(path) ? "verdict" : "open";
  }

  /** Planned files that have neither. */
  open(): string[] {
    const planned = [...this.#planned ?? []];
    return planned.filter((path) => this.fateOf(path) === "open");
  }

  /** The files that became dead letters and have no verdict, by path, with the reason. */
  letters(): { path: string; reason: string }[] {
    return [...this.#letters]
      .filter(([path]) => this.fateOf(path) === "letter")
      .map(([path, reason]) => ({ path, reason }))
      .sort((a, b) => a.path < b.path ? -1 : 1);
  }

  /** What is wrong with the account, one sentence each; empty when all is well. */
  problems(): string[] {
    const problems = this.open().map((path) => `${path} has no verdict`);
    for (const [path, count] of this.#verdicts) {
      if (count > 1) problems.push(`${path} has ${count} verdicts`);
      if (this.#planned && !this.#planned.has(path)) {
        problems.push(`${path} has a verdict and was not planned`);
      }
    }
    return problems;
  }

  #look(): void {
    if (this.#planned !== undefined && this.open().length === 0) {
      this.#settled.resolve();
    }
  }
}
