const KEPT = 10_000;

/** The messages a view has seen, newest first, 10,000 at most. Pure: no part of the page is looked at. */
export class MessageStore {
  #entries = [];
  #byId = new Map();
  /** How many messages between two that are known were never seen. */
  gaps = 0;

  /** The messages, newest first. */
  get entries() {
    return this.#entries;
  }

  /** The id of the oldest message that is known. */
  get oldestId() {
    return this.#entries.at(-1)?.message.id;
  }

  /** Whether no more are kept. */
  get isFull() {
    return this.#entries.length >= KEPT;
  }

  /** Forgets all. */
  clear() {
    this.#entries = [];
    this.#byId.clear();
    this.gaps = 0;
  }

  /**
   * Takes the newest messages in: new ones come first, known ones are brought
   * up to date.
   *
   * @returns How many are new, and whether some between may be missing.
   */
  takeNewest(entries) {
    const fresh = entries.filter(({ message }) => !this.#byId.has(message.id));
    const hasGap = this.#entries.length > 0 && entries.length > 0 &&
      fresh.length === entries.length;
    for (const entry of entries) this.#byId.set(entry.message.id, entry);
    this.#entries = [
      ...fresh,
      ...this.#entries.map(({ message }) => this.#byId.get(message.id)),
    ];
    this.#cut();
    if (hasGap) this.gaps++;
    return { added: fresh.length, hasGap };
  }

  /** Takes messages in that are older than all that are known. */
  takeOlder(entries) {
    const fresh = entries.filter(({ message }) => !this.#byId.has(message.id));
    for (const entry of fresh) this.#byId.set(entry.message.id, entry);
    this.#entries = [...this.#entries, ...fresh];
    this.#cut();
    return fresh.length;
  }

  #cut() {
    for (const { message } of this.#entries.slice(KEPT)) {
      this.#byId.delete(message.id);
    }
    this.#entries = this.#entries.slice(0, KEPT);
  }
}
