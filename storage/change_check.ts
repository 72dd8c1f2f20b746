import { type Change, RECORD_KINDS } from "./store.ts";

/**
 * Refuses changes of what cannot be kept, before the first of them is made.
 *
 * @throws {TypeError} If a kind is not one of the kinds.
 * @throws {RangeError} If a key is not a whole number from 0.
 */
export function checkChanges(changes: readonly Change[]): void {
  for (const { kind, key } of changes) {
    if (!RECORD_KINDS.includes(kind)) {
      throw new TypeError(
        `Cannot keep record as its kind must be one of ${
          RECORD_KINDS.join(", ")
        }: current value is "${kind}"`,
      );
    }
    if (!Number.isSafeInteger(key) || key < 0) {
      throw new RangeError(
        `Cannot keep record as its key must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}: current value is ${key}`,
      );
    }
  }
}
