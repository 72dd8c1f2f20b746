import { BusError, errorText } from "../../core/errors.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true });

/** A small record in the bytes that are kept. */
export function writeJson(value: unknown): Uint8Array {
  return ENCODER.encode(JSON.stringify(value));
}

/**
 * Reads what {@linkcode writeJson} wrote: an object with texts under these names.
 *
 * @throws {BusError} With code `"storage"` if it is something else.
 */
export function readJson<T>(
  bytes: Uint8Array,
  what: string,
  texts: readonly (keyof T & string)[],
): T {
  let value: unknown;
  try {
    value = JSON.parse(DECODER.decode(bytes));
  } catch (error) {
    throw unreadable(what, errorText(error));
  }
  if (typeof value !== "object" || value === null) {
    throw unreadable(what, "it is no object");
  }
  for (const name of texts) {
    if (typeof (value as Record<string, unknown>)[name] === "string") continue;
    throw unreadable(what, `it has no ${name}`);
  }
  return value as T;
}

function unreadable(what: string, problem: string): BusError {
  return new BusError(
    "storage",
    `Cannot read kept ${what} as it is not what a bus writes: ${problem}`,
  );
}
