import { copyOf, type Said } from "../said.ts";

/** What a store holds, as a bus that was made on it sees it. */
export interface Found {
  /** Copies that wait, each as `TOKEN>AGENT`. */
  readonly copies: readonly string[];
  /** Dead letters, likewise. */
  readonly letters: readonly string[];
  /** What is wrong with it beyond that. */
  readonly problems: readonly string[];
}

/** What is known of one copy. */
interface Copy {
  readonly token: string;
  /** Its handler was about to acknowledge it: it may be gone. */
  isEnding: boolean;
  /** The bus has said that it is acknowledged. */
  isAcked: boolean;
  /** The bus has said that it is a dead letter. */
  isDead: boolean;
}

/** What is known of one message. */
interface Sent {
  readonly copies: readonly string[];
  isAccepted: boolean;
  isRefused: boolean;
}

/**
 * What must be in a store, may be, and must not, by what programs have said so
 * far. It is handed everything in the order in which it was said.
 */
export class Account {
  readonly #sent = new Map<string, Sent>();
  readonly #copies = new Map<string, Copy>();
  /** Copies that must be there, as long as that is so. */
  readonly #owed = new Set<string>();
  readonly #tokens = new Map<string, string>();

  /** Copies that must be there. */
  get owed(): number {
    return this.#owed.size;
  }

  /** Something was said. */
  take(said: Said): void {
    switch (said.say) {
      case "try":
        return this.#try(said.token, said.to);
      case "ok":
        return this.#accept(said.token);
      case "refused": {
        const sent = this.#sent.get(said.token);
        if (sent && said.isForGood) sent.isRefused = true;
        return;
      }
      case "start":
        return void this.#tokens.set(said.id, said.copy.split(">")[0] ?? "");
      case "end":
        if (said.how === "ack") this.#note(said.copy, "isEnding");
        return;
      case "acked":
      case "dead": {
        const copy = copyOf(this.#tokens.get(said.id) ?? said.id, said.agent);
        this.#note(copy, said.say === "acked" ? "isAcked" : "isDead");
      }
    }
  }

  /** What is wrong with what was found. */
  problemsOf({ copies, letters, problems }: Found): string[] {
    const there = new Set([...copies, ...letters]);
    const found = [...problems];
    if (there.size < copies.length + letters.length) {
      found.push(`twice: ${twice([...copies, ...letters]).join(", ")}`);
    }
    for (const one of this.#owed) {
      if (!there.has(one)) found.push(`lost: ${one}`);
    }
    for (const one of there) found.push(...this.#problemsOfOne(one, there));
    for (const one of copies) {
      if (this.#copies.get(one)?.isDead) {
        found.push(`back from the dead: ${one}`);
      }
    }
    return found;
  }

  *#problemsOfOne(
    name: string,
    there: ReadonlySet<string>,
  ): Generator<string> {
    const copy = this.#copies.get(name);
    const sent = this.#sent.get(copy?.token ?? "");
    if (!copy || !sent) return yield `never sent: ${name}`;
    if (sent.isRefused) yield `refused for good: ${name}`;
    if (copy.isAcked) yield `acknowledged: ${name}`;
    for (const other of sent.copies) {
      if (!there.has(other) && !this.#copies.get(other)?.isEnding) {
        yield `not all of it: ${name} without ${other}`;
      }
    }
  }

  #try(token: string, to: readonly string[]): void {
    if (this.#sent.has(token)) return;
    const copies = to.map((agent) => copyOf(token, agent));
    this.#sent.set(token, { copies, isAccepted: false, isRefused: false });
    for (const one of copies) {
      this.#copies.set(one, {
        token,
        isEnding: false,
        isAcked: false,
        isDead: false,
      });
    }
  }

  #accept(token: string): void {
    const sent = this.#sent.get(token);
    if (!sent) return;
    sent.isAccepted = true;
    for (const one of sent.copies) {
      if (!this.#copies.get(one)?.isEnding) this.#owed.add(one);
    }
  }

  #note(name: string, what: "isEnding" | "isAcked" | "isDead"): void {
    const copy = this.#copies.get(name);
    if (!copy) return;
    copy[what] = true;
    // A letter must be there as well as a copy.
    if (what !== "isDead") this.#owed.delete(name);
  }
}

function twice(names: readonly string[]): string[] {
  return names.filter((one, index) => names.indexOf(one) !== index);
}
