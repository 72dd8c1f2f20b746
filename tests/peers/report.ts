/** What one case measured, and whether it was within its limits. */
export class Report {
  readonly #figures: string[] = [];
  #failed = 0;

  /** Whether everything was within its limits. */
  get ok(): boolean {
    return this.#failed === 0;
  }

  /** Notes a figure that has no limit. */
  note(name: string, value: number | string): void {
    this.#figures.push(`${name} ${shown(value)}`);
  }

  /** Notes a figure that must not be above `limit`. */
  atMost(name: string, value: number, limit: number): void {
    // Asked this way round, what is no number fails.
    this.#judge(value <= limit, `${name} ${shown(value)} (<= ${shown(limit)})`);
  }

  /** Notes a figure that must not be below `limit`. */
  atLeast(name: string, value: number, limit: number): void {
    this.#judge(value >= limit, `${name} ${shown(value)} (>= ${shown(limit)})`);
  }

  /** Notes a figure that must be `expected`. */
  equal(name: string, value: unknown, expected: unknown): void {
    const text = value === expected
      ? `${name} ${shown(value)}`
      : `${name} ${shown(value)} (must be ${shown(expected)})`;
    this.#judge(value === expected, text);
  }

  /** Everything noted, on one line. */
  toString(): string {
    return this.#figures.join(", ");
  }

  #judge(holds: boolean, text: string): void {
    this.#figures.push(holds ? text : `NOT ${text}`);
    if (!holds) this.#failed++;
  }
}

function shown(value: unknown): string {
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) || Math.abs(value) >= 100
    ? value.toFixed(0)
    : value.toFixed(1);
}
