import { Chain } from "../core/chain.ts";
import { PriorityQueue } from "../core/priority_queue.ts";
import type { Instant } from "../transports/transport.ts";
import type { Overflow } from "./agent.ts";
import type { Copy } from "./copy.ts";
import type { Lease } from "./lease.ts";
import type { Dispatchable, Dispatcher } from "./dispatcher.ts";
import type { Consumer, ConsumerSpec } from "./consumer.ts";
import type { Recipients } from "./recipients.ts";
import { WaitLine } from "./wait_line.ts";

/** What a {@linkcode Mailbox} is for, and what it needs. */
export interface MailboxOptions {
  /** The agent whose messages wait here; of a group, its first member. */
  agent: string;
  /** What it takes in. */
  kind: ConsumerSpec["kind"];
  /** The topics it takes in. */
  pattern?: string;
  /** The group that shares it. */
  queue?: string;
  /** The name under which it outlives its consumers. */
  durable?: string;
  /** What makes two subscriptions the same. */
  key?: string;
  /** Messages that may wait. */
  maxMessages: number;
  /** What happens to the next one then. */
  overflow: Overflow;
  /** Wait that lifts a message by one step of priority, in milliseconds. */
  agingStepMs: number;
  /** Reads the monotonic clock. */
  monotonic: () => number;
  /** Held while copies are handed out. */
  instant?: Instant;
  /** Decides when deliveries start. */
  dispatcher: Dispatcher;
  /** Starts a delivery. @returns Whether it did; a copy found expired is not started. */
  start: (copy: Copy, attachment: Attachment) => boolean;
  /** Told when senders that wait here may go on. */
  onRoom: (line: WaitLine) => void;
  /** Told when a copy waits and nobody is there to take it. */
  onParked: () => void;
}

/** A consumer at a mailbox, and what it has in hand. */
export class Attachment {
  /** The agent it serves. */
  readonly agent: string;
  /** Where its messages come from. */
  readonly mailbox: Mailbox;
  /** Where deliveries go. */
  readonly consumer: Consumer<Lease>;
  /** How it takes messages in. */
  readonly spec: ConsumerSpec;
  /** What it has in hand. */
  readonly leases: Chain<Lease> = new Chain();

  /** A consumer with nothing in hand. */
  constructor(
    agent: string,
    mailbox: Mailbox,
    consumer: Consumer<Lease>,
    spec: ConsumerSpec,
  ) {
    this.agent = agent;
    this.mailbox = mailbox;
    this.consumer = consumer;
    this.spec = spec;
  }

  /** Whether it can take one more. */
  get free(): boolean {
    return this.leases.size < this.spec.concurrency && this.consumer.ready();
  }
}

/**
 * Messages that wait for one agent, one subscription or one group, and the
 * consumers that share them. Bounded: `waiting` is at most `maxMessages`.
 */
export class Mailbox implements Dispatchable {
  /** Tells the mailboxes of a bus apart. */
  readonly name: string;
  /** What it is for. */
  readonly options: MailboxOptions;
  /** What a message says whose only copy goes here: made once, as most messages have one. */
  readonly alone: Recipients = { own: [this], missing: undefined, added: [] };
  /** Copies that can be handed out. */
  readonly ready: PriorityQueue<Copy>;
  /** Copies to be tried again later. */
  readonly delayed: Set<Copy> = new Set();
  /** Senders that wait for room here. */
  readonly line: WaitLine = new WaitLine();
  /** Whether the dispatcher has it in its queue. */
  queued = false;
  /** Room promised to messages whose rules still run. */
  reserved = 0;
  /** Nobody will take from it any more. */
  closed = false;
  #attachments: Attachment[] = [];
  #turn = 0;

  /** An empty mailbox. */
  constructor(options: MailboxOptions) {
    const { kind, agent, pattern, key } = options;
    this.options = options;
    this.name = key ?? [kind, agent, pattern].filter((part) => part).join(" ");
    this.ready = new PriorityQueue({ agingStepMs: options.agingStepMs });
  }

  /** The consumers that share it. */
  get attachments(): readonly Attachment[] {
    return this.#attachments;
  }

  /** Whether a consumer is among those that share it. */
  has(attachment: Attachment): boolean {
    return this.#attachments.includes(attachment);
  }

  /** Copies that wait, those to be tried again among them. */
  get waiting(): number {
    return this.ready.size + this.delayed.size + this.reserved;
  }

  /** Copies in the hands of its consumers. */
  get inFlight(): number {
    let count = 0;
    for (const { leases } of this.#attachments) count += leases.size;
    return count;
  }

  /** Whether one more may wait without anything being dropped. */
  get hasRoom(): boolean {
    return this.waiting < this.options.maxMessages;
  }

  /** Whether something is dropped when it is full. */
  get drops(): boolean {
    const { overflow } = this.options;
    return overflow === "drop-oldest" || overflow === "drop-newest";
  }

  /**
   * Chooses what a full mailbox drops for this copy: its oldest, which leaves,
   * or the copy itself, by its policy or where nothing is there to be dropped.
   */
  makeRoomFor(copy: Copy): Copy {
    if (this.options.overflow !== "drop-oldest") return copy;
    // Where everything is to be tried again later, there is no oldest.
    const oldest = this.ready.oldest();
    if (oldest) this.ready.remove(oldest);
    return oldest ?? copy;
  }

  /** Adds a consumer. */
  attach(attachment: Attachment): void {
    this.#attachments.push(attachment);
    this.wake();
  }

  /** Removes a consumer; what it has in hand is not touched. @returns Whether it was there. */
  detach(attachment: Attachment): boolean {
    const index = this.#attachments.indexOf(attachment);
    if (index < 0) return false;
    this.#attachments.splice(index, 1);
    return true;
  }

  /** Makes a copy ready to be handed out. */
  put(copy: Copy): void {
    copy.state = "ready";
    this.ready.push(copy);
    if (this.#attachments.length === 0) this.options.onParked();
    else this.wake();
  }

  /** Keeps a copy that is to be tried again later. */
  postpone(copy: Copy): void {
    copy.state = "delayed";
    this.delayed.add(copy);
    if (this.#attachments.length === 0) this.options.onParked();
  }

  /** Hands out what can be handed out, soon. */
  wake(): void {
    if (this.ready.size > 0 && this.#attachments.length > 0) {
      this.options.dispatcher.wake(this);
    }
  }

  /** Hands out at most `max` copies. @returns How many. */
  dispatch(max: number): number {
    const { instant } = this.options;
    instant?.hold();
    try {
      return this.#handOut(max);
    } finally {
      instant?.release();
    }
  }

  #handOut(max: number): number {
    let started = 0;
    while (started < max) {
      const attachment = this.ready.size > 0 ? this.#nextFree() : undefined;
      const copy = attachment && this.ready.pop(this.options.monotonic);
      if (!attachment || !copy) break;
      if (this.options.start(copy, attachment)) started++;
    }
    this.roomMade();
    return started;
  }

  /** Lets senders that wait here know that there may be room. */
  roomMade(): void {
    if (this.line.size > 0) this.options.onRoom(this.line);
  }

  /** The consumer with the least in hand, the next in turn among equals. */
  #nextFree(): Attachment | undefined {
    const all = this.#attachments;
    if (all.length === 1) return all[0]?.free ? all[0] : undefined;
    let best: Attachment | undefined;
    let bestIndex = 0;
    for (let offset = 1; offset <= all.length; offset++) {
      const index = (this.#turn + offset) % all.length;
      const one = all[index];
      if (!one?.free) continue;
      if (!best || one.leases.size < best.leases.size) {
        best = one;
        bestIndex = index;
      }
    }
    if (best) this.#turn = bestIndex;
    return best;
  }
}
