import type { ConsumerFacts, Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Consumers } from "./consumers.ts";
import { Copies } from "./copies.ts";
import type { ToldLine } from "./copy.ts";

type HandlingLine = Line & { readonly type: "handling" };

/** What was handed to an agent, and how much of it no handler has seen yet. */
interface HandOut {
  readonly agent: string;
  readonly attempt: number;
  /** Whether its copy came out of a store, and so may have been handed out before; of twins, nobody can tell. */
  readonly isRestored: boolean | "unknown";
  left: number;
}

/** A message: what it was when it was accepted, and what was handed out of it, in any life of the bus. */
interface Trace {
  facts: MessageFacts;
  /** All that is known of it says a letter, which may be of a copy that a rule has made. */
  isOfLetter: boolean;
  readonly handOuts: HandOut[];
  /** One for each time that it passed the rules, which may differ. */
  readonly priorities: number[];
}

/** What handlers see was handed to their agent, once for each time that it was; and it is what was accepted. */
export class Handlings implements Checker {
  readonly laws = ["S2", "S3", "S7"];
  readonly #traces = new Map<string, Trace>();
  readonly #consumers = new Consumers();
  readonly #copies = new Copies({});
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
    this.#copies.take(line);
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

  #told(line: ToldLine): void {
    const { event } = line;
    switch (event.type) {
      case "message_accepted":
      case "message_restored":
        return this.#know(event.message);
      case "dead_letter_restored":
        if (event.message) this.#know(event.message, true);
        return;
      case "message_replayed":
        this.#traces.get(event.messageId)?.priorities.push(event.priority);
        return;
      case "delivery_started": {
        const { messageId, agent, attempt } = event;
        const handOuts = this.#traces.get(messageId)?.handOuts ?? [];
        const isRestored = this.#isRestored(line);
        const known = handOuts.find((one) =>
          one.agent === agent && one.attempt === attempt &&
          one.isRestored === isRestored
        );
        if (known) known.left++;
        else handOuts.push({ agent, attempt, isRestored, left: 1 });
      }
    }
  }

  #isRestored({ event, bus }: ToldLine): HandOut["isRestored"] {
    const life = this.#copies.life(bus);
    if (event.type !== "delivery_started" || !life?.hasStore) return false;
    const copy = life.find(event.mailbox, event.messageId);
    return copy && !copy.isVague ? copy.isRestored : "unknown";
  }

  #know(facts: MessageFacts, isOfLetter = false): void {
    const trace = this.#traces.get(facts.id);
    if (!trace) {
      const priorities = [facts.priority];
      const news = { facts, isOfLetter, handOuts: [], priorities };
      return void this.#traces.set(facts.id, news);
    }
    trace.priorities.push(facts.priority);
    if (!trace.isOfLetter || isOfLetter) return;
    trace.facts = facts;
    trace.isOfLetter = false;
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
    const { agent } = facts;
    const own = trace.handOuts.filter((one) =>
      one.agent === agent && one.attempt === attempt
    );
    takeHandOut(own, `${id} is handled by ${agent}`, line, (isRestored) => {
      if (attempt > 1) return redelivered;
      return isRestored === "unknown" || isRestored === redelivered;
    });
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

/** What a handler has is one that its agent was handed, and that says rightly whether it was handed out before. */
function takeHandOut(
  handOuts: readonly HandOut[],
  who: string,
  line: HandlingLine,
  isRight: (isRestored: HandOut["isRestored"]) => boolean,
): void {
  const { message: { attempt }, redelivered } = line;
  const what = `${who} for the ${attempt}. time`;
  if (handOuts.length === 0) {
    throw new Violation("S2", `${what}, and was not handed to it`, line);
  }
  const left = handOuts.filter((one) => one.left > 0);
  if (left.length === 0) {
    throw new Violation("S3", `${what} once more than handed to it`, line);
  }
  const handOut = left.find(({ isRestored }) => isRight(isRestored));
  if (!handOut) {
    const text = `${what}, and redelivered is ${redelivered}`;
    throw new Violation("S3", text, line);
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
