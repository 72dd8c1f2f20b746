import type { ConsumerFacts, Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Consumers } from "./consumers.ts";

type HandlingLine = Line & { readonly type: "handling" };

/** What was handed to an agent, and how much of it no handler has seen yet. */
interface HandOut {
  readonly agent: string;
  readonly attempt: number;
  left: number;
}

/** A message: what it was when it was accepted, and what was handed out of it, in any life of the bus. */
interface Trace {
  facts: MessageFacts;
  readonly handOuts: HandOut[];
  /** One for each time that it passed the rules, which may differ. */
  readonly priorities: number[];
  /** It was there before a restart, and may have been handed out then; sent again since, nobody can tell. */
  isRestored: boolean | "unknown";
}

/** What handlers see was handed to their agent, once for each time that it was; and it is what was accepted. */
export class Handlings implements Checker {
  readonly laws = ["S2", "S3", "S7"];
  readonly #traces = new Map<string, Trace>();
  readonly #consumers = new Consumers();
  /** Topics under which rules publish messages again. */
  readonly #topics = new Set<string>();
  /** Of this step: the bus may tell of the start after the handler has begun. */
  #handlings: HandlingLine[] = [];
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
      }
    }
  }

  end(): void {
    if (this.#handlings.length === 0) return;
    const handlings = this.#handlings;
    this.#handlings = [];
    for (const line of handlings) this.#handling(line);
  }

  #told({ event }: Line & { type: "told" }): void {
    switch (event.type) {
      case "message_accepted": {
        // Before, it may have been a letter of an earlier life.
        const known = this.#traces.get(event.message.id)?.isRestored;
        return this.#know(event.message, known ? "unknown" : false);
      }
      case "message_restored":
        return this.#know(event.message, true);
      case "dead_letter_restored":
        if (event.message) this.#know(event.message, "unknown");
        return;
      case "message_replayed": {
        const trace = this.#traces.get(event.messageId);
        trace?.priorities.push(event.priority);
        if (trace?.isRestored) trace.isRestored = "unknown";
        return;
      }
      case "delivery_started": {
        const { messageId, agent, attempt } = event;
        const handOuts = this.#traces.get(messageId)?.handOuts;
        const known = find(handOuts, agent, attempt);
        if (known) known.left++;
        else handOuts?.push({ agent, attempt, left: 1 });
      }
    }
  }

  #know(facts: MessageFacts, isRestored: Trace["isRestored"]): void {
    const trace = this.#traces.get(facts.id);
    const priorities = [facts.priority];
    if (!trace) {
      const traced = { facts, handOuts: [], priorities, isRestored };
      this.#traces.set(facts.id, traced);
    } else {
      trace.priorities.push(facts.priority);
      // One that was handed out before may be on its way to a handler still.
      const isOnItsWay = trace.handOuts.some(({ left }) => left > 0);
      trace.isRestored = isRestored && isOnItsWay ? "unknown" : isRestored;
    }
  }

  #handling(line: HandlingLine): void {
    const { message, consumer, redelivered } = line;
    const { id, attempt } = message;
    const facts = this.#consumers.facts.get(consumer);
    const trace = this.#traces.get(id);
    if (!facts || !trace) {
      throw new Violation("S2", `${id} is handled, and was not accepted`, line);
    }
    const difference = differenceOf(message, trace) ??
      this.#misdirected(message, trace.facts, facts);
    if (difference !== undefined) {
      const text = `${id} is handled with another ${difference}`;
      throw new Violation("S7", text, line);
    }
    const { isRestored } = trace;
    const isRight = redelivered === attempt > 1 ||
      (redelivered && isRestored !== false);
    if (!isRight || (!redelivered && isRestored === true)) {
      const text =
        `${id} is handled for the ${attempt}. time, and redelivered is ${redelivered}`;
      throw new Violation("S3", text, line);
    }
    takeHandOut(trace, facts.agent, attempt, line);
  }

  /** A rule may send a copy to another agent, or publish it under another topic. */
  #misdirected(
    { recipient, topic }: MessageFacts,
    accepted: MessageFacts,
    { kind, agent }: ConsumerFacts,
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

function find(
  handOuts: readonly HandOut[] | undefined,
  agent: string,
  attempt: number,
): HandOut | undefined {
  return handOuts?.find((one) =>
    one.agent === agent && one.attempt === attempt
  );
}

function takeHandOut(
  { facts: { id }, handOuts }: Trace,
  agent: string,
  attempt: number,
  line: Line,
): void {
  const handOut = find(handOuts, agent, attempt);
  const what = `${id} is handled by ${agent} for the ${attempt}. time`;
  if (!handOut) {
    throw new Violation("S2", `${what}, and was not handed to it`, line);
  }
  if (handOut.left === 0) {
    throw new Violation("S3", `${what} once more than handed to it`, line);
  }
  handOut.left--;
}

/** The first field that differs from what was accepted. */
function differenceOf(
  seen: MessageFacts,
  { facts, priorities }: Trace,
): string | undefined {
  if (!priorities.includes(seen.priority)) return "priority";
  // Where the payload is none that was sent, the token is not equal to itself.
  return KEPT.find((field) => seen[field] !== facts[field]);
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
