import type { Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { KeptCounts } from "./kept_counts.ts";

type ToldLine = Line & { readonly type: "told" };
type OfCopy = { readonly messageId: string; readonly mailbox: string };

/** A copy, as far as its starts are counted; also when it is finished. */
interface Started {
  readonly mailbox: string;
  /** The newest delivery. */
  attempt: number;
  /** It was not handed out yet, or waits again. */
  mayStart: boolean;
  /** Another of the same message is in the same mailbox: a letter that came back. The two cannot be told apart. */
  isTwin: boolean;
}

/** A message that one life of a bus has accepted. */
interface Trace {
  readonly requiresAck: boolean;
  readonly copies: Started[];
}

/**
 * What a bus hands out it has accepted: once where it is for at most one
 * delivery, else as often as it came back, counted without a gap, also over a
 * restart.
 */
export class Deliveries implements Checker {
  readonly laws = ["S2", "S3", "S4"];
  readonly #lives = new Map<string, Map<string, Trace>>();
  readonly #kept = new KeptCounts();

  take(line: Line): void {
    this.#kept.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, new Map());
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#lives.delete(line.bus);
        return;
      case "told": {
        const traces = this.#lives.get(line.bus);
        if (traces) told(traces, line);
      }
    }
  }

  end(): void {}
}

function told(traces: Map<string, Trace>, line: ToldLine): void {
  const { event } = line;
  switch (event.type) {
    case "message_accepted": {
      const { message: { id, requiresAck }, mailboxes } = event;
      const trace = traces.get(id) ?? { requiresAck, copies: [] };
      traces.set(id, trace);
      return make(trace, mailboxes);
    }
    case "message_restored": {
      const { message: { id, requiresAck }, mailbox, attempts } = event;
      const trace = traces.get(id) ?? { requiresAck, copies: [] };
      traces.set(id, trace);
      return make(trace, [mailbox], attempts);
    }
    case "dead_letter_restored": {
      const { message, messageId: id } = event;
      const { requiresAck = true } = message ?? {};
      if (!traces.has(id)) traces.set(id, { requiresAck, copies: [] });
      return;
    }
    case "message_replayed": {
      const trace = traces.get(event.messageId);
      if (trace) make(trace, event.mailboxes);
      return;
    }
    case "delivery_started":
      return start(traces.get(event.messageId), event, line);
    case "delivery_requeued":
      return requeue(traces.get(event.messageId), event, line);
  }
}

function make(
  { copies }: Trace,
  mailboxes: readonly string[],
  attempt = 0,
): void {
  for (const mailbox of mailboxes) {
    const known = copies.find((one) => one.mailbox === mailbox);
    if (known) known.isTwin = true;
    else copies.push({ mailbox, attempt, mayStart: true, isTwin: false });
  }
}

function start(
  trace: Trace | undefined,
  { messageId, mailbox, attempt }: OfCopy & { readonly attempt: number },
  line: Line,
): void {
  const copy = trace?.copies.find((one) => one.mailbox === mailbox);
  const what = `${messageId} is handed out of "${mailbox}"`;
  if (!trace || !copy) {
    throw new Violation("S2", `${what}, where it is not`, line);
  }
  if (!copy.isTwin) checkStart(trace, copy, attempt, what, line);
  copy.attempt = attempt;
  copy.mayStart = false;
}

function checkStart(
  { requiresAck }: Trace,
  copy: Started,
  attempt: number,
  what: string,
  line: Line,
): void {
  if (!requiresAck && (copy.attempt > 0 || attempt > 1)) {
    const text = `${what} again, and is for at most one delivery`;
    throw new Violation("S4", text, line);
  }
  if (!copy.mayStart) {
    throw new Violation("S3", `${what} again, and did not come back`, line);
  }
  if (attempt === copy.attempt + 1) return;
  const text = `${what} for the ${attempt}. time after the ${copy.attempt}.`;
  throw new Violation("S3", text, line);
}

function requeue(
  trace: Trace | undefined,
  { messageId, mailbox }: OfCopy,
  line: Line,
): void {
  if (!trace) return;
  if (!trace.requiresAck) {
    const text = `${messageId} waits again, and is for at most one delivery`;
    throw new Violation("S4", text, line);
  }
  const copy = trace.copies.find((one) => one.mailbox === mailbox);
  if (copy) copy.mayStart = true;
}
