import type { Lease } from "../lease.ts";

/** Places that are found without a search: a power of two, and more than most consumers have in hand. */
const PLACES = 1_024;

/**
 * The leases of a connection by their numbers, which are given in a row: so each
 * has a place of its own as long as no older one is still in it.
 */
export class LeaseTable {
  #places: (Lease | undefined)[] = [];
  /** Those whose place an older one still had. */
  readonly #others = new Map<number, Lease>();

  /** The lease of this number. */
  get(number: number): Lease | undefined {
    const lease = this.#places[number & (PLACES - 1)];
    return lease?.number === number ? lease : this.#others.get(number);
  }

  /** Adds a lease under its number. */
  add(lease: Lease): void {
    const place = lease.number & (PLACES - 1);
    // Filled in a row, as an array with holes would be slower.
    while (this.#places.length <= place) this.#places.push(undefined);
    if (this.#places[place]) this.#others.set(lease.number, lease);
    else this.#places[place] = lease;
  }

  /** Takes the lease of this number out. */
  take(number: number): Lease | undefined {
    const place = number & (PLACES - 1);
    const lease = this.#places[place];
    if (lease?.number === number) {
      this.#places[place] = undefined;
      return lease;
    }
    const other = this.#others.get(number);
    if (other) this.#others.delete(number);
    return other;
  }
}
