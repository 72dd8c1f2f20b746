import type { Line } from "../history.ts";
import { Callers, type OpenCall } from "./callers.ts";
import { type Checker, Violation } from "./checker.ts";
import { RepliesTold } from "./replies_told.ts";
import { RequestGauge } from "./request_gauge.ts";
import { checkError, checkReply, latestOf, type Wait } from "./waits.ts";

type Ending = Line & { readonly type: "resolved" | "rejected" };
type Piece = Line & { readonly type: "piece" };

/** How often open waits are looked at, in milliseconds. */
const LOOK_MS = 50;

/**
 * Requests: each ends once (R1), with its own reply (R2), in time (R4) and for
 * good once it is given up (R6); the bus keeps count of those that wait (R3),
 * by ids that are their own (R5), however often one is sent (R7); a reply in
 * pieces is whole and in order (R8).
 */
export class Requests implements Checker {
  readonly laws = ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"];
  readonly #told = new RepliesTold();
  readonly #gauge = new RequestGauge();
  readonly #waits = new Map<number, Wait>();
  readonly #ended = new Set<number>();
  /** Handlers at work whose delivery was taken from them. */
  readonly #aborted = new Set<number>();
  /** What is to be looked at when the step is over. */
  #resolved: { wait: Wait; line: Ending }[] = [];
  #cancelled: OpenCall[] = [];
  #defaultTimeoutMs = 30_000;
  #lookedMs = 0;
  #last: Line | undefined;
  readonly #callers = new Callers({
    called: (call) => this.#called(call),
    ended: (call, line) => this.#end(call, line),
    strange: (call, line) => this.#strange(call, line),
    piece: (call, line) => this.#piece(call, line),
    lost: (call, line) => this.#lost(call, line),
  });

  /** Looks at the next line. */
  take(line: Line): void {
    if (this.#last && line.step !== this.#last.step) this.#endStep(this.#last);
    this.#last = line;
    switch (line.type) {
      case "told":
        this.#told.take(line, (token) => this.#isWaiting(token));
        return;
      case "bus_started":
        this.#defaultTimeoutMs = line.settings.requestTimeoutMs;
        break;
      case "bus_ended":
        if (line.how !== "closing") this.#told.forget(line.bus);
        break;
      case "gauges":
        this.#gauge.check(line, line.requests);
        return this.#lookAtWaits(line);
      case "snapshot":
        if (line.quiet) this.#gauge.checkQuiet(line, line.shown.requests);
        return;
      case "quiescent":
        return this.#checkEnded(line);
      case "aborted":
        return this.#abort(line);
      case "handled":
        this.#aborted.delete(line.handling);
        return;
    }
    this.#callers.take(line);
    if (line.type === "cancelled") {
      const call = this.#callers.open.get(line.call);
      if (call && this.#waits.has(line.call)) this.#cancelled.push(call);
    }
  }

  /** Every request has ended. */
  end(): void {
    if (!this.#last) return;
    this.#endStep(this.#last);
    this.#checkEnded(this.#last);
  }

  #called(call: OpenCall): void {
    const { what, calledMs } = call;
    if (what.verb !== "request" && what.verb !== "stream") return;
    const timeoutMs = what.timeoutMs ?? this.#defaultTimeoutMs;
    const wait = { call, timeoutMs, pieces: 0, lastPieceMs: calledMs };
    this.#waits.set(what.call, wait);
    this.#gauge.opened(call);
    this.#told.called(what);
  }

  #isWaiting(token: number): boolean {
    const call = this.#told.callOf(token);
    return call !== undefined && this.#waits.has(call);
  }

  #end(call: OpenCall, line: Ending): void {
    const number = call.what.call;
    const wait = this.#waits.get(number);
    if (!wait) return;
    this.#waits.delete(number);
    this.#ended.add(number);
    if (line.type === "resolved") this.#resolved.push({ wait, line });
    else checkError(wait, line);
    this.#gauge.ended(call, line, wait.timeoutMs);
    const asked = this.#told.by(call.what.token);
    if (!asked || asked === "unknown" || !call.by?.local) return;
    asked.endedStep = line.step;
  }

  #lost(call: OpenCall, line: Line): void {
    const wait = this.#waits.get(call.what.call);
    if (!wait) return;
    this.#waits.delete(call.what.call);
    this.#gauge.ended(call, line, wait.timeoutMs);
  }

  #strange(call: number, line: Ending | Piece): void {
    if (!this.#ended.has(call)) return;
    throw line.type === "piece"
      ? new Violation("R8", `a piece came after the end of call ${call}`, line)
      : new Violation("R1", `call ${call} ended twice`, line);
  }

  #piece(call: OpenCall, line: Piece): void {
    const wait = this.#waits.get(line.call);
    if (!wait) return;
    const { token } = call.what;
    if (Math.abs(line.token) !== token) {
      const text = `call ${line.call} got a piece of another's reply`;
      throw new Violation("R2", text, line);
    }
    if (line.index !== wait.pieces) {
      const text =
        `call ${line.call} got piece ${line.index} in place of ${wait.pieces}`;
      throw new Violation("R8", text, line);
    }
    wait.pieces++;
    wait.lastPieceMs = line.atMs;
  }

  #abort(line: Line & { type: "aborted" }): void {
    if (this.#aborted.has(line.handling)) {
      const text = `handling ${line.handling} was told twice to stop`;
      throw new Violation("R6", text, line);
    }
    this.#aborted.add(line.handling);
  }

  #endStep(last: Line): void {
    for (const { wait, line } of this.#resolved) {
      checkReply(wait, line, this.#told.by(wait.call.what.token));
    }
    if (this.#resolved.length > 0) this.#resolved = [];
    for (const { what } of this.#cancelled) {
      if (!this.#waits.has(what.call)) continue;
      const text = `call ${what.call} waits on though it was given up`;
      throw new Violation("R6", text, last);
    }
    if (this.#cancelled.length > 0) this.#cancelled = [];
  }

  #lookAtWaits(line: Line): void {
    if (line.atMs < this.#lookedMs + LOOK_MS) return;
    this.#lookedMs = line.atMs;
    for (const wait of this.#waits.values()) {
      const { what, by } = wait.call;
      // How long a stream may pause is known at the bus alone.
      if (what.verb === "stream" && !by?.local) continue;
      const lateMs = line.atMs - latestOf(wait);
      if (lateMs <= 0) continue;
      const text = `call ${what.call} still waits ${lateMs} ms after its time`;
      throw new Violation("R4", text, line);
    }
  }

  #checkEnded(line: Line): void {
    const [wait] = this.#waits.values();
    if (!wait) return;
    const { call, verb } = wait.call.what;
    throw new Violation("R1", `call ${call}, a ${verb}, never ended`, line);
  }
}
