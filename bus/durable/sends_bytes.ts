import { BusError, errorText } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { ID_WORDS } from "../id_words.ts";
import { type KeyedSend, keyOf } from "../send_keys.ts";

/** Sends of one sender, each with the id of its own: four numbers, one id behind the other. */
export interface SendGroup {
  /** Who made them. */
  readonly sender: string;
  /** Their ids. */
  readonly words: Uint32Array;
}

/** Sends that were kept together. */
export interface ReadSends {
  /** Nearly all of them. */
  readonly groups: readonly SendGroup[];
  /** The others: of each the id of its message, and the keys that resolve to it. */
  readonly others: readonly (readonly string[])[];
}

/** In front of sends as numbers. */
const NUMBERS = 1;
/** In front of sends that an earlier version has kept, which are JSON alone. */
const JSON_START = "[".charCodeAt(0);
/** That first number, how many bytes there are in all, and how many groups. */
const PREFIX_BYTES = 9;
/** In front of a group: how many bytes the name of the sender takes, and how many ids there are. */
const GROUP_BYTES = 6;
const WORD_BYTES = 4;
const ID_BYTES = ID_WORDS * WORD_BYTES;
/** Ids that there is room for at first; it grows by four. Room for more than one commit may hold does not stay. */
const FIRST_IDS = 16;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true });

/**
 * Sends in the bytes that are kept: 16 for each that is known by a UUID alone,
 * grouped by sender, and behind them the others as JSON. Each is read as it
 * comes, when it has just been looked at: a commit later its bytes are out of
 * the processor's cache, and whoever waits for the commit would wait for them.
 */
export class SendsEncoder {
  #bySender = new Map<string, Group>();
  #others: string[][] = [];
  /** The ids of all groups, in the order of coming. */
  #words = new Uint32Array(FIRST_IDS * ID_WORDS);
  /** Whose they are. */
  #groups: Group[] = [];
  readonly #id = new Uint32Array(ID_WORDS);

  /** Sends inside. */
  get size(): number {
    return this.#groups.length + this.#others.length;
  }

  /** Takes a send in. */
  add(send: KeyedSend): void {
    const { envelope, sends } = send;
    const id = this.#id;
    const isNumber = sends?.name === undefined && envelope.readId(id);
    if (!isNumber) return void this.#others.push(keysOf(send));
    const group = this.#groupOf(envelope.head.sender);
    group.count++;
    const at = this.#groups.push(group) * ID_WORDS - ID_WORDS;
    if (at === this.#words.length) this.#grow();
    for (let word = 0; word < ID_WORDS; word++) {
      this.#words[at + word] = id[word] as number;
    }
  }

  /** The bytes of all that are inside, which is empty then. */
  finish(): Uint8Array {
    const numbers = this.#encodeGroups();
    const bytes = this.#others.length > 0
      ? withOthers(numbers, this.#others)
      : numbers;
    new DataView(bytes.buffer).setUint32(1, bytes.length);
    this.clear();
    return bytes;
  }

  /** Lets go of all that are inside. */
  clear(): void {
    this.#bySender = new Map();
    this.#others = [];
    this.#groups = [];
    if (this.#words.length > LIMITS.maxCommitChanges * ID_WORDS) {
      this.#words = new Uint32Array(FIRST_IDS * ID_WORDS);
    }
  }

  #groupOf(sender: string): Group {
    let group = this.#bySender.get(sender);
    if (!group) this.#bySender.set(sender, group = { count: 0, end: 0 });
    return group;
  }

  #grow(): void {
    const words = new Uint32Array(4 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
  }

  #encodeGroups(): Uint8Array {
    let most = PREFIX_BYTES + ID_BYTES * this.#groups.length;
    for (const sender of this.#bySender.keys()) {
      // No character takes more than three bytes.
      most += GROUP_BYTES + 3 * sender.length;
    }
    const bytes = new Uint8Array(most);
    const view = new DataView(bytes.buffer);
    bytes[0] = NUMBERS;
    view.setUint32(5, this.#bySender.size);
    let at = PREFIX_BYTES;
    for (const [sender, group] of this.#bySender) {
      const name = at + GROUP_BYTES;
      const { written } = ENCODER.encodeInto(sender, bytes.subarray(name));
      view.setUint16(at, written);
      view.setUint32(at + 2, group.count);
      group.end = name + written;
      at = group.end + group.count * ID_BYTES;
    }
    let word = 0;
    for (const group of this.#groups) {
      for (let count = 0; count < ID_WORDS; count++) {
        view.setUint32(group.end, this.#words[word++] as number);
        group.end += WORD_BYTES;
      }
    }
    return bytes.subarray(0, at);
  }
}

/** The sends of one sender. */
interface Group {
  count: number;
  /** Where the next of their ids is written. */
  end: number;
}

/**
 * Reads what {@linkcode SendsEncoder} wrote, or an earlier version, which kept
 * JSON alone: all as what are others now.
 *
 * @throws {BusError} With code `"storage"` if it is something else.
 */
export function decodeSends(bytes: Uint8Array): ReadSends {
  if (bytes[0] === JSON_START) return { groups: [], others: readOthers(bytes) };
  if (bytes[0] !== NUMBERS) throw unreadable("their first byte is unknown");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isWhole = bytes.length >= PREFIX_BYTES &&
    view.getUint32(1) === bytes.length;
  if (!isWhole) throw unreadable("they are cut off");
  const count = view.getUint32(5);
  const groups: SendGroup[] = [];
  let at = PREFIX_BYTES;
  while (groups.length < count) {
    const group = readGroup(view, at);
    groups.push(group);
    at += GROUP_BYTES + view.getUint16(at) + group.words.length * WORD_BYTES;
  }
  const rest = bytes.subarray(at);
  return { groups, others: rest.length > 0 ? readOthers(rest) : [] };
}

/** The same bytes, and the others behind them. */
function withOthers(
  numbers: Uint8Array,
  others: readonly string[][],
): Uint8Array {
  const json = ENCODER.encode(JSON.stringify(others));
  const bytes = new Uint8Array(numbers.length + json.length);
  bytes.set(numbers);
  bytes.set(json, numbers.length);
  return bytes;
}

/** The id of a send's message, and what resolves to it. */
function keysOf({ envelope: { head }, sends }: KeyedSend): string[] {
  const keys = [head.id];
  if (sends?.name !== undefined) keys.push(sends.name);
  if (sends?.byId) keys.push(keyOf(head.sender, head.id));
  return keys;
}

function readGroup(view: DataView, at: number): SendGroup {
  const name = at + GROUP_BYTES;
  const fits = name <= view.byteLength;
  const start = fits ? name + view.getUint16(at) : Infinity;
  const count = fits ? view.getUint32(at + 2) : 0;
  // Before anything is made for so many.
  if (start + count * ID_BYTES > view.byteLength) {
    throw unreadable("a group does not fit");
  }
  const words = new Uint32Array(count * ID_WORDS);
  for (let word = 0; word < words.length; word++) {
    words[word] = view.getUint32(start + word * WORD_BYTES);
  }
  const { buffer, byteOffset } = view;
  const sender = new Uint8Array(buffer, byteOffset + name, start - name);
  return { sender: textOf(sender), words };
}

function readOthers(bytes: Uint8Array): readonly (readonly string[])[] {
  const value = parse(textOf(bytes));
  if (Array.isArray(value) && value.every(isTexts)) return value;
  throw unreadable("they are no list of keys");
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((text) => typeof text === "string");
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw unreadable(errorText(error));
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch (error) {
    throw unreadable(errorText(error));
  }
}

function unreadable(problem: string): BusError {
  return new BusError(
    "storage",
    `Cannot read kept sends as they are not what a bus writes: ${problem}`,
  );
}
