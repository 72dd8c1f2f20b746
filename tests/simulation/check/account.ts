import type { Line, MessageFacts } from "../history.ts";
import { Violation } from "./checker.ts";
import { isKept } from "./copy.ts";

/** What a bus tells, as far as it is about messages. */
type Event = Extract<Line, { type: "told" }>["event"];

/**
 * One copy that is not finished: it waits, is handed out, or its delivery has
 * ended and what comes of it is not told yet. One that outlives the bus is
 * leaving from its ack on until that is kept, too.
 */
export interface Unfinished {
  readonly mailbox: string;
  readonly bytes: number;
  /** It outlives the bus: its end counts when that is kept. */
  readonly isKept: boolean;
  state: "waiting" | "leased" | "loose" | "leaving";
  /** The delivery that it is, or was last, in. */
  attempt: number;
  agent: string;
  /** How its last delivery ended. */
  outcome: string;
}

/** What one life of a bus has, added up from what it tells, event by event. */
export class Account {
  /** Unfinished copies, by message. Two of a message may be in one mailbox, if one of them was replayed. */
  readonly #copies = new Map<string, Unfinished[]>();
  /** Copies that wait, by mailbox. */
  readonly waiting: Map<string, number> = new Map();
  /** Copies that are handed out, by agent. */
  readonly leased: Map<string, number> = new Map();
  /** Copies that wait and outlive the bus, by mailbox: some of them may have ended already. */
  readonly waitingKept: Map<string, number> = new Map();
  readonly #hasStore: boolean;
  readonly #keptMessages = new Set<string>();
  /** In the order in which their ends are kept, with those that are loose. */
  readonly #leaving = new Map<Unfinished, string>();
  readonly #loose = new Set<Unfinished>();
  /** Accepted without a copy, with nothing told of what became of them. */
  readonly #nowhere = new Set<string>();
  /** Unfinished copies. */
  count = 0;
  /** Their bytes. */
  bytes = 0;

  /** Nothing yet. With a store, some messages outlive the bus. */
  constructor(hasStore = false) {
    this.#hasStore = hasStore;
  }

  /** Every unfinished copy, with its message. */
  *unfinished(): Generator<readonly [string, Unfinished]> {
    for (const [messageId, copies] of this.#copies) {
      for (const copy of copies) yield [messageId, copy];
    }
  }

  /** Books an event. @throws {Violation} If the copy is not in a state for it. */
  book(event: Event, line: Line): void {
    switch (event.type) {
      case "message_accepted": {
        const { id, type, requestId } = event.message;
        const isReply = requestId !== undefined && type !== "request";
        if (!isReply && event.mailboxes.length === 0) this.#nowhere.add(id);
        this.#know(event.message);
        return this.#make(id, event);
      }
      case "message_restored": {
        this.#know(event.message);
        const { bytes, mailbox, attempts } = event;
        const how = { bytes, mailboxes: [mailbox] };
        return this.#make(event.message.id, how, attempts);
      }
      case "dead_letter_restored":
        if (event.message) this.#know(event.message);
        return;
      case "message_replayed":
        if (event.mailboxes.length === 0) this.#nowhere.add(event.messageId);
        return this.#make(event.messageId, event);
      case "delivery_started":
        return this.#start(event, line);
      case "delivery_ended":
        return this.#end(event, line);
      case "delivery_requeued": {
        const copy = this.#find(event, line, "loose");
        this.#loose.delete(copy);
        return this.#wait(copy);
      }
      case "message_dropped":
      case "dead_letter_added":
        if (event.mailbox === undefined) this.#nowhere.delete(event.messageId);
        else this.#giveUp(event.messageId, event.mailbox, line);
    }
  }

  /** The step is over: whatever was under way has come to its end. @throws {Violation} If it has not. */
  closeStep(line: Line): void {
    for (const copy of this.#loose) {
      if (!copy.isKept) this.#conclude(copy, line);
    }
    for (const id of this.#nowhere) {
      const text = `${id} had no copy, and is neither dropped nor dead`;
      throw new Violation("conservation", text, line);
    }
  }

  /** Of what was acknowledged, so much is let go of by now that no more than this is left; the oldest first. */
  letGo(shown: number): void {
    for (const [copy, messageId] of this.#leaving) {
      if (this.count <= shown) return;
      this.#finish(messageId, copy);
    }
  }

  #know(message: MessageFacts): void {
    if (this.#hasStore && isKept(message)) this.#keptMessages.add(message.id);
  }

  #make(
    id: string,
    { bytes, mailboxes }: { bytes: number; mailboxes: readonly string[] },
    attempt = 0,
  ): void {
    if (mailboxes.length === 0) return;
    const copies = this.#copies.get(id) ?? [];
    this.#copies.set(id, copies);
    for (const mailbox of mailboxes) {
      const copy: Unfinished = {
        mailbox,
        bytes,
        isKept: this.#keptMessages.has(id),
        state: "loose",
        attempt,
        agent: "",
        outcome: "",
      };
      copies.push(copy);
      this.#wait(copy);
    }
    this.count += mailboxes.length;
    this.bytes += mailboxes.length * bytes;
  }

  #start(event: Event & { type: "delivery_started" }, line: Line): void {
    const { attempt } = event;
    const copy = this.#find(
      event,
      line,
      "waiting",
      (one) => one.attempt === attempt - 1,
    );
    this.#addWaiting(copy, -1);
    add(this.leased, event.agent, 1);
    copy.state = "leased";
    copy.attempt = event.attempt;
    copy.agent = event.agent;
  }

  #end(event: Event & { type: "delivery_ended" }, line: Line): void {
    const { messageId, agent, attempt, outcome } = event;
    const isIts = (one: Unfinished) =>
      one.agent === agent && one.attempt === attempt;
    const copy = this.#find(event, line, "leased", isIts);
    if (!isIts(copy)) {
      const text =
        `${messageId} in "${copy.mailbox}" is in the hands of ${copy.agent} for the ${copy.attempt}. time, not of ${agent} for the ${attempt}.`;
      throw new Violation("conservation", text, line);
    }
    add(this.leased, agent, -1);
    copy.outcome = outcome;
    copy.state = "loose";
    if (outcome !== "acked") this.#loose.add(copy);
    else if (copy.isKept) this.#leave(messageId, copy);
    else this.#finish(messageId, copy);
  }

  #giveUp(messageId: string, mailbox: string, line: Line): void {
    const copies = this.#copies.get(messageId) ?? [];
    const copy =
      copies.find((one) => one.mailbox === mailbox && one.state === "loose") ??
        copies.find((one) =>
          one.mailbox === mailbox && one.state === "waiting"
        );
    if (!copy) throw illegal(messageId, mailbox, copies, "be given up", line);
    if (copy.state === "waiting") this.#addWaiting(copy, -1);
    this.#loose.delete(copy);
    this.#finish(messageId, copy);
  }

  #leave(messageId: string, copy: Unfinished): void {
    copy.state = "leaving";
    this.#leaving.set(copy, messageId);
  }

  /** The copy in this state; where there are two, the one that is meant. */
  #find(
    { messageId, mailbox, type }: Event & {
      messageId: string;
      mailbox: string;
    },
    line: Line,
    state: Unfinished["state"],
    isMeant: (copy: Unfinished) => boolean = () => true,
  ): Unfinished {
    const copies = this.#copies.get(messageId);
    let found: Unfinished | undefined;
    for (const copy of copies ?? []) {
      if (copy.mailbox !== mailbox || copy.state !== state) continue;
      if (isMeant(copy)) return copy;
      found ??= copy;
    }
    if (found) return found;
    throw illegal(messageId, mailbox, copies ?? [], VERBS[type] ?? type, line);
  }

  #wait(copy: Unfinished): void {
    copy.state = "waiting";
    this.#addWaiting(copy, 1);
  }

  #addWaiting({ mailbox, isKept }: Unfinished, by: number): void {
    add(this.waiting, mailbox, by);
    if (isKept) add(this.waitingKept, mailbox, by);
  }

  /** A responder that throws has answered; any other copy must be somewhere. */
  #conclude(copy: Unfinished, line: Line): void {
    this.#loose.delete(copy);
    const messageId = this.#messageOf(copy);
    const isAnswered = copy.outcome === "nacked" &&
      copy.mailbox.startsWith("requests ");
    if (isAnswered) return this.#finish(messageId, copy);
    const text =
      `${messageId} is nowhere: its delivery from "${copy.mailbox}" ended ${copy.outcome}`;
    throw new Violation("conservation", text, line);
  }

  #messageOf(copy: Unfinished): string {
    for (const [id, one] of this.unfinished()) if (one === copy) return id;
    return "";
  }

  #finish(messageId: string, copy: Unfinished): void {
    this.#leaving.delete(copy);
    const copies = this.#copies.get(messageId) ?? [];
    copies.splice(copies.indexOf(copy), 1);
    if (copies.length === 0) this.#copies.delete(messageId);
    this.count--;
    this.bytes -= copy.bytes;
  }
}

const VERBS: Partial<Record<Event["type"], string>> = {
  delivery_started: "start",
  delivery_ended: "end",
  delivery_requeued: "wait again",
};

function illegal(
  messageId: string,
  mailbox: string,
  copies: readonly Unfinished[],
  verb: string,
  line: Line,
): Violation {
  const there = copies.filter((one) => one.mailbox === mailbox);
  const states = there.map(({ state }) => state).join(" and ") || "not there";
  const isHeldTwice = verb === "start" && states === "leased";
  return new Violation(
    isHeldTwice ? "S6" : "conservation",
    `${messageId} in "${mailbox}" cannot ${verb} as it is ${states}`,
    line,
  );
}

function add(counts: Map<string, number>, name: string, by: number): void {
  const count = (counts.get(name) ?? 0) + by;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
