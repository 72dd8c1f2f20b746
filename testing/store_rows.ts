import assert from "node:assert/strict";
import { BusError } from "../core/errors.ts";
import {
  type Change,
  RECORD_KINDS,
  type RecordKind,
  type Store,
  type StoredRecord,
} from "../storage/store.ts";

/** A store as a rule finds it: nobody has it open, and nothing is in it. */
export interface FreshStore {
  /** The store. */
  readonly store: Store;
  /** What a later process would open to find what the store kept. */
  again(): Store;
}

/** A record as plain values: kind, key, body and state. */
export type Row = [RecordKind, number, number[], number[]];

/** Opens a store, and reads every record. */
export async function read(store: Store): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const group of store.open()) records.push(...group);
  return records;
}

/** The same as plain values; none is damaged. */
export async function open(store: Store): Promise<Row[]> {
  return (await read(store)).map((record) => {
    const { kind, key, body, state, damage } = record;
    assert.equal(damage, undefined, `${kind} ${key} is whole`);
    return [kind, key, [...body], [...state]];
  });
}

/** Closes a store, and reads what a later process would find. */
export async function reopen({ store, again }: FreshStore): Promise<Row[]> {
  await store.close();
  return await open(again());
}

/** A change that puts a record. */
export function put(
  kind: RecordKind,
  key: number,
  body: readonly number[],
  state: readonly number[],
): Change {
  const [bodyBytes, stateBytes] = [
    Uint8Array.from(body),
    Uint8Array.from(state),
  ];
  return { type: "put", kind, key, body: bodyBytes, state: stateBytes };
}

/** A change of a record's state. */
export function update(
  kind: RecordKind,
  key: number,
  state: readonly number[],
): Change {
  return { type: "update", kind, key, state: Uint8Array.from(state) };
}

/** A change that ends a record. */
export function remove(kind: RecordKind, key: number): Change {
  return { type: "remove", kind, key };
}

/** Some change of one of few records. */
export function anyChange(random: { next(): number }): Change {
  const below = (count: number) => Math.floor(random.next() * count);
  const bytes = () => Array.from({ length: below(12) }, () => below(256));
  const kind = RECORD_KINDS[below(RECORD_KINDS.length)] ?? "copy";
  const key = below(40);
  const dice = below(10);
  if (dice < 4) return put(kind, key, bytes(), bytes());
  return dice < 7 ? update(kind, key, bytes()) : remove(kind, key);
}

/** Makes a change in a model of the store. */
export function makeInModel(model: Map<string, Row>, change: Change): void {
  const { type, kind, key } = change;
  const name = `${kind} ${key}`;
  if (type === "remove") return void model.delete(name);
  const before = model.get(name);
  const body = type === "put" ? [...change.body] : before?.[2];
  if (body) model.set(name, [kind, key, body, [...change.state]]);
}

/** What the model holds, in the order in which a store is read. */
export function rowsOf(model: ReadonlyMap<string, Row>): Row[] {
  return [...model.values()].sort((one, other) =>
    RECORD_KINDS.indexOf(one[0]) - RECORD_KINDS.indexOf(other[0]) ||
    one[1] - other[1]
  );
}

/** Bytes that repeat nowhere soon. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = at * 31 + (at >>> 8);
  return bytes;
}

/** Compares what is too large for an assertion to print. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length &&
    one.every((byte, index) => byte === other[index]);
}

/** The code that a promise is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof BusError ? error.code : String(error);
  }
  return "nothing was thrown";
}
