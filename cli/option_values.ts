import { InvalidArgumentError } from "commander";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
};
/** The longest that the bus counts with. */
const MAX_DURATION_MS = 2 ** 31 - 1;

/** Reads a span of time, such as `500ms`, `5s`, `2m` or `1h`, in milliseconds. */
export function duration(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(text) ??
    [];
  const durationMs = Math.round(Number(number) * (UNITS[unit] ?? NaN));
  if (number !== "" && durationMs >= 1 && durationMs <= MAX_DURATION_MS) {
    return durationMs;
  }
  throw new InvalidArgumentError(
    "It must be a span of time such as 500ms, 5s, 2m or 1h.",
  );
}

/** Reads spans of time that are no longer than `mostMs` milliseconds. */
export function durationUpTo(mostMs: number): (text: string) => number {
  return (text) => {
    const durationMs = duration(text);
    if (durationMs <= mostMs) return durationMs;
    throw new InvalidArgumentError(
      `It must be at most ${mostMs / 1_000}s.`,
    );
  };
}

/** Reads whole numbers of a range. */
export function wholeNumber(
  least: number,
  most: number,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      `It must be a whole number from ${least} to ${most}.`,
    );
  };
}

/** Reads `NAME=VALUE`, as often as it is given, into one record. */
export function headers(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) {
    throw new InvalidArgumentError("It must be NAME=VALUE.");
  }
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** Reads permission bits, such as `660`. */
export function permissionBits(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return parseInt(text, 8);
  throw new InvalidArgumentError(
    "It must be three octal digits such as 600 or 660.",
  );
}
