import type { Line, MessageFacts } from "../history.ts";

/** What a bus tells in one line. */
export type ToldLine = Line & { readonly type: "told" };

/** A copy of a message, as far as its bus has told. Times are those of the history. */
export interface Copy {
  readonly messageId: string;
  readonly mailbox: string;
  /** The message as it was accepted. */
  readonly message: MessageFacts;
  /** Its priority, as the rules have set it. */
  readonly priority: number;
  /** Place in the order of accepting, replays among them. */
  readonly seq: number;
  readonly acceptedMs: number;
  /** It came out of the dead letters. */
  readonly isReplay: boolean;
  state: "waiting" | "leased" | "ended";
  /** While it waits: since when it can be handed out. */
  readyMs: number;
  /** It waits, or has waited, to be tried again later. */
  isDelayed: boolean;
  /** How often it was handed out. */
  attempts: number;
  /** How often its handler failed. */
  failures: number;
  /** How often its consumer left. */
  returns: number;
  /** Who had it last. */
  agent: string | undefined;
  /** How its last delivery ended. */
  outcome: string | undefined;
  /**
   * Copies of one message in one mailbox: a second one comes when the letter of
   * a mailbox that is no more is replayed. What is told cannot tell them apart,
   * so that nothing is known but their number from then on.
   */
  twins: number;
  isVague: boolean;
}

/** How a copy is finished: `answered` is a request whose responder threw. */
export type End = "acked" | "answered" | "dead" | "dropped";

/** Told of what happens to copies of which more is known than their number, each time before the copy is changed. */
export interface CopyWatcher {
  made?(copy: Copy, line: ToldLine): void;
  started?(copy: Copy, line: ToldLine, life: Life): void;
  ended?(copy: Copy, line: ToldLine, outcome: string): void;
  requeued?(copy: Copy, line: ToldLine, delayMs: number): void;
  finished?(copy: Copy, line: Line, end: End, reason?: string): void;
  /** The bus dies, or closes, with copies in it. */
  lost?(copy: Copy, line: Line): void;
}

/** One life of a bus: what it holds. */
export class Life {
  /** Unfinished copies, by mailbox and message. */
  readonly mailboxes: Map<string, Map<string, Copy>> = new Map();
  /** Messages that have unfinished copies or dead letters, with how many. */
  readonly messages: Map<string, { facts: MessageFacts; uses: number }> =
    new Map();
  /** Dead letters of messages that were accepted before. */
  readonly letters: Set<string> = new Set();
  /** The message accepted last: what is told next may be that it found nobody. */
  newest: string | undefined;
  /** Handed out of it just now, with nothing told of what became of it. */
  loose: Copy | undefined;
  /** Unfinished copies. */
  open = 0;
  seq = 0;

  /** The unfinished copy of a message in a mailbox. */
  find(mailbox: string | undefined, messageId: string): Copy | undefined {
    return mailbox === undefined
      ? undefined
      : this.mailboxes.get(mailbox)?.get(messageId);
  }
}

/** Follows every copy of every bus through what the buses tell, and forgets it when it is finished. */
export class Copies {
  readonly #watcher: CopyWatcher;
  readonly #lives = new Map<string, Life>();

  /** Follows copies for a watcher. */
  constructor(watcher: CopyWatcher) {
    this.#watcher = watcher;
  }

  /** What a life of a bus holds, while it lasts. */
  life(bus: string): Life | undefined {
    return this.#lives.get(bus);
  }

  /** Looks at the next line. */
  take(line: Line): void {
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, new Life());
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#end(line);
        return;
      case "gauges": {
        const life = this.#lives.get(line.bus);
        if (life?.loose) this.#tighten(life, line);
        return;
      }
      case "told": {
        const life = this.#lives.get(line.bus);
        if (life) this.#told(life, line);
      }
    }
  }

  /** Shows every unfinished copy. */
  all(look: (copy: Copy) => void): void {
    for (const life of this.#lives.values()) {
      for (const copies of life.mailboxes.values()) {
        for (const copy of copies.values()) {
          if (!copy.isVague) look(copy);
        }
      }
    }
  }

  #end(line: Line & { type: "bus_ended" }): void {
    const life = this.#lives.get(line.bus);
    if (!life) return;
    this.#lives.delete(line.bus);
    if (life.loose) this.#tighten(life, line);
    if (!this.#watcher.lost) return;
    for (const copies of life.mailboxes.values()) {
      for (const copy of copies.values()) {
        if (!copy.isVague) this.#watcher.lost(copy, line);
      }
    }
  }

  #told(life: Life, line: ToldLine): void {
    const { event } = line;
    if (life.loose && !isAside(event.type)) this.#concludeLoose(life, line);
    switch (event.type) {
      case "message_accepted":
        return this.#make(life, line, event.message, event.mailboxes);
      case "message_replayed": {
        const facts = life.messages.get(event.messageId)?.facts;
        if (!facts) return;
        const { mailboxes, priority } = event;
        return this.#make(life, line, facts, mailboxes, priority);
      }
      case "delivery_started":
        return this.#start(life, line, event);
      case "delivery_ended":
        return this.#endDelivery(life, line, event);
      case "delivery_requeued": {
        const copy = life.find(event.mailbox, event.messageId);
        if (!copy) return;
        if (!copy.isVague) this.#watcher.requeued?.(copy, line, event.delayMs);
        copy.state = "waiting";
        copy.readyMs = line.atMs + event.delayMs;
        copy.isDelayed = event.delayMs > 0;
        return;
      }
      case "message_dropped": {
        const copy = life.find(event.mailbox, event.messageId);
        if (copy) this.#finish(life, copy, line, "dropped", event.reason);
        return;
      }
      case "dead_letter_added": {
        const copy = life.find(event.mailbox, event.messageId);
        const message = life.messages.get(event.messageId);
        if (message) {
          message.uses++;
          life.letters.add(event.id);
        }
        if (copy) this.#finish(life, copy, line, "dead", event.reason);
        return;
      }
      case "dead_letter_removed":
        if (life.letters.delete(event.id)) release(life, event.messageId);
    }
  }

  #make(
    life: Life,
    line: ToldLine,
    facts: MessageFacts,
    mailboxes: readonly string[],
    priority?: number,
  ): void {
    const messageId = facts.id;
    const seq = ++life.seq;
    if (life.newest !== undefined) forgetUnused(life, life.newest);
    life.newest = messageId;
    const message = life.messages.get(messageId) ?? { facts, uses: 0 };
    life.messages.set(messageId, message);
    message.uses += mailboxes.length;
    for (const mailbox of mailboxes) {
      const copies = life.mailboxes.get(mailbox) ?? new Map<string, Copy>();
      life.mailboxes.set(mailbox, copies);
      const copy: Copy = {
        messageId,
        mailbox,
        message: message.facts,
        priority: priority ?? facts.priority,
        seq,
        acceptedMs: line.atMs,
        isReplay: priority !== undefined,
        state: "waiting",
        readyMs: line.atMs,
        isDelayed: false,
        attempts: 0,
        failures: 0,
        returns: 0,
        agent: undefined,
        outcome: undefined,
        twins: 1,
        isVague: false,
      };
      life.open++;
      const twin = copies.get(messageId);
      if (twin) {
        twin.twins++;
        twin.isVague = true;
      } else {
        this.#watcher.made?.(copy, line);
        copies.set(messageId, copy);
      }
    }
  }

  #start(
    life: Life,
    line: ToldLine,
    event: ToldLine["event"] & { type: "delivery_started" },
  ): void {
    const copy = life.find(event.mailbox, event.messageId);
    if (!copy) return;
    if (!copy.isVague) this.#watcher.started?.(copy, line, life);
    copy.state = "leased";
    copy.attempts = event.attempt;
    copy.agent = event.agent;
  }

  #endDelivery(
    life: Life,
    line: ToldLine,
    event: ToldLine["event"] & { type: "delivery_ended" },
  ): void {
    const { outcome, mailbox, messageId } = event;
    const copy = life.find(mailbox, messageId);
    if (!copy) return;
    if (!copy.isVague) this.#watcher.ended?.(copy, line, outcome);
    if (outcome === "returned") copy.returns++;
    else if (outcome !== "acked" && outcome !== "rejected") copy.failures++;
    copy.outcome = outcome;
    copy.state = "ended";
    if (outcome === "acked") this.#finish(life, copy, line, "acked");
    else life.loose = copy;
  }

  /** What comes next of a delivery that has ended is told at once, or there is nothing to come. */
  #concludeLoose(life: Life, line: ToldLine): void {
    const { loose } = life;
    const { event } = line;
    const isOfLoose = loose !== undefined && "mailbox" in event &&
      "messageId" in event && event.mailbox === loose.mailbox &&
      event.messageId === loose.messageId;
    if (isOfLoose) life.loose = undefined;
    else this.#tighten(life, line);
  }

  #tighten(life: Life, line: Line): void {
    const { loose } = life;
    life.loose = undefined;
    if (loose?.state !== "ended") return;
    this.#finish(life, loose, line, "answered");
  }

  #finish(
    life: Life,
    copy: Copy,
    line: Line,
    end: End,
    reason?: string,
  ): void {
    if (!copy.isVague) this.#watcher.finished?.(copy, line, end, reason);
    const copies = life.mailboxes.get(copy.mailbox);
    life.open--;
    copy.twins--;
    if (copy.twins === 0) copies?.delete(copy.messageId);
    if (copies?.size === 0) life.mailboxes.delete(copy.mailbox);
    release(life, copy.messageId);
  }
}

/** Room that is made, or noticed, while a copy's delivery ends. */
function isAside(type: ToldLine["event"]["type"]): boolean {
  return type === "dead_letter_removed" || type === "backpressure";
}

function release(life: Life, messageId: string): void {
  const message = life.messages.get(messageId);
  if (!message) return;
  message.uses--;
  if (messageId !== life.newest) forgetUnused(life, messageId);
}

function forgetUnused(life: Life, messageId: string): void {
  const message = life.messages.get(messageId);
  if (message && message.uses <= 0) life.messages.delete(messageId);
}
