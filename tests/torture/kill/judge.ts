import { copyOf, type Said } from "../said.ts";

/** A dead letter, as the bus lists it. */
export interface FoundLetter {
  readonly copy: string;
  readonly reason: string;
}

/** What the programs were told of the bus. */
export interface Rules {
  readonly maxAttempts: number;
  /** How long a delivery to an agent may take, in milliseconds. */
  leaseMs(agent: string): number;
  /** Agents whose copies are handled one after the other, in one place. */
  readonly inOrder: readonly string[];
}

/** What a drained bus came to. */
export interface Verdict {
  readonly problems: readonly string[];
  /** Sends that were accepted. */
  readonly accepted: number;
  /** Copies that were handled to the end. */
  readonly handled: number;
  /** Starts of copies that had been started before. */
  readonly again: number;
}

type Start = Extract<Said, { say: "start" }>;

/** What is known of one copy. */
interface Copy {
  last?: Start;
  /** Since when its last start may have been on its way from the bus to its handler. */
  leasedFrom: number;
  /** Whether its last start has ended otherwise than well, as its handler says. */
  hasFailed: boolean;
  failures: number;
  rejections: number;
  isHandled: boolean;
  isAcked: boolean;
}

/** What is known of one send. */
interface Sent {
  readonly from: string;
  readonly copies: ReadonlyMap<string, Copy>;
  readonly ids: Set<string>;
  /** How many sends there were before. */
  readonly place: number;
  tries: number;
  isAccepted: boolean;
  isRefused: boolean;
}

/**
 * Judges what programs have said, in the order in which it happened, from the
 * first send to a bus in which nothing waits any more.
 */
export class Judge {
  readonly #rules: Rules;
  readonly #problems: string[] = [];
  readonly #sent = new Map<string, Sent>();
  /** By id, the token of the message that was sent with it. */
  readonly #tokens = new Map<string, string>();
  /** By sender and agent, the copy that has started last for the first time. */
  readonly #started = new Map<string, { place: number; name: string }>();
  readonly #kills: Extract<Said, { say: "killed" }>[] = [];
  #again = 0;

  /** Has heard nothing yet. */
  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** What is said next. */
  take(said: Said): void {
    switch (said.say) {
      case "try":
        return this.#try(said);
      case "ok":
        this.#identify(said.token, said.id);
        return this.#accept(said.token);
      case "refused": {
        const sent = this.#sent.get(said.token);
        if (sent && said.isForGood) sent.isRefused = true;
        return;
      }
      case "start":
        return this.#start(said);
      case "end":
        return this.#end(said.copy, said.how);
      case "acked": {
        const copy = this.#copy(
          copyOf(this.#tokens.get(said.id) ?? "", said.agent),
        );
        if (copy) copy.isAcked = true;
        return;
      }
      case "killed":
        this.#kills.push(said);
    }
  }

  /** All was said, and the bus is empty but for these letters. */
  verdict(letters: readonly FoundLetter[]): Verdict {
    const names = new Set(letters.map(({ copy }) => copy));
    if (names.size < letters.length) {
      this.#blame(`${letters.length - names.size} letters are doubled`);
    }
    for (const letter of letters) this.#judgeLetter(letter);
    let [accepted, handled] = [0, 0];
    for (const sent of this.#sent.values()) {
      if (sent.isAccepted) accepted++;
      for (const [name, { isHandled }] of sent.copies) {
        if (isHandled) handled++;
        else if (sent.isAccepted && !names.has(name)) {
          this.#blame(`lost: ${name} was accepted and not handled`);
        }
      }
    }
    return { problems: this.#problems, accepted, handled, again: this.#again };
  }

  #try({ at, token, from, to }: Extract<Said, { say: "try" }>): void {
    const known = this.#sent.get(token);
    if (known) return void known.tries++;
    const fresh = (): Copy => ({
      leasedFrom: at,
      hasFailed: false,
      failures: 0,
      rejections: 0,
      isHandled: false,
      isAcked: false,
    });
    this.#sent.set(token, {
      from,
      copies: new Map(to.map((agent) => [copyOf(token, agent), fresh()])),
      ids: new Set(),
      place: this.#sent.size,
      tries: 1,
      isAccepted: false,
      isRefused: false,
    });
  }

  #accept(token: string): void {
    const sent = this.#sent.get(token);
    if (sent) sent.isAccepted = true;
  }

  #start(start: Start): void {
    const { copy: name, id, life, redelivered } = start;
    const [token = "", agent = ""] = name.split(">");
    const sent = this.#sent.get(token);
    const copy = sent?.copies.get(name);
    if (!sent || !copy) return this.#blame(`ghost: ${name} was never sent`);
    if (sent.isRefused) this.#blame(`ghost: ${name} was refused for good`);
    this.#identify(token, id);
    if (copy.isAcked) this.#blame(`again: ${name} started once acknowledged`);
    const { last } = copy;
    if (last === undefined) this.#judgeOrder(sent, name, agent);
    else {
      this.#again++;
      if (!redelivered) this.#blame(`again: ${name} does not say so`);
      const isSameLife = last.life === life;
      const isLate = start.at - copy.leasedFrom >= this.#rules.leaseMs(agent);
      copy.leasedFrom = last.at;
      if (isSameLife && !copy.hasFailed && !isLate) {
        this.#blame(`again: ${name} started in ${life} without a cause`);
      }
      const more = start.attempt - last.attempt - 1;
      if (isSameLife && (more < 0 || more > this.#killsBetween(last, start))) {
        this.#blame(
          `attempts: ${name} went from ${last.attempt} to ${start.attempt}`,
        );
      }
    }
    copy.last = start;
    copy.hasFailed = false;
  }

  /** Each may have taken an attempt with it, at another process of the name, before its handler began. */
  #killsBetween(last: Start, start: Start): number {
    return this.#kills.filter(({ at, until }) =>
      until >= last.at && at <= start.at
    ).length;
  }

  #end(name: string, how: Extract<Said, { say: "end" }>["how"]): void {
    const copy = this.#copy(name);
    if (!copy) return;
    if (how === "ack") copy.isHandled = true;
    else copy.hasFailed = true;
    if (how === "nack" || how === "stall") copy.failures++;
    if (how === "reject") copy.rejections++;
  }

  /** Of one sender and one agent, what was sent first starts first; what was sent twice may come late. */
  #judgeOrder({ from, place, tries }: Sent, name: string, agent: string): void {
    if (tries > 1 || !this.#rules.inOrder.includes(agent)) return;
    const pair = `${from}>${agent}`;
    const before = this.#started.get(pair);
    if (before && before.place > place) {
      return this.#blame(`order: ${name} started after ${before.name}`);
    }
    this.#started.set(pair, { place, name });
  }

  /** A send has one id, however often it was made. */
  #identify(token: string, id: string): void {
    this.#tokens.set(id, token);
    const ids = this.#sent.get(token)?.ids.add(id);
    if (ids && ids.size > 1) this.#blame(`twice: ${token} is ${[...ids]}`);
  }

  #judgeLetter({ copy: name, reason }: FoundLetter): void {
    const copy = this.#copy(name);
    const sent = this.#sent.get(name.split(">")[0] ?? "");
    // What was late on arrival leaves a letter, of which there was no copy.
    if (reason === "expired" && sent?.isRefused) return;
    if (!copy || !sent) return this.#blame(`ghost: a letter of ${name}`);
    if (copy.isAcked) this.#blame(`both: ${name} is acknowledged and dead`);
    const isDue = reason === "handler_failed"
      ? copy.failures >= this.#rules.maxAttempts
      : reason === "rejected" && copy.rejections > 0;
    if (!isDue) this.#blame(`dead: ${name}, ${reason} without a cause`);
  }

  #copy(name: string): Copy | undefined {
    return this.#sent.get(name.split(">")[0] ?? "")?.copies.get(name);
  }

  #blame(problem: string): void {
    this.#problems.push(problem);
  }
}
