import type { Call, Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Copies } from "./copies.ts";
import type { Copy, End, Life, ToldLine } from "./copy.ts";
import { Tokens } from "./tokens.ts";

/** What a waiting copy's priority can rise to. */
const HIGHEST = 100;
/** A timer may be late by the fraction of a millisecond that it drops. */
const TIMER_MS = 1;
/** Why a copy that waits may be given up. */
const GIVEN_UP: ReadonlySet<string> = new Set([
  "overflow",
  "expired",
  "undeliverable",
]);

/**
 * Who goes first: at each start the copy with the highest effective priority
 * of its mailbox, equals in the order of accepting (P1); priorities rise with
 * waiting, so that none starves (P2), and are whole numbers from 0 to 100 (P3).
 */
export class Priorities implements Checker {
  readonly laws = ["P1", "P2", "P3"];
  readonly #agingStepMs = new Map<string, number>();
  /** Calls with a priority that is none. */
  readonly #wrong = new Set<number>();
  readonly #called = new Tokens<"wrong" | "right">();
  readonly #copies = new Copies({
    started: (copy, line, life) => this.#start(copy, line, life),
    finished: (copy, _, end, reason) => this.#finished(copy, end, reason),
    lost: (copy) => void this.#overtaken.delete(copy),
  });
  /** Kept copies that should have gone first, unless they were about to be given up: that is told when it is kept. */
  readonly #overtaken = new Map<Copy, Violation>();

  /** Looks at the next line. */
  take(line: Line): void {
    switch (line.type) {
      case "bus_started":
        this.#agingStepMs.set(line.bus, line.settings.agingStepMs);
        break;
      case "called":
        this.#call(line.what);
        break;
      case "rejected":
        this.#wrong.delete(line.call);
        break;
      case "resolved":
        if (!this.#wrong.has(line.call)) break;
        throw new Violation(
          "P3",
          `call ${line.call} was taken with a priority that is none`,
          line,
        );
      case "told":
        if (line.event.type === "message_accepted") this.#accept(line);
        break;
      case "quiescent":
        this.end();
    }
    this.#copies.take(line);
  }

  /** Whatever was overtaken has been given up. */
  end(): void {
    for (const [{ isVague }, violation] of this.#overtaken) {
      if (!isVague) throw violation;
    }
  }

  #call({ call, token, fault }: Call): void {
    const isWrong = fault === "priority";
    this.#called.add(token, isWrong ? "wrong" : "right");
    if (isWrong) this.#wrong.add(call);
  }

  #accept(line: ToldLine): void {
    const { event } = line;
    if (event.type !== "message_accepted") return;
    const { id, priority, token } = event.message;
    const isWhole = Number.isInteger(priority) && priority >= 0 &&
      priority <= HIGHEST;
    if (isWhole && this.#called.get(token) !== "wrong") return;
    throw new Violation(
      "P3",
      `${id} was accepted with priority ${priority}, which is not what it was called with, or none`,
      line,
    );
  }

  #finished(copy: Copy, end: End, reason = ""): void {
    const violation = this.#overtaken.get(copy);
    if (!violation) return;
    const isGivenUp = end === "dead" && GIVEN_UP.has(reason);
    if (!isGivenUp && !copy.isVague) throw violation;
    this.#overtaken.delete(copy);
  }

  #start(copy: Copy, line: ToldLine, life: Life): void {
    const violation = this.#overtaken.get(copy);
    if (violation) throw violation;
    if (copy.state !== "waiting") return;
    const { atMs } = line;
    if (copy.isDelayed && atMs < copy.readyMs) {
      throw new Violation(
        "P1",
        `${copy.messageId} was started ${
          copy.readyMs - atMs
        } ms before its delay was over`,
        line,
      );
    }
    const others = life.mailboxes.get(copy.mailbox);
    if (!others || others.size === 1) return;
    for (const other of others.values()) {
      if (other === copy || other.isVague || !isReady(other, atMs)) continue;
      const violation = this.#compare(copy, other, line);
      if (!violation) continue;
      if (!life.keeps(other.message)) throw violation;
      const known = this.#overtaken.get(other);
      this.#overtaken.set(other, known ?? violation);
    }
  }

  #compare(copy: Copy, other: Copy, line: ToldLine): Violation | undefined {
    if (!isSure(copy) || !isSure(other)) return undefined;
    const stepMs = this.#agingStepMs.get(line.bus) ?? Infinity;
    const patienceMs = (HIGHEST - other.priority) * stepMs;
    if (copy.accepted.toMs > other.readyMs + patienceMs) {
      return new Violation(
        "P2",
        `${copy.messageId}, accepted at ${copy.accepted.toMs}, was started before ${other.messageId}, which has been ready since ${other.readyMs} with priority ${other.priority}`,
        line,
      );
    }
    const own = effective(copy, line.atMs, stepMs);
    const its = effective(other, line.atMs, stepMs);
    const isFirst = own > its || (own === its && copy.seq < other.seq);
    if (isFirst) return undefined;
    return new Violation(
      "P1",
      `${copy.messageId} (priority ${own} by now, accepted as ${copy.seq}) was started before ${other.messageId} (${its}, ${other.seq}) in "${copy.mailbox}"`,
      line,
    );
  }
}

function isReady(copy: Copy, atMs: number): boolean {
  return copy.state === "waiting" &&
    (!copy.isDelayed || atMs > copy.readyMs + TIMER_MS);
}

/** Whether it is known when it was accepted. */
function isSure({ accepted: { fromMs, toMs } }: Copy): boolean {
  return fromMs === toMs;
}

function effective(copy: Copy, atMs: number, stepMs: number): number {
  const risen = Math.floor((atMs - copy.accepted.toMs) / stepMs);
  return Math.min(HIGHEST, copy.priority + risen);
}
