import type { Line } from "../history.ts";
import { Violation } from "./checker.ts";
import type { Copies } from "./copies.ts";
import type { Copy } from "./copy.ts";

interface Handling {
  readonly bus: string;
  readonly agent: string;
  readonly messageId: string;
  readonly attempt: number;
  /** What it has in hand, as far as that can be told. */
  copy: Copy | undefined;
}

/**
 * Acks of the bus's own process: each ends the delivery in the same step,
 * however full the bus is.
 */
export class AckChecks {
  readonly #copies: Copies;
  /** The lives of those that are in the process of a bus. */
  readonly #locals = new Map<string, string>();
  readonly #consumers = new Map<number, { bus: string; agent: string }>();
  readonly #handlings = new Map<number, Handling>();
  #begun: Handling[] = [];
  #acked: Handling[] = [];

  /** Compares with what is told of copies. */
  constructor(copies: Copies) {
    this.#copies = copies;
  }

  /** Looks at the next line. */
  take(line: Line, isFull: (bus: string) => boolean): void {
    switch (line.type) {
      case "joined":
        if (line.local) this.#locals.set(line.instance, line.bus);
        return;
      case "attaching": {
        const { consumer, instance, agent, kind } = line.consumer;
        const bus = this.#locals.get(instance);
        // Of a request the ack means nothing: its reply counts.
        if (bus === undefined || kind === "requests") return;
        this.#consumers.set(consumer, { bus, agent });
        return;
      }
      case "handling":
        return this.#begin(line);
      case "handled":
        this.#handlings.delete(line.handling);
        return;
      case "settling": {
        const handling = this.#handlings.get(line.handling);
        this.#handlings.delete(line.handling);
        if (line.verb !== "ack" || !handling || !isFull(handling.bus)) return;
        if (isInHand(handling)) this.#acked.push(handling);
      }
    }
  }

  /** What was acked in this step is in hand no more. */
  endStep(last: Line): void {
    if (this.#acked.length > 0) {
      for (const handling of this.#acked) {
        if (!isInHand(handling)) continue;
        const text =
          `the ack of ${handling.messageId} was not taken by a full bus`;
        throw new Violation("B6", text, last);
      }
      this.#acked = [];
    }
    if (this.#begun.length === 0) return;
    for (const handling of this.#begun) handling.copy = this.#find(handling);
    this.#begun = [];
  }

  #begin({ handling, consumer, message }: Line & { type: "handling" }) {
    const at = this.#consumers.get(consumer);
    if (!at) return;
    const begun: Handling = {
      ...at,
      messageId: message.id,
      attempt: message.attempt,
      copy: undefined,
    };
    this.#handlings.set(handling, begun);
    this.#begun.push(begun);
  }

  /** The one copy that was started with it; none, if there are several. */
  #find({ bus, agent, messageId, attempt }: Handling): Copy | undefined {
    let found: Copy | undefined;
    for (const copies of this.#copies.life(bus)?.mailboxes.values() ?? []) {
      const copy = copies.get(messageId);
      const isOne = copy?.state === "leased" && copy.agent === agent &&
        copy.attempts === attempt;
      if (!isOne) continue;
      if (found) return undefined;
      found = copy;
    }
    return found;
  }
}

function isInHand({ copy, attempt }: Handling): boolean {
  return copy !== undefined && !copy.isVague && copy.state === "leased" &&
    copy.attempts === attempt;
}
