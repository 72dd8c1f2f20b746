import type { Call, Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Copies } from "./copies.ts";
import type { Copy, Life, ToldLine } from "./copy.ts";
import { Tokens } from "./tokens.ts";

/** What a waiting copy's priority can rise to. */
const HIGHEST = 100;
/** A timer may be late by the fraction of a millisecond that it drops. */
const TIMER_MS = 1;

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
  });

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
    }
    this.#copies.take(line);
  }

  /** Nothing is left open. */
  end(): void {}

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

  #start(copy: Copy, line: ToldLine, life: Life): void {
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
      this.#compare(copy, other, line);
    }
  }

  #compare(copy: Copy, other: Copy, line: ToldLine): void {
    // How old what is restored was is not told; of such ones, the order is.
    const isOrdered = copy.isRestored && other.isRestored &&
      copy.priority === other.priority;
    if ((copy.isRestored || other.isRestored) && !isOrdered) return;
    const stepMs = this.#agingStepMs.get(line.bus) ?? Infinity;
    const patienceMs = (HIGHEST - other.priority) * stepMs;
    if (copy.acceptedMs > other.readyMs + patienceMs) {
      throw new Violation(
        "P2",
        `${copy.messageId}, accepted at ${copy.acceptedMs}, was started before ${other.messageId}, which has been ready since ${other.readyMs} with priority ${other.priority}`,
        line,
      );
    }
    const own = effective(copy, line.atMs, stepMs);
    const its = effective(other, line.atMs, stepMs);
    const isFirst = own > its || (own === its && copy.seq < other.seq);
    if (isFirst) return;
    throw new Violation(
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

function effective(copy: Copy, atMs: number, stepMs: number): number {
  const risen = Math.floor((atMs - copy.acceptedMs) / stepMs);
  return Math.min(HIGHEST, copy.priority + risen);
}
