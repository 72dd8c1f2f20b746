/** Figures and times as text. Pure: no part of the page is looked at. */
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", {
  notation: "compact",
  maximumFractionDigits: 1,
});

/** A count in full up to five digits, and shortened above: `12,345`, `1.2M`. */
export function count(value) {
  return value < 100_000 ? WHOLE.format(value) : SHORT.format(value);
}

/** Events a second: one digit after the point below ten. */
export function perSecond(value) {
  if (value > 0 && value < 0.05) return "<0.1";
  return value > 0 && value < 10 ? value.toFixed(1) : count(value);
}

/** A duration given in milliseconds: `42 µs`, `0.42 ms`, `12 ms`, `3.4 s`, `5 min`, `2 h`. */
export function duration(ms) {
  if (ms > 0 && ms < 0.1) return `${Math.ceil(ms * 1_000)} µs`;
  if (ms < 1) return ms === 0 ? "0 ms" : `${ms.toFixed(2)} ms`;
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`;
  return `${Math.floor(ms / 86_400_000)} d`;
}

/** How long ago a moment was, in steps that do not flicker. */
export function ago(ms, now = Date.now()) {
  const passed = Math.max(0, now - ms);
  if (passed < 2_000) return "now";
  return passed < 60_000
    ? `${Math.floor(passed / 1_000)} s ago`
    : `${duration(passed)} ago`;
}

/** The time of day with milliseconds, in the reader's zone. */
export function clockTime(ms) {
  const date = new Date(ms);
  const two = (part) => String(part).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${
    two(date.getSeconds())
  }.` +
    String(date.getMilliseconds()).padStart(3, "0");
}

/** The day and the time with milliseconds, in the reader's zone. */
export function exactTime(ms) {
  const date = new Date(ms);
  const two = (part) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${
    two(date.getDate())
  } ${clockTime(ms)}`;
}

/** One noun for one, another for more: `1 message`, `2 messages`. */
export function amount(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A size: `512 B`, `1.5 KiB`, `3.2 MiB`. */
export function bytes(value) {
  if (value < 1_024) return `${value} B`;
  if (value < 1_048_576) return `${(value / 1_024).toFixed(1)} KiB`;
  return `${(value / 1_048_576).toFixed(1)} MiB`;
}

/** The beginning of a payload, on one line. */
export function preview(payload, maxChars = 160) {
  const special = binaryNote(payload);
  if (special) return special;
  const text = typeof payload === "string"
    ? payload
    : JSON.stringify(payload) ?? "null";
  return text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
}

/** A payload as a person reads it. */
export function pretty(payload) {
  const special = binaryNote(payload);
  if (special) {
    return payload.$binary === undefined
      ? special
      : `${special}\n${payload.$binary}`;
  }
  return typeof payload === "string"
    ? payload
    : JSON.stringify(payload, null, 2) ?? "null";
}

/** Where a message goes: its recipient, its topic, or everybody. */
export function target(message) {
  return message.recipient ?? message.topic ??
    (message.type === "direct" ? "everybody" : "–");
}

/** A reason or state as words: `handler_failed` is `handler failed`. */
export function words(code) {
  return code.replaceAll("_", " ");
}

function binaryNote(payload) {
  if (typeof payload !== "object" || payload === null) return undefined;
  if (payload.$truncated === true) {
    return payload.bytes === undefined
      ? "(large payload)"
      : `(${bytes(payload.bytes)})`;
  }
  const isBinary = typeof payload.$binary === "string" &&
    typeof payload.bytes === "number";
  return isBinary ? `(${bytes(payload.bytes)} of binary data)` : undefined;
}
