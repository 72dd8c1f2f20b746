import type { Change, Store, StoredRecord } from "../../../storage/store.ts";

/** A store that says "kept" before it is: what a bus that does not wait for its store would look like. */
export class HastyStore implements Store {
  readonly #store: Store;
  #last: Promise<void> = Promise.resolve();

  /** Hastens one that is true. */
  constructor(store: Store) {
    this.#store = store;
  }

  get name(): string {
    return this.#store.name;
  }

  get size(): Store["size"] {
    return this.#store.size;
  }

  open(): AsyncIterable<readonly StoredRecord[]> {
    return this.#store.open();
  }

  commit(changes: readonly Change[]): Promise<void> {
    this.#last = this.#last.then(() => this.#store.commit(changes));
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
