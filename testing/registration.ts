/** A test of a suite. */
export interface SuiteTest {
  readonly name: string;
  readonly ignore?: boolean;
  readonly fn: () => void | Promise<void>;
}

/**
 * Registers a test.
 *
 * @throws {TypeError} If this is not Deno.
 */
export function registerTest(test: SuiteTest): void {
  if (!("Deno" in globalThis)) {
    throw new TypeError(
      "Cannot register test as suites run with `deno test` alone: this is another platform",
    );
  }
  Deno.test(test);
}
