import type { Line, MessageFacts } from "../history.ts";
import { Ages } from "./ages.ts";
import {
  type Copy,
  type CopyWatcher,
  type End,
  Life,
  type ToldLine,
} from "./copy.ts";

/** Follows every copy of every bus through what the buses tell, and forgets it when it is finished. */
export class Copies {
  readonly #watcher: CopyWatcher;
  readonly #lives = new Map<string, Life>();
  readonly #ages = new Ages();

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
    this.#ages.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(
          line.bus,
          new Life(line.settings.hasStore ?? false),
        );
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#end(line);
        return;
      case "gauges": {
        const life = this.#lives.get(line.bus);
        if (life?.loose) this.#tighten(life, line);
        if (life) this.#letGo(life, line, line.pending - line.reserved);
        return;
      }
      case "snapshot": {
        const life = this.#lives.get(line.bus);
        const { pending, reserved } = line.shown.backpressure;
        if (life) this.#letGo(life, line, pending - reserved);
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
    for (const copies of life.mailboxes.values()) {
      for (const copy of copies.values()) {
        if (life.keeps(copy.message)) this.#ages.left(copy);
        this.#watcher.lost?.(copy, line);
      }
    }
  }

  #told(life: Life, line: ToldLine): void {
    const { event } = line;
    if (life.loose && !isAside(event.type)) this.#concludeLoose(life, line);
    switch (event.type) {
      case "message_accepted":
        return this.#make(life, line, event.message, event.mailboxes, {});
      case "message_replayed": {
        const facts = life.messages.get(event.messageId)?.facts;
        if (!facts) return;
        const { mailboxes, priority } = event;
        const how = { priority, isReplay: true };
        return this.#make(life, line, facts, mailboxes, how);
      }
      case "message_restored": {
        const { message, mailbox, attempts, failures, delayMs } = event;
        this.#make(life, line, message, [mailbox], { isRestored: true });
        const copy = life.find(mailbox, message.id);
        if (!copy) return;
        copy.attempts = attempts;
        copy.failures = failures;
        copy.readyMs = line.atMs + delayMs;
        copy.isDelayed = delayMs > 0;
        return;
      }
      case "dead_letter_restored": {
        const { messageId, message: facts, id } = event;
        const known = life.messages.get(messageId);
        // Of one that was evicted before anybody could look at it, nothing is told.
        if (!known && !facts) return;
        life.letters.add(id);
        if (known) known.uses++;
        else if (facts) life.messages.set(messageId, { facts, uses: 1 });
        return;
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
    { priority = facts.priority, isReplay = false, isRestored = false }: {
      priority?: number;
      isReplay?: boolean;
      isRestored?: boolean;
    },
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
        priority,
        seq,
        ...(isRestored
          ? this.#ages.ofRestored(mailbox, facts, line)
          : this.#ages.ofNew(facts, isReplay, line)),
        isReplay,
        isRestored,
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
        this.#watcher.made?.(copy, line, life);
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
    const isKept = life.keeps(copy.message);
    if (outcome !== "acked") {
      // What comes of a kept one is told when that is kept, too.
      if (!isKept) life.loose = copy;
    } else if (isKept) life.leaving.push(copy);
    else this.#finish(life, copy, line, "acked");
  }

  /** What the bus counts no more was let go of, first come, first served. */
  #letGo(life: Life, line: Line, shown: number): void {
    while (life.open > shown) {
      const copy = life.leaving.shift();
      if (!copy) return;
      this.#finish(life, copy, line, "acked");
    }
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
    this.#watcher.finished?.(copy, line, end, reason);
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
