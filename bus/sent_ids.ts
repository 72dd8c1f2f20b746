import type { Decision } from "./decision.ts";
import { ID_WORDS } from "./id_words.ts";

/** What a send became, or will: nothing where that is the message of its own id. */
export type SentAs = Decision | string | undefined;

/** Sends that there is room for at first; it doubles. */
const FIRST_ROOM = 64;

/**
 * Sends by their sender and the id that its end of the connection gave them, of
 * which there are as many as messages: so they are kept as numbers, in places
 * that are used in turn, and found by a table with open addressing. A hundred
 * thousand strings in a map took a quarter of the bus's time for each of them.
 */
export class SentIds {
  readonly #most: number;
  readonly #seed: number;
  /** Places of sends, in the order of coming: from the first up to the next. */
  #first = 0;
  #next = 0;
  #room = 0;
  #words = new Uint32Array(0);
  #untilMs = new Float64Array(0);
  /** `undefined` where the send was taken out. */
  #senders: (string | undefined)[] = [];
  #sentAs: SentAs[] = [];
  /**
   * Slots of sends, from 1, each with the hash of its id behind it; 0 is free.
   * Places for twice the room, so that ways are short: and who is passed on the
   * way is not looked up, which would be as slow as its memory is far.
   */
  #table = new Int32Array(0);
  #mask = 0;

  /**
   * Remembers `most` at most, then forgets the oldest. `seed` makes the places
   * in the table nobody's to foresee: ids are what peers say.
   */
  constructor(most: number, seed: number) {
    this.#most = most;
    this.#seed = seed;
  }

  /** Sends remembered; those that were taken out leave with their neighbours. */
  get size(): number {
    return this.#next - this.#first;
  }

  /** The place of a send; -1 if it is not remembered. */
  find(sender: string, words: Uint32Array): number {
    if (this.#room === 0) return -1;
    const [table, mask] = [this.#table, this.#mask];
    const hash = this.#hash(words, 0);
    for (let at = hash & mask;; at = (at + 1) & mask) {
      const slot = (table[2 * at] as number) - 1;
      if (slot < 0) return -1;
      const isIt = table[2 * at + 1] === hash && this.#isAt(slot, words) &&
        this.#senders[slot] === sender;
      if (isIt) return this.#placeOf(slot);
    }
  }

  /** Remembers one that is not remembered yet. @returns Its place. */
  add(sender: string, words: Uint32Array, untilMs: number): number {
    if (this.size >= this.#most) this.#forgetFirst();
    if (this.size === this.#room) this.#grow();
    const place = this.#next++;
    const slot = place & (this.#room - 1);
    const at = slot * ID_WORDS;
    for (let word = 0; word < ID_WORDS; word++) {
      this.#words[at + word] = words[word] as number;
    }
    this.#untilMs[slot] = untilMs;
    this.#senders[slot] = sender;
    this.#sentAs[slot] = undefined;
    this.#enter(slot);
    return place;
  }

  /** How long it is remembered, by the monotonic clock. */
  untilMs(place: number): number {
    return this.#untilMs[place & (this.#room - 1)] as number;
  }

  /** What it became, or will. */
  sentAs(place: number): SentAs {
    return this.#sentAs[place & (this.#room - 1)];
  }

  /** Says what it became, unless it was forgotten, or that was said since `before`. */
  become(place: number, sentAs: SentAs, before?: SentAs): void {
    if (place < this.#first) return;
    const slot = place & (this.#room - 1);
    if (this.#sentAs[slot] === before) this.#sentAs[slot] = sentAs;
  }

  /** Takes one out. */
  drop(place: number): void {
    const slot = place & (this.#room - 1);
    this.#leave(slot);
    this.#senders[slot] = this.#sentAs[slot] = undefined;
  }

  /** Forgets the oldest, as far as their time is over. */
  forgetUntil(nowMs: number): void {
    while (this.#first < this.#next) {
      const slot = this.#first & (this.#room - 1);
      const isThere = this.#senders[slot] !== undefined;
      if (isThere && (this.#untilMs[slot] as number) > nowMs) return;
      this.#forgetFirst();
    }
    if (this.#room > FIRST_ROOM) this.#makeRoom(0);
  }

  #forgetFirst(): void {
    const place = this.#first;
    if (this.#senders[place & (this.#room - 1)] !== undefined) this.drop(place);
    this.#first++;
  }

  #grow(): void {
    const [words, untilMs] = [this.#words, this.#untilMs];
    const [senders, sentAs] = [this.#senders, this.#sentAs];
    const before = this.#room;
    this.#makeRoom(Math.max(FIRST_ROOM, before * 2));
    for (let place = this.#first; place < this.#next; place++) {
      const from = place & (before - 1);
      const slot = place & (this.#room - 1);
      const id = words.subarray(from * ID_WORDS, (from + 1) * ID_WORDS);
      this.#words.set(id, slot * ID_WORDS);
      this.#untilMs[slot] = untilMs[from] as number;
      this.#senders[slot] = senders[from];
      this.#sentAs[slot] = sentAs[from];
      if (senders[from] !== undefined) this.#enter(slot);
    }
  }

  #makeRoom(room: number): void {
    this.#room = room;
    this.#words = new Uint32Array(room * ID_WORDS);
    this.#untilMs = new Float64Array(room);
    this.#senders = new Array(room).fill(undefined);
    this.#sentAs = new Array(room).fill(undefined);
    this.#table = new Int32Array(room * 2 * 2);
    this.#mask = room * 2 - 1;
  }

  #enter(slot: number): void {
    const [table, mask] = [this.#table, this.#mask];
    const hash = this.#hash(this.#words, slot * ID_WORDS);
    let at = hash & mask;
    while (table[2 * at] !== 0) at = (at + 1) & mask;
    table[2 * at] = slot + 1;
    table[2 * at + 1] = hash;
  }

  /** Frees its place in the table; whoever stands behind moves up if its way begins no later. */
  #leave(slot: number): void {
    const [table, mask] = [this.#table, this.#mask];
    let free = this.#hash(this.#words, slot * ID_WORDS) & mask;
    while (table[2 * free] !== slot + 1) free = (free + 1) & mask;
    for (let at = free;;) {
      at = (at + 1) & mask;
      const other = table[2 * at] as number;
      if (other === 0) break;
      const hash = table[2 * at + 1] as number;
      if (((at - hash) & mask) < ((at - free) & mask)) continue;
      table[2 * free] = other;
      table[2 * free + 1] = hash;
      free = at;
    }
    table[2 * free] = 0;
  }

  #isAt(slot: number, words: Uint32Array): boolean {
    const at = slot * ID_WORDS;
    const own = this.#words;
    return own[at] === words[0] && own[at + 1] === words[1] &&
      own[at + 2] === words[2] && own[at + 3] === words[3];
  }

  #placeOf(slot: number): number {
    const first = this.#first & (this.#room - 1);
    return this.#first + ((slot - first) & (this.#room - 1));
  }

  #hash(words: Uint32Array, at: number): number {
    let hash = this.#seed;
    for (let index = at; index < at + ID_WORDS; index++) {
      hash = Math.imul(hash ^ (words[index] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }
}
