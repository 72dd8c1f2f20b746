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

/** A browser that is signed in. */
interface Session {
  readonly id: string;
  /** Tells browsers apart for people: the first is 1. */
  readonly number: number;
}

/**
 * The browsers that are signed in, each by a random id of its own: a cookie
 * that leaks does not give away the token. At most 32 at a time; one more signs
 * out the one that was away longest. They end with the process.
 */
export class Sessions {
  readonly #random: Random;
  /** The one that was away longest first. */
  #sessions: Session[] = [];
  #opened = 0;

  /** No sessions yet; ids are made by `random`. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** Signs a browser in. @returns The id for its cookie. */
  open(): string {
    const id = makeSecret(this.#random);
    this.#sessions.push({ id, number: ++this.#opened });
    if (this.#sessions.length > INSPECTOR_LIMITS.maxSessions) {
      this.#sessions.shift();
    }
    return id;
  }

  /** The number of the browser that shows this id; `undefined` if none is signed in with it. */
  numberOf(given: string): number | undefined {
    const found = this.#sessions.find(({ id }) => sameSecret(given, id));
    if (!found) return undefined;
    this.#sessions = [
      ...this.#sessions.filter((one) => one !== found),
      found,
    ];
    return found.number;
  }
}
