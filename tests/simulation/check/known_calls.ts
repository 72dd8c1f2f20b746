import type { Call, Line } from "../history.ts";

/** A call as its program saw it, also after its end: what it sent may be on the way for long. */
export interface KnownCall {
  readonly what: Call;
  /** The name of the agent that called; nobody's, where the caller is none. */
  readonly agent: string;
  /** From the process of the bus. */
  readonly local: boolean;
  readonly calledMs: number;
  /** How many lines there were then. */
  readonly calledAt: number;
  /** How many lines there were when it resolved. */
  resolvedAt: number | undefined;
  /** What it was rejected with. */
  code: string | undefined;
}

/** Follows what programs have called, by number and by what makes a payload its own. */
export class KnownCalls {
  readonly #byNumber = new Map<number, KnownCall>();
  readonly #byToken = new Map<number, KnownCall[]>();
  readonly #callers = new Map<string, { agent: string; local: boolean }>();
  #lines = 0;

  /** Looks at the next line. */
  take(line: Line): void {
    this.#lines++;
    switch (line.type) {
      case "joined": {
        const { instance, agent, local } = line;
        this.#callers.set(instance, { agent, local });
        return;
      }
      case "called":
        return this.#add(line);
      case "resolved": {
        const call = this.#byNumber.get(line.call);
        if (call) call.resolvedAt = this.#lines;
        return;
      }
      case "rejected": {
        const call = this.#byNumber.get(line.call);
        if (call) call.code = line.code;
      }
    }
  }

  /** The call of this number. */
  get(call: number): KnownCall | undefined {
    return this.#byNumber.get(call);
  }

  /** The calls that may have sent a message with this token: more than one, where a program sends the same again. */
  of(token: number): readonly KnownCall[] {
    return this.#byToken.get(token) ?? NONE;
  }

  #add({ what, atMs }: Line & { type: "called" }): void {
    const { agent = "", local = true } = this.#callers.get(what.instance) ?? {};
    const call: KnownCall = {
      what,
      agent,
      local,
      calledMs: atMs,
      calledAt: this.#lines,
      resolvedAt: undefined,
      code: undefined,
    };
    this.#byNumber.set(what.call, call);
    if (what.token === undefined) return;
    const same = this.#byToken.get(what.token);
    if (same) same.push(call);
    else this.#byToken.set(what.token, [call]);
  }
}

const NONE: readonly KnownCall[] = [];

/** The type of the message that a call makes. */
export function typeOf({ verb }: Call): string {
  if (verb === "publish") return "publish";
  return verb === "request" || verb === "stream" ? "request" : "direct";
}

/** Codes of a send that the bus, or the sender's own end, will not have; others leave open what became of it. */
const REFUSALS: ReadonlySet<string> = new Set([
  "invalid_message",
  "too_large",
  "expired",
  "overflow",
  "backpressure_timeout",
  "routing_failed",
  "storage",
  "RangeError",
  "TypeError",
]);
/** The same of a request, which may also fail after it was handed out. */
const REQUEST_REFUSALS: ReadonlySet<string> = new Set([
  "invalid_message",
  "no_recipient",
  "backpressure_timeout",
  "routing_failed",
  "RangeError",
  "TypeError",
]);

/** Whether a call was refused, so that nothing of it may ever be delivered. */
export function isRefused({ what, code }: KnownCall): boolean {
  if (code === undefined) return false;
  const codes = typeOf(what) === "request" ? REQUEST_REFUSALS : REFUSALS;
  return codes.has(code);
}
