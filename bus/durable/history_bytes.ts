import { BusError } from "../../core/errors.ts";
import { type FinalOutcome, MessageRecord } from "../message_record.ts";
import type { DeliveryRecord } from "../records.ts";
import { readJson, writeJson } from "./json_bytes.ts";
import type { MessageBytes } from "./message_bytes.ts";

/** What became of a message, as it is kept beside it. */
interface KeptEnd {
  readonly outcome: FinalOutcome;
  readonly deliveries: readonly DeliveryRecord[];
  readonly rules: readonly string[];
}

const LENGTH_BYTES = 4;

/** Messages with what became of them, in one record: of each the message, and the rest as JSON, with their lengths in front. */
export function encodeHistory(
  records: readonly MessageRecord[],
  messages: MessageBytes,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const record of records) {
    const { outcome, deliveries, rules } = record.toEntry();
    parts.push(
      messages.encodeSafely(record.envelope),
      writeJson({ outcome, deliveries, rules }),
    );
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(length + parts.length * LENGTH_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    bytes.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return bytes;
}

/**
 * Reads what {@linkcode encodeHistory} wrote; `toMonotonic` tells the time of
 * this process's monotonic clock that was then, by the wall clock.
 *
 * @throws {BusError} With code `"storage"` if it is something else.
 */
export function decodeHistory(
  bytes: Uint8Array,
  messages: MessageBytes,
  toMonotonic: (atMs: number) => number,
): MessageRecord[] {
  const records: MessageRecord[] = [];
  const parts = partsOf(bytes);
  for (const message of parts) {
    const end = parts.next().value ?? new Uint8Array(0);
    const envelope = messages.decode(message);
    const kept = readJson<KeptEnd>(end, "history entry", ["outcome"]);
    const acceptedMs = toMonotonic(envelope.head.timestamp);
    records.push(MessageRecord.ended(envelope, acceptedMs, kept));
  }
  return records;
}

function* partsOf(bytes: Uint8Array): Generator<Uint8Array, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at < bytes.length) {
    const start = at + LENGTH_BYTES;
    const end = start <= bytes.length ? start + view.getUint32(at) : Infinity;
    if (end > bytes.length) {
      throw new BusError(
        "storage",
        "Cannot read kept history as it is not what a bus writes: it is cut off",
      );
    }
    yield bytes.subarray(start, end);
    at = end;
  }
  return undefined;
}
