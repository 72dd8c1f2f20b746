import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { MESSAGE_TYPES, type MessageType } from "../../core/message.ts";
import { byteAt } from "./byte_at.ts";
import {
  type EnvelopeFields,
  FIELD_BYTES,
  HEADER_TAG,
  NUMBER_TAGS,
  TEXT_TAGS,
  TYPE_TAG,
} from "./envelope.ts";
import { readText } from "./text.ts";

type Decoded = {
  -readonly [Key in keyof EnvelopeFields]?: EnvelopeFields[Key];
};

const TEXT_FIELDS = byTag(TEXT_TAGS);
const NUMBER_FIELDS = byTag(NUMBER_TAGS);

/**
 * Reads an envelope. Fields that this version does not know are skipped.
 *
 * @throws {BusError} With code `"protocol"` if it is cut off, larger than
 * 65,536 bytes, names a field twice, has no type, or holds a text that is not
 * UTF-8.
 */
export function decodeEnvelope(bytes: Uint8Array): EnvelopeFields {
  if (bytes.length > LIMITS.maxEnvelopeBytes) {
    throw broken(
      `it must fit into ${LIMITS.maxEnvelopeBytes} bytes: it takes ${bytes.length}`,
    );
  }
  const fields: Decoded = {};
  const headers: [string, string][] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at + FIELD_BYTES;
    const end = start + readUint16(bytes, at + 1);
    if (end > bytes.length) {
      throw broken(`its fields must be whole: it ends inside tag ${bytes[at]}`);
    }
    if (bytes[at] === HEADER_TAG) headers.push(readHeader(bytes, start, end));
    else readField(fields, bytes, start, end);
    at = end;
  }
  if (headers.length > 0) fields.headers = collectHeaders(headers);
  const { type } = fields;
  if (type === undefined) throw broken("it must have a type: it has none");
  return { ...fields, type };
}

function readField(
  fields: Decoded,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const tag = byteAt(bytes, start - FIELD_BYTES);
  const textName = TEXT_FIELDS[tag];
  if (textName !== undefined) {
    if (fields[textName] !== undefined) throw repeated(textName);
    fields[textName] = checkedText(bytes, start, end);
    return;
  }
  const numberName = NUMBER_FIELDS[tag];
  if (numberName !== undefined) {
    if (fields[numberName] !== undefined) throw repeated(numberName);
    fields[numberName] = readNumber(bytes, start, end);
  } else if (tag === TYPE_TAG) {
    if (fields.type !== undefined) throw repeated("type");
    fields.type = readType(bytes, start, end);
  }
}

function readType(bytes: Uint8Array, start: number, end: number): MessageType {
  const type = end - start === 1
    ? MESSAGE_TYPES[byteAt(bytes, start)]
    : undefined;
  if (type === undefined) {
    throw broken(
      `its type must be one byte from 0 to ${
        MESSAGE_TYPES.length - 1
      }: it is [${bytes.subarray(start, Math.min(end, start + 8))}]`,
    );
  }
  return type;
}

function readNumber(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 8) {
    throw broken(`its numbers must have 8 bytes: one has ${end - start}`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset + start, 8).getFloat64(0);
}

function readHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
): [string, string] {
  const nameAt = start + 2;
  const valueAt = nameAt + readUint16(bytes, start);
  if (valueAt > end) {
    throw broken("its headers must be whole: one ends inside its name");
  }
  return [
    checkedText(bytes, nameAt, valueAt),
    checkedText(bytes, valueAt, end),
  ];
}

function collectHeaders(
  pairs: readonly [string, string][],
): Record<string, string> {
  // Not by assignment, which would take `__proto__` for the prototype.
  const headers = Object.fromEntries(pairs);
  if (Object.keys(headers).length < pairs.length) throw repeated("a header");
  return headers;
}

function checkedText(bytes: Uint8Array, start: number, end: number): string {
  try {
    return readText(bytes, start, end);
  } catch (cause) {
    throw broken("its texts must be UTF-8: one is not", cause);
  }
}

function readUint16(bytes: Uint8Array, offset: number): number {
  return (byteAt(bytes, offset) << 8) | byteAt(bytes, offset + 1);
}

function repeated(name: string): BusError {
  return broken(`it must name each field once: ${name} stands there twice`);
}

function broken(rule: string, cause?: unknown): BusError {
  return new BusError("protocol", `Cannot read envelope as ${rule}`, { cause });
}

function byTag<Name>(
  tags: readonly (readonly [number, Name])[],
): readonly (Name | undefined)[] {
  const names: (Name | undefined)[] = Array(256).fill(undefined);
  for (const [tag, name] of tags) names[tag] = name;
  return names;
}
