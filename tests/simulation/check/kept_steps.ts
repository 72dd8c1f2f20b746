import type { Line } from "../history.ts";
import { isKept } from "./copy.ts";
import { Tokens } from "./tokens.ts";

/**
 * How much of what a bus has told is surely in its store: all that was told
 * before somebody sent a message that was then accepted with a copy, as one
 * commit comes after the other.
 */
export class KeptSteps {
  /** When what makes a payload its own was sent first. */
  readonly #sent = new Tokens<
    { readonly step: number; readonly atMs: number }
  >();
  #keptStep = 0;
  #keptMs = -Infinity;

  /** What the newest life of a bus has told in an earlier step than this is kept. */
  get keptStep(): number {
    return this.#keptStep;
  }

  /** What nobody waited for that was told so much earlier than this, and longer ago than it waits, is kept, too. */
  get keptMs(): number {
    return this.#keptMs;
  }

  /** Looks at the next line. */
  take(line: Line): void {
    switch (line.type) {
      case "bus_started":
        this.#keptStep = 0;
        this.#keptMs = -Infinity;
        return;
      case "called": {
        const { token = NaN } = line.what;
        const known = this.#sent.get(token);
        const { step, atMs } = line;
        if (known === undefined) this.#sent.add(token, { step, atMs });
        return;
      }
      case "told": {
        const { event } = line;
        if (event.type !== "message_accepted") return;
        const { message, mailboxes } = event;
        if (!isKept(message) || mailboxes.length === 0) return;
        const { step = 0, atMs = -Infinity } = this.#sent.get(message.token) ??
          {};
        this.#keptStep = Math.max(this.#keptStep, step);
        this.#keptMs = Math.max(this.#keptMs, atMs);
      }
    }
  }
}
