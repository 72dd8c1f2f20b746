import { CLI_LIMITS } from "./cli_limits.ts";

/** Control characters, and those that turn the direction of writing: what is not ours must not steer a terminal. */
const UNSEEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Text of others with everything in it that steers a terminal written out. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, escaped);
}

/** A value as one line of JSON that steers no terminal. */
export function jsonLine(value: unknown): string {
  return visible(JSON.stringify(value));
}

/** A payload as a person reads it, in one line: text as it is, everything else as JSON. */
export function payloadText(payload: unknown): string {
  return typeof payload === "string" ? visible(payload) : jsonLine(payload);
}

/** The beginning of a payload, for a table. */
export function preview(payload: unknown): string {
  const text = payloadText(payload);
  const { maxPreviewChars } = CLI_LIMITS;
  return text.length <= maxPreviewChars
    ? text
    : `${text.slice(0, maxPreviewChars - 1)}…`;
}

/** A payload as JSON can say it: bytes become `{ $binary, bytes }`, as the inspector shows them. */
export function shownPayload(payload: unknown): unknown {
  return payload instanceof Uint8Array
    ? { $binary: payload.toBase64(), bytes: payload.byteLength }
    : payload;
}

/** The time of day, to the millisecond, where the reader is. */
export function timeOfDay(atMs: number): string {
  const at = new Date(atMs);
  const [hours, minutes, seconds] = [
    at.getHours(),
    at.getMinutes(),
    at.getSeconds(),
  ].map((part) => String(part).padStart(2, "0"));
  const millis = String(at.getMilliseconds()).padStart(3, "0");
  return `${hours}:${minutes}:${seconds}.${millis}`;
}

const UNITS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [
  1_000,
  "s",
]] as const;

/** A span of time in its largest unit: `3 min`, `250 ms`, `1.25 ms`. */
export function span(durationMs: number): string {
  for (const [unitMs, unit] of UNITS) {
    if (durationMs >= unitMs) {
      return `${Math.floor(durationMs / unitMs)} ${unit}`;
    }
  }
  return durationMs < 10
    ? `${Number(durationMs.toFixed(2))} ms`
    : `${Math.round(durationMs)} ms`;
}

const SIZES = ["KiB", "MiB", "GiB", "TiB"] as const;

/** A number of bytes in its largest unit. */
export function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  let value = bytes / 1_024;
  let unit = 0;
  while (value >= 1_024 && unit < SIZES.length - 1) {
    value /= 1_024;
    unit++;
  }
  return `${value.toFixed(1)} ${SIZES[unit]}`;
}

/** A count with its thousands apart. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** A count and its noun: `1 message`, `2 messages`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
