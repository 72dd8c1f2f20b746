import { createHash } from "node:crypto";

/**
 * One text for one value, the same in every language: `n`, `t`, `f`, `s` with
 * the hex digits of UTF-16BE and `;`, `d` with those of the IEEE 754 double and
 * `;`, and lists and objects in brackets, members ordered by name.
 */
export function canonical(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `s${utf16(value)};`;
    case "number":
      return `d${Number.isNaN(value) ? "nan" : doubleHex(value)};`;
    case "boolean":
      return value ? "t" : "f";
    default:
      return value === null ? "n" : ofObject(value as object);
  }
}

/** SHA-256 of a value's canonical text, as hex digits. */
export function digest(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

function ofObject(value: object): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join("")}]`;
  // Compared by UTF-16 code units, as `<` on texts does.
  const members = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  const texts = members.map(([name, part]) =>
    `${canonical(name)}${canonical(part)}`
  );
  return `{${texts.join("")}}`;
}

function utf16(text: string): string {
  let hex = "";
  for (let index = 0; index < text.length; index++) {
    hex += text.charCodeAt(index).toString(16).padStart(4, "0");
  }
  return hex;
}

function doubleHex(value: number): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes.toHex();
}
