import { timingSafeEqual } from "node:crypto";
import type { Random } from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { makeSecret } from "./secret.ts";

const ENCODER = new TextEncoder();

/** Compares without telling by the time it takes how much of a secret was right. */
export function sameSecret(given: string, secret: string): boolean {
  const a = ENCODER.encode(given);
  const b = ENCODER.encode(secret);
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

/**
 * The browsers that are signed in, each by a random id of its own: a cookie
 * that leaks does not give away the token. At most 32 at a time; one more signs
 * out the one that was away longest. They end with the process.
 */
export class Sessions {
  readonly #random: Random;
  /** Ids, the one that was away longest first. */
  #ids: string[] = [];

  /** No sessions yet; ids are made by `random`. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** Signs a browser in. @returns The id for its cookie. */
  open(): string {
    const id = makeSecret(this.#random);
    this.#ids.push(id);
    if (this.#ids.length > INSPECTOR_LIMITS.maxSessions) this.#ids.shift();
    return id;
  }

  /** Whether a browser that shows this id is signed in. */
  has(given: string): boolean {
    const id = this.#ids.find((known) => sameSecret(given, known));
    if (id === undefined) return false;
    this.#ids = [...this.#ids.filter((known) => known !== id), id];
    return true;
  }
}
