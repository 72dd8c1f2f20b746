import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

/** How much of each payload is shown. */
export interface ShownOptions {
  /** Larger payloads are named by their size only, in bytes. @default {no bound} */
  maxBytes?: number;
}

/** For lists and events: enough to recognise a message by. */
export const BRIEFLY: ShownOptions = {
  maxBytes: INSPECTOR_LIMITS.maxShownBytes,
};

/**
 * A payload as JSON can say it: a `Uint8Array` becomes `{ $binary, bytes }`
 * with its bytes in base64, and one above the bound `{ $truncated: true }`,
 * with its bytes where they are known without encoding it.
 */
export function shownPayload(
  payload: unknown,
  { maxBytes = Infinity }: ShownOptions = {},
): unknown {
  if (payload instanceof Uint8Array) {
    const bytes = payload.byteLength;
    return bytes > maxBytes
      ? { $truncated: true, bytes }
      : { $binary: payload.toBase64(), bytes };
  }
  if (room(payload, maxBytes) < 0) return { $truncated: true };
  return payload ?? null;
}

/** A payload as a person may have typed it: the reverse of {@linkcode shownPayload}. */
export function readPayload(shown: unknown): unknown {
  if (typeof shown !== "object" || shown === null) return shown;
  if (!("$binary" in shown) || typeof shown.$binary !== "string") return shown;
  try {
    return Uint8Array.fromBase64(shown.$binary);
  } catch (cause) {
    throw new TypeError("Cannot read payload as $binary must be base64", {
      cause,
    });
  }
}

/** What is left of `bytes` once `value` is written, counted low; negative as soon as it cannot fit. */
function room(value: unknown, bytes: number): number {
  if (typeof value === "string") return bytes - value.length - 2;
  if (typeof value !== "object" || value === null) return bytes - 1;
  let left = bytes - 2;
  for (const key in value) {
    if (left < 0) return left;
    const name = Array.isArray(value) ? 1 : key.length + 4;
    left = room((value as Record<string, unknown>)[key], left - name);
  }
  return left;
}
