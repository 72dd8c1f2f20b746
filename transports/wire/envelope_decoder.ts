import type { EnvelopeFields } from "./envelope.ts";
import { EnvelopeReader } from "./envelope_reader.ts";

type Fields = { -readonly [Key in keyof EnvelopeFields]: EnvelopeFields[Key] };

const OTHER_FIELDS = [
  "id",
  "sender",
  "recipient",
  "topic",
  "requestId",
  "correlationId",
  "timestamp",
  "ttlMs",
  "attempt",
  "deduplicationId",
  "headers",
] as const;

/**
 * Reads an envelope. Fields that this version does not know are skipped. Where
 * there are many to read, an {@linkcode EnvelopeReader} costs less.
 *
 * @throws {BusError} With code `"protocol"` if it is cut off, larger than
 * 65,536 bytes, names a field twice, has no type, or holds a text that is not
 * UTF-8.
 */
export function decodeEnvelope(bytes: Uint8Array): EnvelopeFields {
  const read = new EnvelopeReader().read(bytes);
  const fields: Fields = { type: read.type };
  for (const name of OTHER_FIELDS) copyField(name, read, fields);
  return fields;
}

function copyField<Name extends keyof Fields>(
  name: Name,
  from: EnvelopeReader,
  to: Fields,
): void {
  const value = from[name] as Fields[Name];
  if (value !== undefined) to[name] = value;
}
