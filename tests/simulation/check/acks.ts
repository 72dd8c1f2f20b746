import type { Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Consumers } from "./consumers.ts";

type ToldLine = Line & { readonly type: "told" };
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
  readonly kind: string;
  hasSettled: boolean;
}

/** A lease ends as its holder said, by what he said first, and by nobody else's word. */
export class Acks implements Checker {
  readonly laws = ["K1", "K2"];
  readonly #consumers = new Consumers();
  readonly #said = new Map<string, Said[]>();
  readonly #handlings = new Map<number, Handling>();
  /** Of this step: what a bus tells may be written before what its holder said. */
  #ended: ToldLine[] = [];
  #step = -1;

  take(line: Line): void {
    if (line.step !== this.#step) {
      this.end();
      this.#step = line.step;
    }
    this.#consumers.take(line);
    switch (line.type) {
      case "handling":
        return this.#handling(line);
      case "settling":
        return this.#settling(line);
      case "handled":
        return this.#handled(line);
      case "told":
        if (line.event.type === "delivery_ended") this.#ended.push(line);
    }
  }

  end(): void {
    if (this.#ended.length === 0) return;
    const ended = this.#ended;
    this.#ended = [];
    for (const line of ended) this.#checkHolder(line);
  }

  #handling(
    { handling, consumer, message }: Line & { type: "handling" },
  ): void {
    const { agent = "", kind = "" } = this.#consumers.facts.get(consumer) ?? {};
    const said = this.#saidBy(message.id, agent, message.attempt);
    this.#handlings.set(handling, { said, kind, hasSettled: false });
    // Whoever leaves its inbox has acknowledged what it took at most once.
    if (kind === "inbox" && !message.requiresAck) count(said.verdicts, "acked");
  }

  #settling({ handling, verb }: Line & { type: "settling" }): void {
    const one = this.#handlings.get(handling);
    if (!one || one.hasSettled || verb === "extend") return;
    // Of a request, the responder's return is what counts.
    if (verb === "ack" && one.kind === "requests") return;
    one.hasSettled = true;
    count(one.said.verdicts, OUTCOMES[verb]);
  }

  #handled({ handling, how }: Line & { type: "handled" }): void {
    const one = this.#handlings.get(handling);
    this.#handlings.delete(handling);
    if (!one || one.hasSettled) return;
    const { said: { verdicts }, kind } = one;
    if (how === "returned") {
      // What it answers may be more than a reply can hold, or throw in the middle.
      count(verdicts, kind === "requests" ? "answered" : "acked");
    } else {
      // In a loop over an inbox, an error is the loop's.
      const isRejected = how === "threw_rejected" && kind !== "inbox";
      count(verdicts, isRejected ? "rejected" : "nacked");
    }
  }

  /** What a lease is said to have ended with, its holder has said. */
  #checkHolder(line: ToldLine): void {
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
    if (possible > 0) {
      const text = `${what} ${times} times, and ${agent} said so ${possible}`;
      throw new Violation("K2", text, line);
    }
    const said = Object.keys(verdicts).join(" and ") || "nothing";
    throw new Violation("K1", `${what}, and ${agent} said ${said}`, line);
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

function count<K extends string>(
  counts: Partial<Record<K, number>>,
  name: K,
): number {
  const next = (counts[name] ?? 0) + 1;
  counts[name] = next;
  return next;
}
