import type { Call, Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Copies } from "./copies.ts";
import { type Copy, type End, isKept, type ToldLine } from "./copy.ts";
import { Tokens } from "./tokens.ts";

/** How long after its time has ended a copy may still wait. */
const LATEST_MS = 1_000;

/** Why a call can only be refused. */
type Flaw = "time to live is none" | "time to live was over on arrival";

/**
 * Times to live: nothing is handed out when its time is over (T1), and a copy
 * has either started or expired (T6); it expires in time, once, whether or not
 * anybody looks (T2), but not while it is in hand (T3); a time that is none is
 * refused, and one of 0 is over on arrival (T4); wall clocks do not matter (T5).
 */
export class Lifetimes implements Checker {
  readonly laws = ["T1", "T2", "T3", "T4", "T5", "T6"];
  readonly #copies = new Copies({
    made: (copy, line) => this.#made(copy, line),
    started: (copy, line) => this.#started(copy, line),
    requeued: (copy, line) => this.#requeued(copy, line),
    finished: (copy, line, end, reason) =>
      this.#finished(copy, line, end, reason),
    lost: (copy, line) => {
      if (!copy.isVague) this.#overdue(copy, line);
    },
  });
  /** Copies that have expired, until their message may come again. */
  readonly #expired = new Set<string>();
  readonly #flawed = new Map<number, Flaw>();
  readonly #flaws = new Tokens<Flaw | "none">();
  readonly #locals = new Set<string>();
  /** Messages that have a letter without ever having been accepted. */
  readonly #returning = new Set<string>();
  #wallSetMs = -Infinity;
  /** Since when the store takes what it is given; what is kept ends no sooner than it does. */
  #worksSinceMs = -Infinity;
  #last: Line | undefined;

  /** Looks at the next line. */
  take(line: Line): void {
    this.#last = line;
    switch (line.type) {
      case "wall_set":
        this.#wallSetMs = line.atMs;
        break;
      case "joined":
        if (line.local) this.#locals.add(line.instance);
        return;
      case "called":
        this.#called(line.what);
        break;
      case "rejected":
        this.#flawed.delete(line.call);
        break;
      case "resolved":
        this.#resolved(line);
        break;
      case "told":
        this.#told(line);
        break;
      case "bus_started":
        this.#worksSinceMs = -Infinity;
        break;
      case "bus_ended":
        if (line.how !== "closing") this.#forget();
    }
    this.#copies.take(line);
  }

  /** Whatever still waits had time left. */
  end(): void {
    const last = this.#last;
    if (!last) return;
    this.#copies.all((copy) => this.#overdue(copy, last));
  }

  #forget(): void {
    this.#expired.clear();
    this.#returning.clear();
  }

  #called(what: Call): void {
    const flaw = flawOf(what);
    this.#flaws.add(what.token, flaw ?? "none");
    const { call, verb, instance, requiresAck, deduplicationId } = what;
    if (!flaw || deduplicationId !== undefined) return;
    // Over a connection, one that wants no ack is done when it has left.
    const mayResolve = flaw === OVER && verb !== "request" &&
      verb !== "stream" && !requiresAck && !this.#locals.has(instance);
    if (!mayResolve) this.#flawed.set(call, flaw);
  }

  #resolved(line: Line & { type: "resolved" }): void {
    const flaw = this.#flawed.get(line.call);
    if (!flaw) return;
    const text = `call ${line.call} was taken though its ${flaw}`;
    throw new Violation("T4", text, line);
  }

  #told(line: ToldLine): void {
    const { event } = line;
    switch (event.type) {
      case "message_accepted": {
        const { id, token } = event.message;
        const flaw = this.#flaws.get(token);
        const isWrong = flaw === NONE ||
          (flaw === OVER && !this.#returning.has(id));
        if (!isWrong) return;
        const text = `${id} was accepted though its ${flaw}`;
        throw new Violation("T4", text, line);
      }
      case "dead_letter_added":
        if (event.mailbox === undefined) this.#returning.add(event.messageId);
        else if (event.reason === "expired") {
          this.#again(line, event.mailbox, event.messageId);
        }
        return;
      case "dead_letter_restored":
        if (event.mailbox === undefined) this.#returning.add(event.messageId);
        return;
      case "store_failing":
        this.#worksSinceMs = Infinity;
        return;
      case "store_recovered":
        this.#worksSinceMs = line.atMs;
        return;
      case "delivery_started":
        this.#ghost(line, event);
    }
  }

  /** A copy expires for the first time, or there is one to do so. */
  #again(line: ToldLine, mailbox: string, messageId: string): void {
    const copy = this.#copies.life(line.bus)?.find(mailbox, messageId);
    if (copy || !this.#expired.has(keyOf(line.bus, mailbox, messageId))) return;
    throw new Violation("T2", `${messageId} expired twice`, line);
  }

  #ghost(
    line: ToldLine,
    { mailbox, messageId }: { mailbox: string; messageId: string },
  ): void {
    const copy = this.#copies.life(line.bus)?.find(mailbox, messageId);
    if (copy || !this.#expired.has(keyOf(line.bus, mailbox, messageId))) return;
    throw new Violation("T6", `${messageId} was started and expired`, line);
  }

  #made({ mailbox, messageId, message }: Copy, line: ToldLine): void {
    const { ttlMs } = message;
    if (ttlMs === undefined) return;
    this.#expired.delete(keyOf(line.bus, mailbox, messageId));
    if (Number.isInteger(ttlMs) && ttlMs >= 0) return;
    throw new Violation("T4", `${messageId} may live ${ttlMs} ms`, line);
  }

  #started(copy: Copy, line: ToldLine): void {
    const lateMs = line.atMs - copy.deadline.toMs;
    if (lateMs < 0) return;
    throw new Violation(
      this.#law("T1", copy),
      `${copy.messageId} was started ${lateMs} ms after its time had ended`,
      line,
    );
  }

  #requeued(copy: Copy, line: ToldLine): void {
    if (line.atMs < copy.deadline.toMs) return;
    throw new Violation(
      "T3",
      `${copy.messageId} is to be tried again though its time has ended`,
      line,
    );
  }

  #finished(copy: Copy, line: Line, end: End, reason?: string): void {
    if (copy.isVague) return;
    if (end !== "dead" || reason !== "expired") {
      if (copy.state === "waiting") this.#overdue(copy, line);
      return;
    }
    const { messageId, deadline: { fromMs } } = copy;
    if (copy.state === "leased") {
      const text = `${messageId} expired while it was in hand`;
      throw new Violation("T3", text, line);
    }
    if (line.atMs < fromMs) {
      const text = fromMs === Infinity
        ? `${messageId} expired though it has no time to live`
        : `${messageId} expired ${fromMs - line.atMs} ms early`;
      throw new Violation(this.#law("T2", copy), text, line);
    }
    if (copy.state === "waiting") this.#overdue(copy, line);
    if (line.type !== "told") return;
    this.#expired.add(keyOf(line.bus, copy.mailbox, messageId));
  }

  #overdue(copy: Copy, line: Line): void {
    const dueMs = isKept(copy.message)
      ? Math.max(copy.deadline.toMs, this.#worksSinceMs)
      : copy.deadline.toMs;
    const lateMs = line.atMs - dueMs;
    if (copy.state !== "waiting" || lateMs <= LATEST_MS) return;
    throw new Violation(
      this.#law("T2", copy),
      `${copy.messageId} still waited ${lateMs} ms after its time had ended`,
      line,
    );
  }

  /** A wrong time after a restart, or after the wall clock was set, is that law's business. */
  #law(law: string, { accepted, isRestored }: Copy): string {
    return isRestored || this.#wallSetMs >= accepted.toMs ? "T5" : law;
  }
}

const NONE: Flaw = "time to live is none";
const OVER: Flaw = "time to live was over on arrival";

function flawOf({ fault, ttlMs }: Call): Flaw | undefined {
  if (ttlMs === 0 && (fault === undefined || fault === "ttl")) return OVER;
  return fault === "ttl" ? NONE : undefined;
}

function keyOf(bus: string, mailbox: string, messageId: string): string {
  return `${bus} ${mailbox} ${messageId}`;
}
