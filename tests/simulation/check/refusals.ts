import type { Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { KnownCalls } from "./known_calls.ts";

/** Why a message may be a dead letter that was never accepted. */
type Reason = "too_large" | "expired" | "routing_failed";
const REASONS: ReadonlySet<string> = new Set<Reason>([
  "too_large",
  "expired",
  "routing_failed",
]);

/** What is known of one life of a bus. */
class Life {
  /** Messages that were accepted. */
  readonly accepted: Set<string> = new Set();
  /** Messages that were refused with a letter. */
  readonly refused: Set<string> = new Set();
}

/**
 * A send that is refused leaves nothing behind; but one that is too large, or
 * late on arrival, leaves one dead letter, and so does one that a rule's
 * handler has thrown at.
 */
export class Refusals implements Checker {
  readonly laws = ["S8"];
  readonly #calls = new KnownCalls();
  readonly #lives = new Map<string, Life>();
  /** Letters that somebody wanted sent again. */
  readonly #replayed = new Set<string>();
  /** Letters of messages that were never accepted. */
  readonly #letters = new Map<string, number>();
  /** Sends that may leave one. */
  readonly #mayLeave = new Map<string, number>();
  /** Sends in the bus's own process that were refused, so that one is there. */
  readonly #mustLeave = new Map<string, number>();
  #step = -1;

  take(line: Line): void {
    if (line.step !== this.#step) {
      this.#closeStep(line);
      this.#step = line.step;
    }
    this.#calls.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, new Life());
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#lives.delete(line.bus);
        return;
      case "called":
        return this.#called(line);
      case "resolved":
        return this.#resolved(line);
      case "rejected":
        return this.#rejected(line);
      case "told":
        return this.#told(line);
    }
  }

  end(): void {}

  #called({ what }: Line & { type: "called" }): void {
    const { fault, ttlMs, verb, letter } = what;
    if (fault === "too_large") count(this.#mayLeave, "too_large");
    if (ttlMs === 0) count(this.#mayLeave, "expired");
    if (verb === "replay" && letter) this.#replayed.add(letter);
  }

  #resolved(line: Line & { type: "resolved" }): void {
    const { fault } = this.#calls.get(line.call)?.what ?? {};
    if (fault === undefined) return;
    fail(`call ${line.call} resolved, in spite of its ${fault}`, line);
  }

  #rejected({ call, code }: Line & { type: "rejected" }): void {
    const { local, what } = this.#calls.get(call) ?? {};
    if (!local || !what) return;
    const isLate = code === "expired" && what.ttlMs === 0;
    const isLarge = code === "too_large" && what.fault === "too_large";
    if (isLate || isLarge) count(this.#mustLeave, code);
  }

  #told(line: Line & { type: "told" }): void {
    const { event } = line;
    const life = this.#lives.get(line.bus);
    if (!life) return;
    const { accepted } = life;
    switch (event.type) {
      case "message_accepted": {
        const { id, token } = event.message;
        accepted.add(id);
        const calls = this.#calls.of(token);
        const isFaulty = calls.length > 0 &&
          calls.every(({ what }) => what.fault !== undefined);
        if (!isFaulty || this.#replayed.has(id)) return;
        const [first] = calls;
        fail(`${id} is accepted, in spite of its ${first?.what.fault}`, line);
        return;
      }
      case "message_restored":
        accepted.add(event.message.id);
        return;
      case "dead_letter_restored":
        // Of its message nobody can tell whether it was accepted.
        accepted.add(event.messageId);
        return;
      case "message_dropped":
        if (accepted.has(event.messageId)) return;
        return fail(`${event.messageId} is dropped, and was refused`, line);
      case "dead_letter_added":
        if (accepted.has(event.messageId)) return;
        return this.#letter(event, life, line);
    }
  }

  /** The letter of a message that was refused. */
  #letter(
    { messageId, reason, mailbox }: {
      messageId: string;
      reason: string;
      mailbox?: string;
    },
    { refused }: Life,
    line: Line,
  ): void {
    if (!REASONS.has(reason) || mailbox !== undefined) {
      fail(`${messageId} is dead by ${reason}, and was refused`, line);
    }
    if (refused.has(messageId)) {
      fail(`${messageId} was refused once, and has two letters`, line);
    }
    refused.add(messageId);
    const letters = count(this.#letters, reason);
    if (reason === "routing_failed") return;
    if (letters > (this.#mayLeave.get(reason) ?? 0)) {
      fail(`${messageId} is dead by ${reason}, and nobody sent such`, line);
    }
  }

  /** What was refused in the step before has its letter by now. */
  #closeStep(line: Line): void {
    for (const [reason, refused] of this.#mustLeave) {
      const letters = this.#letters.get(reason) ?? 0;
      if (letters >= refused) continue;
      fail(
        `${refused} sends were ${reason}, and left ${letters} letters`,
        line,
      );
    }
  }
}

function count(counts: Map<string, number>, name: string): number {
  const next = (counts.get(name) ?? 0) + 1;
  counts.set(name, next);
  return next;
}

function fail(text: string, line: Line): never {
  throw new Violation("S8", text, line);
}
