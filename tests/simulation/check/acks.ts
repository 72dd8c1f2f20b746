import type { Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Consumers } from "./consumers.ts";

type Outcome = "acked" | "nacked" | "rejected";
type Verdict = Outcome | "answered";

/** What the handlers of an agent have said of one delivery of a message; several, where it came several ways. */
interface Said {
  readonly agent: string;
  readonly attempt: number;
  readonly verdicts: Partial<Record<Verdict, number>>;
  readonly taken: Partial<Record<Outcome, number>>;
}

/** A handler at work. */
interface Handling {
  readonly said: Said;
  readonly isRequest: boolean;
  hasSettled: boolean;
}

/** The copies of one message in one mailbox: more than one, where a dead one came back. */
interface Copies {
  readonly mailbox: string;
  /** Not ended. */
  live: number;
  /** How the last one to end has ended. */
  end: "acked" | "dead" | "dropped" | "";
}

/**
 * A lease ends as its holder said, by what he said first, and by nobody else's
 * word; what is acknowledged is not handed out again, and never dead as well.
 */
export class Acks implements Checker {
  readonly laws = ["K1", "K2", "K3", "K4", "K6"];
  readonly #consumers = new Consumers();
  readonly #said = new Map<string, Said[]>();
  readonly #handlings = new Map<number, Handling>();
  /** By life of the bus and message: its copies, also those that have ended. */
  readonly #lives = new Map<string, Map<string, Copies[]>>();
  readonly #endedCalls = new Map<number, string>();
  /** Of this step: what a bus tells may be written before or after what its holder said. */
  #settled: (Line & { type: "told" })[] = [];
  #step = -1;

  take(line: Line): void {
    if (line.step !== this.#step) {
      this.end();
      this.#step = line.step;
    }
    this.#consumers.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, new Map());
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#lives.delete(line.bus);
        return;
      case "handling":
        return this.#handling(line);
      case "settling":
        return this.#settling(line);
      case "handled":
        return this.#handled(line);
      case "resolved":
      case "rejected":
        return this.#callEnded(line);
      case "told":
        return this.#told(line);
    }
  }

  end(): void {
    if (this.#settled.length === 0) return;
    const settled = this.#settled;
    this.#settled = [];
    for (const line of settled) this.#checkHolder(line);
  }

  #handling(
    { handling, consumer, message }: Line & { type: "handling" },
  ): void {
    const { agent = "", kind } = this.#consumers.facts.get(consumer) ?? {};
    const said = this.#saidBy(message.id, agent, message.attempt);
    const isRequest = kind === "requests";
    this.#handlings.set(handling, { said, isRequest, hasSettled: false });
    // Whoever leaves its inbox has acknowledged what it took at most once.
    if (kind === "inbox" && !message.requiresAck) count(said.verdicts, "acked");
  }

  #settling({ handling, verb }: Line & { type: "settling" }): void {
    const one = this.#handlings.get(handling);
    if (!one || one.hasSettled || verb === "extend") return;
    // Of a request, the responder's return is what counts.
    if (verb === "ack" && one.isRequest) return;
    one.hasSettled = true;
    count(one.said.verdicts, OUTCOMES[verb]);
  }

  #handled({ handling, how }: Line & { type: "handled" }): void {
    const one = this.#handlings.get(handling);
    this.#handlings.delete(handling);
    if (!one || one.hasSettled) return;
    const { said: { verdicts }, isRequest } = one;
    if (how === "returned") {
      // What it answers may be more than a reply can hold, or throw in the middle.
      count(verdicts, isRequest ? "answered" : "acked");
    } else if (how === "threw") count(verdicts, "nacked");
    else {
      // In a loop over an inbox, an error is the loop's.
      count(verdicts, "rejected");
      count(verdicts, "nacked");
    }
  }

  #callEnded(line: Line & { type: "resolved" | "rejected" }): void {
    const before = this.#endedCalls.get(line.call);
    if (before !== undefined) {
      fail("K4", `call ${line.call} is ${line.type} after ${before}`, line);
    }
    this.#endedCalls.set(line.call, line.type);
  }

  #told(line: Line & { type: "told" }): void {
    const { event } = line;
    const messages = this.#lives.get(line.bus);
    if (!messages) return;
    switch (event.type) {
      case "message_accepted":
        return make(messages, event.message.id, event.mailboxes);
      case "message_replayed":
        return make(messages, event.messageId, event.mailboxes);
      case "delivery_started":
        return checkStart(messages.get(event.messageId), event, line);
      case "delivery_ended":
        this.#settled.push(line);
        if (event.outcome !== "acked") return;
        return finish(messages, event, "acked", line);
      case "dead_letter_added":
        return finish(messages, event, "dead", line);
      case "message_dropped":
        return finish(messages, event, "dropped", line);
    }
  }

  /** What a lease is said to have ended with, its holder has said. */
  #checkHolder(line: Line & { type: "told" }): void {
    const { event } = line;
    if (event.type !== "delivery_ended") return;
    const { messageId, agent, attempt, outcome } = event;
    if (outcome === "lease_ended" || outcome === "returned") return;
    const { verdicts, taken } = this.#saidBy(messageId, agent, attempt);
    const times = count(taken, outcome);
    const { [outcome]: same = 0, answered = 0 } = verdicts;
    const possible = same + (outcome === "rejected" ? 0 : answered);
    if (times <= possible) return;
    const what = `${messageId} is ${outcome} for the ${attempt}. time`;
    const others = Object.keys(verdicts).filter((name) => name !== outcome);
    if (possible > 0) {
      fail("K2", `${what} ${times} times, and ${agent} said so once`, line);
    }
    const said = others.length > 0 ? others.join(" and ") : "nothing";
    fail("K1", `${what}, and ${agent} said ${said}`, line);
  }

  #saidBy(messageId: string, agent: string, attempt: number): Said {
    const all = this.#said.get(messageId);
    const known = all?.find((one) =>
      one.agent === agent && one.attempt === attempt
    );
    if (known) return known;
    const said: Said = { agent, attempt, verdicts: {}, taken: {} };
    if (all) all.push(said);
    else this.#said.set(messageId, [said]);
    return said;
  }
}

const OUTCOMES = { ack: "acked", nack: "nacked", reject: "rejected" } as const;

type Messages = Map<string, Copies[]>;
type OfCopy = { messageId: string; mailbox?: string };

function make(
  messages: Messages,
  messageId: string,
  mailboxes: readonly string[],
): void {
  const all = messages.get(messageId) ?? [];
  messages.set(messageId, all);
  for (const mailbox of mailboxes) {
    const known = all.find((one) => one.mailbox === mailbox);
    if (known) known.live++;
    else all.push({ mailbox, live: 1, end: "" });
  }
}

function checkStart(
  all: readonly Copies[] | undefined,
  { messageId, mailbox }: OfCopy,
  line: Line,
): void {
  const { live = 1, end = "" } = all?.find((one) => one.mailbox === mailbox) ??
    {};
  if (live > 0) return;
  const law = end === "acked" ? "K3" : "K4";
  fail(law, `${messageId} of "${mailbox}" is handed out after ${end}`, line);
}

function finish(
  messages: Messages,
  { messageId, mailbox }: OfCopy,
  end: "acked" | "dead" | "dropped",
  line: Line,
): void {
  const copies = messages.get(messageId)?.find((one) =>
    one.mailbox === mailbox
  );
  if (!copies) return;
  if (copies.live === 0) {
    const law = copies.end === end ? "K6" : "K4";
    const text = `${messageId} of "${mailbox}" is ${end} after ${copies.end}`;
    fail(law, text, line);
  }
  copies.live--;
  copies.end = end;
}

function count<K extends string>(
  counts: Partial<Record<K, number>>,
  name: K,
): number {
  const next = (counts[name] ?? 0) + 1;
  counts[name] = next;
  return next;
}

function fail(law: string, text: string, line: Line): never {
  throw new Violation(law, text, line);
}
