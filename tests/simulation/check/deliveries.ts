import type { Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Consumers } from "./consumers.ts";

/** A copy, as far as its starts are counted; also when it is finished. */
interface Started {
  readonly bus: string;
  readonly mailbox: string;
  /** The newest delivery. */
  attempt: number;
  /** It was not handed out yet, or waits again. */
  mayStart: boolean;
  /** Another of the same message is in the same mailbox: a letter that came back. The two cannot be told apart. */
  isTwin: boolean;
}

/** What was handed to an agent, and no handler of its has seen yet. */
interface HandOut {
  readonly agent: string;
  readonly attempt: number;
  left: number;
}

/** A message: what it was when it was accepted, and what was handed out of it. */
interface Trace {
  readonly facts: MessageFacts;
  readonly copies: Started[];
  readonly handOuts: HandOut[];
  /** One for each life of the bus that has accepted it: rules may differ. */
  readonly priorities: number[];
  /** It came out of the dead letters. */
  isReplayed: boolean;
}

/**
 * What is handed out was accepted, at most once or as often as it came back,
 * counted without a gap; and what handlers see was handed to them, as it was
 * accepted.
 */
export class Deliveries implements Checker {
  readonly laws = ["S2", "S3", "S4", "S7"];
  readonly #traces = new Map<string, Trace>();
  readonly #consumers = new Consumers();
  /** Topics under which rules publish messages again. */
  readonly #topics = new Set<string>();
  /** Priorities that rules give. */
  readonly #priorities = new Set<number>();
  /** Of this step: the bus may tell of the start after the handler has begun. */
  #handlings: (Line & { type: "handling" })[] = [];
  #step = -1;

  take(line: Line): void {
    if (line.step !== this.#step) {
      this.end();
      this.#step = line.step;
    }
    this.#consumers.take(line);
    if (line.type === "told") this.#told(line);
    else if (line.type === "handling") this.#handlings.push(line);
    else if (line.type === "rules") {
      for (const { action } of line.rules) {
        if (action?.kind === "republish") this.#topics.add(action.topic);
        if (action?.kind === "set-priority") {
          this.#priorities.add(action.priority);
        }
      }
    }
  }

  end(): void {
    if (this.#handlings.length === 0) return;
    const handlings = this.#handlings;
    this.#handlings = [];
    for (const line of handlings) this.#handling(line);
  }

  #told(line: Line & { type: "told" }): void {
    const { event, bus } = line;
    switch (event.type) {
      case "message_accepted": {
        const { message: facts, mailboxes } = event;
        const known = this.#traces.get(facts.id);
        const { copies = [], handOuts = [], priorities = [] } = known ?? {};
        priorities.push(facts.priority);
        const isReplayed = known?.isReplayed ?? false;
        const trace = { facts, copies, handOuts, priorities, isReplayed };
        this.#traces.set(facts.id, trace);
        return make(trace, bus, mailboxes);
      }
      case "message_replayed":
        return this.#replay(event, bus);
      case "delivery_started":
        return this.#start(event, line);
      case "delivery_requeued":
        return this.#requeue(event, line);
    }
  }

  #replay(
    { messageId, mailboxes }: {
      messageId: string;
      mailboxes: readonly string[];
    },
    bus: string,
  ): void {
    const trace = this.#traces.get(messageId);
    if (!trace) return;
    trace.isReplayed = true;
    make(trace, bus, mailboxes);
  }

  #start(
    event: {
      messageId: string;
      mailbox: string;
      agent: string;
      attempt: number;
    },
    line: Line & { type: "told" },
  ): void {
    const { messageId, mailbox, agent, attempt } = event;
    const trace = this.#traces.get(messageId);
    const copy = trace && find(trace, line.bus, mailbox);
    if (!trace || !copy) {
      const text =
        `${messageId} is handed out of "${mailbox}", where it is not`;
      throw new Violation("S2", text, line);
    }
    if (!copy.isTwin) checkStart(trace, copy, attempt, line);
    copy.attempt = attempt;
    copy.mayStart = false;
    const handOut = trace.handOuts.find((one) =>
      one.agent === agent && one.attempt === attempt
    );
    if (handOut) handOut.left++;
    else trace.handOuts.push({ agent, attempt, left: 1 });
  }

  #requeue(
    { messageId, mailbox }: { messageId: string; mailbox: string },
    line: Line & { type: "told" },
  ): void {
    const trace = this.#traces.get(messageId);
    if (!trace) return;
    if (!trace.facts.requiresAck) {
      const text = `${messageId} waits again, and is for at most one delivery`;
      throw new Violation("S4", text, line);
    }
    const copy = find(trace, line.bus, mailbox);
    if (copy) copy.mayStart = true;
  }

  #handling(line: Line & { type: "handling" }): void {
    const { message, consumer, redelivered } = line;
    const { id, attempt } = message;
    const facts = this.#consumers.facts.get(consumer);
    const trace = this.#traces.get(id);
    if (!facts || !trace) {
      throw new Violation("S2", `${id} is handled, and was not accepted`, line);
    }
    const difference = differenceOf(message, trace.facts) ??
      this.#reranked(message, trace) ??
      this.#misdirected(message, trace.facts, facts);
    if (difference !== undefined) {
      const text = `${id} is handled with another ${difference}`;
      throw new Violation("S7", text, line);
    }
    if (redelivered !== attempt > 1) {
      const text =
        `${id} is handled for the ${attempt}. time, and redelivered is ${redelivered}`;
      throw new Violation("S3", text, line);
    }
    this.#takeHandOut(trace, facts.agent, attempt, line);
  }

  #takeHandOut(
    { facts: { id }, handOuts }: Trace,
    agent: string,
    attempt: number,
    line: Line,
  ): void {
    const handOut = handOuts.find((one) =>
      one.agent === agent && one.attempt === attempt
    );
    const what = `${id} is handled by ${agent} for the ${attempt}. time`;
    if (!handOut) {
      throw new Violation("S2", `${what}, and was not handed to it`, line);
    }
    if (handOut.left === 0) {
      throw new Violation("S3", `${what} once more than handed to it`, line);
    }
    handOut.left--;
  }

  /** A dead letter that is sent again may pass the rules anew. */
  #reranked(
    { priority }: MessageFacts,
    { priorities, isReplayed }: Trace,
  ): string | undefined {
    if (priorities.includes(priority)) return undefined;
    return isReplayed && this.#priorities.has(priority)
      ? undefined
      : "priority";
  }

  /** A rule may send a copy to another agent, or publish it under another topic. */
  #misdirected(
    { recipient, topic }: MessageFacts,
    accepted: MessageFacts,
    { kind, agent }: { kind: string; agent: string },
  ): string | undefined {
    if (kind !== "topic") {
      if (topic !== accepted.topic) return "topic";
      const isItsOwn = recipient === agent ||
        (recipient === undefined && accepted.recipient === undefined);
      return isItsOwn ? undefined : "recipient";
    }
    if (recipient !== undefined) return "recipient";
    const isItsOwn = topic === accepted.topic && accepted.type === "publish";
    return isItsOwn || this.#topics.has(topic ?? "") ? undefined : "topic";
  }
}

function make(
  { copies }: Trace,
  bus: string,
  mailboxes: readonly string[],
): void {
  for (const mailbox of mailboxes) {
    const known = copies.find((one) =>
      one.bus === bus && one.mailbox === mailbox
    );
    if (known) known.isTwin = true;
    else {
      copies.push({ bus, mailbox, attempt: 0, mayStart: true, isTwin: false });
    }
  }
}

function find(
  { copies }: Trace,
  bus: string,
  mailbox: string,
): Started | undefined {
  for (const copy of copies) {
    if (copy.mailbox === mailbox && copy.bus === bus) return copy;
  }
  return undefined;
}

function checkStart(
  { facts: { id, requiresAck } }: Trace,
  copy: Started,
  attempt: number,
  line: Line,
): void {
  if (!requiresAck && (copy.attempt > 0 || attempt > 1)) {
    const text =
      `${id} is handed out of "${copy.mailbox}" again, and is for at most one delivery`;
    throw new Violation("S4", text, line);
  }
  if (!copy.mayStart) {
    const text =
      `${id} is handed out of "${copy.mailbox}" again, and did not come back`;
    throw new Violation("S3", text, line);
  }
  if (attempt === copy.attempt + 1) return;
  const text =
    `${id} is handed out of "${copy.mailbox}" for the ${attempt}. time after the ${copy.attempt}.`;
  throw new Violation("S3", text, line);
}

/** The first field that differs from what was accepted. */
function differenceOf(
  seen: MessageFacts,
  accepted: MessageFacts,
): string | undefined {
  // Where the payload is none that was sent, the token is not equal to itself.
  return KEPT.find((field) => seen[field] !== accepted[field]);
}

/** What nothing on the way changes. */
const KEPT = [
  "token",
  "sender",
  "type",
  "requestId",
  "correlationId",
  "ttlMs",
  "requiresAck",
] as const;
