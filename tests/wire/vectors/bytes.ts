/**
 * Bytes as the vectors have them: hex digits in runs, a run with `*n` behind it
 * n times over. They are written here without the library's encoders, so that
 * a mistake in those does not agree with itself.
 */
export type Runs = string;

/** What a frame is made of; what is left out is 0 or empty. */
export interface FrameParts {
  readonly flags?: number;
  readonly priority?: number;
  /** With both checksums, and counted so. */
  readonly checksums?: boolean;
  /** Written instead of the true form. */
  readonly form?: number;
  readonly id?: number;
  readonly aux?: number;
  readonly head?: Runs;
  readonly payload?: Runs;
  /** Written instead of the true length. */
  readonly length?: number;
  /** Written instead of the true length of the head. */
  readonly headLength?: number;
  /** Written instead of the true checksum of the header. */
  readonly headerSum?: number;
  /** Written instead of the true checksum of it all. */
  readonly wholeSum?: number;
}

/** The kinds and their numbers, copied from the page's table. */
export const KINDS = {
  "hello": 1,
  "welcome": 2,
  "goodbye": 3,
  "ping": 4,
  "pong": 5,
  "send": 10,
  "request": 11,
  "attach": 12,
  "attached": 13,
  "detach": 14,
  "detached": 15,
  "accepted": 20,
  "refused": 21,
  "credit": 22,
  "deliver": 30,
  "ack": 31,
  "nack": 32,
  "reject": 33,
  "extend": 34,
  "lease end": 35,
  "reply": 40,
  "piece": 41,
  "end": 42,
  "fail": 43,
  "cancel": 44,
  "grant": 45,
} as const;

/** The name of a kind. */
export type Kind = keyof typeof KINDS;

/** One frame. */
export function frame(kind: Kind | number, parts: FrameParts = {}): Runs {
  const { head = "", payload = "", checksums = false } = parts;
  const { flags = 0, priority = 0, id = 0, aux = 0 } = parts;
  const { form = checksums ? 1 : 0, headLength = size(head) } = parts;
  const counted = (checksums ? 24 : 16) + size(head) + size(payload);
  const number = typeof kind === "number" ? kind : KINDS[kind];
  const bytes = [number, flags, priority, form].map(u8).join("");
  const length = u32(parts.length ?? counted);
  const header = join(length, bytes, u32(id), u32(aux), u32(headLength));
  if (!checksums) return join(header, head, payload);
  const { headerSum = crc(header) } = parts;
  const { wholeSum = crc(join(header, head, payload)) } = parts;
  return join(header, u32(headerSum), head, payload, u32(wholeSum));
}

/** CRC-32, bit by bit as it is defined. */
export function crc(runs: Runs): number {
  let rest = 0xffff_ffff;
  for (const byte of unpack(runs)) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      rest = (rest & 1) === 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1;
    }
  }
  return ~rest >>> 0;
}

/** One byte. */
export function u8(value: number): Runs {
  return value.toString(16).padStart(2, "0");
}

/** Two bytes. */
export function u16(value: number): Runs {
  return value.toString(16).padStart(4, "0");
}

/** Four bytes. */
export function u32(value: number): Runs {
  return value.toString(16).padStart(8, "0");
}

/** An IEEE 754 double. */
export function double(value: number): Runs {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes.toHex();
}

/** A text in UTF-8. */
export function text(value: string): Runs {
  return new TextEncoder().encode(value).toHex();
}

/** A value as JSON. */
export function json(value: unknown): Runs {
  return text(JSON.stringify(value));
}

/** The same bytes over and over. */
export function times(hex: string, count: number): Runs {
  return count === 0 ? "" : `${hex}*${count}`;
}

/** One behind the other. */
export function join(...parts: readonly Runs[]): Runs {
  return parts.filter((part) => part !== "").join(" ");
}

/** Bytes in all. */
export function size(runs: Runs): number {
  return unpack(runs).length;
}

/** The bytes that runs stand for. */
export function unpack(runs: Runs): Uint8Array {
  const parts = runs.split(" ").filter((run) => run !== "").map((run) => {
    const [digits = "", count = "1"] = run.split("*");
    return { bytes: Uint8Array.fromHex(digits), count: Number(count) };
  });
  const total = parts.reduce(
    (sum, { bytes, count }) => sum + bytes.length * count,
    0,
  );
  const unpacked = new Uint8Array(total);
  let at = 0;
  for (const { bytes, count } of parts) {
    for (let time = 0; time < count; time++, at += bytes.length) {
      unpacked.set(bytes, at);
    }
  }
  return unpacked;
}

/** One field of an envelope; `length` is written instead of the true one. */
export function field(tag: number, value: Runs, length = size(value)): Runs {
  return join(u8(tag) + u16(length), value);
}

/** The type, which every envelope has. */
export function type(number = 0): Runs {
  return field(1, u8(number));
}

/** A header. */
export function header(name: Runs, value: Runs): Runs {
  return field(12, join(u16(size(name)), name, value));
}
