/** What stands in the place of a field that is not to be seen. */
export const REDACTED = "(redacted)";

/** Names of fields that nobody is to see, whatever their case. */
export class Redaction {
  readonly #names: ReadonlySet<string>;

  /** Hides fields of these names, at any depth. */
  constructor(names: readonly string[] = []) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  /** A copy without what is to be hidden; the value itself where nothing is. */
  apply(value: unknown): unknown {
    if (this.#names.size === 0 || typeof value !== "object" || value === null) {
      return value;
    }
    if (value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map((part) => this.apply(part));
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [
        name,
        this.#names.has(name.toLowerCase()) ? REDACTED : this.apply(part),
      ]),
    );
  }

  /** Whether a value that was shown, and is sent back, lacks what was hidden of it. */
  isIncomplete(value: unknown): boolean {
    if (this.#names.size === 0 || typeof value !== "object" || value === null) {
      return false;
    }
    return Object.entries(value).some(([name, part]) =>
      (part === REDACTED && this.#names.has(name.toLowerCase())) ||
      this.isIncomplete(part)
    );
  }
}
