import type { RoutingRuleInfo } from "../../../mod.ts";
import type {
  Call,
  ConsumerFacts,
  Entry,
  MessageFacts,
  Snapshot,
} from "../history.ts";
import {
  type AcceptedFacts,
  type DeliveryFacts,
  type HandlingFacts,
  type LetterFacts,
  messageFacts,
  PLAIN_BACKPRESSURE,
  PLAIN_RULE,
  PLAIN_STATS,
  type RestoredFacts,
} from "./hand_made_facts.ts";
import { HandMadeLines } from "./hand_made_lines.ts";

/**
 * A history written by hand, for tests of checkers. Each line is a step of its
 * own, unless written inside {@linkcode HandMade.together}; time stands still
 * but for {@linkcode HandMade.wait}. What a shorthand is not told is as plain
 * as can be: `bus#1`, sender `a`, a direct message of 10 bytes that requires an
 * ack, waiting in a mailbox that is called `b`, as its agent is.
 */
export class HandMade extends HandMadeLines {
  readonly #tokens = new Map<string, number>();
  /** The newest delivery of each message: what a shorthand about it means. */
  readonly #mailboxes = new Map<string, string>();

  /** An object of an agent's name joins. */
  joined(
    instance: string,
    facts: { durable?: boolean; local?: boolean; process?: string } = {},
  ): this {
    const { durable = false, local = true, process = "host" } = facts;
    const agent = agentOf(instance);
    const bus = this.bus;
    return this.add({
      type: "joined",
      instance,
      agent,
      process,
      durable,
      local,
      bus,
    });
  }

  /** A program calls; unless told otherwise, `a#1` sends to `b` and requires an ack. */
  called(call: number, what: Partial<Call> = {}): this {
    return this.add({
      type: "called",
      what: {
        call,
        instance: "a#1",
        verb: "send",
        token: call,
        requiresAck: true,
        ...(what.verb === undefined && { recipient: "b" }),
        ...what,
      },
    });
  }

  /** The call has ended well. */
  resolved(call: number, id?: string, reply?: MessageFacts): this {
    return this.add({
      type: "resolved",
      call,
      ...(id !== undefined && { id }),
      ...(reply !== undefined && { reply }),
    });
  }

  /** The call has failed. */
  rejected(call: number, code: string): this {
    return this.add({ type: "rejected", call, code });
  }

  /** A program begins to set up a consumer, and has done so. */
  attached(consumer: number, facts: Partial<ConsumerFacts> = {}): this {
    this.add({
      type: "attaching",
      consumer: {
        consumer,
        instance: "b#1",
        agent: agentOf(facts.instance ?? "b#1"),
        kind: "direct",
        concurrency: 1,
        ...facts,
      },
    });
    return this.add({ type: "attached", consumer });
  }

  /** A program ends a consumer. */
  detached(consumer: number, how: "close" | "drain" = "close"): this {
    this.add({ type: "detaching", consumer, how });
    return this.add({ type: "detached", consumer });
  }

  /** The bus has accepted a message; its copies wait in the mailboxes. */
  accepted(id: string, facts: AcceptedFacts = {}): this {
    const { mailboxes = ["b"], bytes = 10, ...message } = facts;
    const seen = messageFacts(id, {
      token: this.#tokens.size + 1,
      ...message,
    });
    this.#tokens.set(id, seen.token);
    this.#mailboxes.set(id, mailboxes[0] ?? "b");
    return this.told({
      type: "message_accepted",
      message: seen,
      bytes,
      mailboxes,
    });
  }

  /** The bus has a message back from its store; of each mailbox, how often its copy was handed out. */
  restored(
    id: string,
    copies: Readonly<Record<string, number>> = { b: 0 },
    { bytes = 10, delayMs = 0, failures = 0, ...facts }: RestoredFacts = {},
  ): this {
    const token = this.#tokens.get(id) ?? this.#tokens.size + 1;
    this.#tokens.set(id, token);
    for (const [mailbox, attempts] of Object.entries(copies)) {
      this.#mailboxes.set(id, mailbox);
      const message = messageFacts(id, { token, ...facts });
      const counts = { attempts, failures, delayMs };
      const type = "message_restored";
      this.told({ type, message, bytes, mailbox, ...counts });
    }
    return this;
  }

  /** All that was in its store is back. */
  ready(): this {
    return this.told({ type: "store_opened" });
  }

  /** A dead letter's message has copies again. */
  replayed(
    messageId: string,
    mailboxes: string[] = ["b"],
    { bytes = 10, priority = 50 } = {},
  ): this {
    return this.told({
      type: "message_replayed",
      messageId,
      priority,
      bytes,
      mailboxes,
    });
  }

  /** A copy is handed to a consumer. */
  started(
    messageId: string,
    { attempt = 1, mailbox, agent }: DeliveryFacts = {},
  ): this {
    const from = mailbox ?? this.#mailboxes.get(messageId) ?? "b";
    return this.told({
      type: "delivery_started",
      messageId,
      mailbox: from,
      agent: agent ?? ownerOf(from),
      attempt,
    });
  }

  /** A copy's delivery ends. */
  ended(
    messageId: string,
    outcome: "acked" | "nacked" | "rejected" | "lease_ended" | "returned" =
      "acked",
    { attempt = 1, mailbox, agent }: DeliveryFacts = {},
  ): this {
    const from = mailbox ?? this.#mailboxes.get(messageId) ?? "b";
    return this.told({
      type: "delivery_ended",
      messageId,
      mailbox: from,
      agent: agent ?? ownerOf(from),
      attempt,
      outcome,
    });
  }

  /** A copy whose delivery has ended waits again. */
  requeued(messageId: string, delayMs = 0, mailbox?: string): this {
    return this.told({
      type: "delivery_requeued",
      messageId,
      mailbox: mailbox ?? this.#mailboxes.get(messageId) ?? "b",
      delayMs,
    });
  }

  /** A copy is dropped; `null` for a message that never had one. */
  dropped(messageId: string, reason: string, mailbox?: string | null): this {
    const of = this.#copyOf(messageId, mailbox);
    return this.told({ type: "message_dropped", messageId, reason, ...of });
  }

  /** A copy is given up; `null` for a message that never had one. The letter's id is the message's. */
  letterAdded(
    messageId: string,
    reason: string,
    { mailbox, id = messageId, agent }: LetterFacts = {},
  ): this {
    return this.told({
      type: "dead_letter_added",
      id,
      messageId,
      reason,
      ...this.#copyOf(messageId, mailbox),
      ...(agent !== undefined && { agent }),
    });
  }

  /** The bus has a dead letter back from its store. */
  letterRestored(
    messageId: string,
    reason: string,
    { mailbox, id = messageId, agent }: LetterFacts = {},
  ): this {
    const token = this.#tokens.get(messageId) ?? this.#tokens.size + 1;
    return this.told({
      type: "dead_letter_restored",
      id,
      messageId,
      reason,
      ...this.#copyOf(messageId, mailbox),
      ...(agent !== undefined && { agent }),
      message: messageFacts(messageId, { token }),
    });
  }

  /** A letter is there no more. */
  letterRemoved(
    messageId: string,
    cause: "replayed" | "discarded" | "evicted",
    id = messageId,
  ): this {
    return this.told({ type: "dead_letter_removed", id, messageId, cause });
  }

  /** A handler starts; what it sees of the message is what {@linkcode accepted} said, unless told otherwise. */
  handling(
    handling: number,
    id: string,
    facts: HandlingFacts = {},
  ): this {
    const { consumer = 1, attempt = 1, redelivered = attempt > 1, ...message } =
      facts;
    return this.add({
      type: "handling",
      handling,
      consumer,
      message: messageFacts(id, {
        token: this.#tokens.get(id) ?? 1,
        attempt,
        ...message,
      }),
      redelivered,
    });
  }

  /** A handler says what becomes of its delivery. */
  settling(
    handling: number,
    verb: "ack" | "nack" | "reject" | "extend" = "ack",
    delayMs?: number,
  ): this {
    return this.add({
      type: "settling",
      handling,
      verb,
      ...(delayMs !== undefined && { delayMs }),
    });
  }

  /** A handler is done. */
  handled(
    handling: number,
    how: "returned" | "threw" | "threw_rejected" = "returned",
  ): this {
    return this.add({ type: "handled", handling, how });
  }

  /** These rules hold from here on, each as plain as can be but for what is said. */
  ruled(...rules: Partial<RoutingRuleInfo>[]): this {
    return this.add({
      type: "rules",
      bus: this.bus,
      rules: rules.map((rule) => ({ ...PLAIN_RULE, ...rule })),
    });
  }

  /** The figures of the bus at the end of a step. */
  gauges(
    pending: number,
    pendingBytes = pending * 10,
    figures: Partial<GaugeFigures> = {},
  ): this {
    return this.add({
      type: "gauges",
      bus: this.bus,
      pending,
      pendingBytes,
      reserved: 0,
      waiting: 0,
      requests: 0,
      letters: 0,
      ...figures,
    });
  }

  /** What the bus shows of itself. */
  snapshot(
    shown: {
      [K in keyof Snapshot]?: K extends "stats" | "backpressure"
        ? Partial<Snapshot[K]>
        : Snapshot[K];
    } = {},
    quiet = true,
  ): this {
    return this.add({
      type: "snapshot",
      bus: this.bus,
      quiet,
      shown: {
        agents: [],
        requests: 0,
        lostEvents: 0,
        letters: [],
        history: [],
        ...shown,
        stats: { ...PLAIN_STATS, ...shown.stats },
        backpressure: { ...PLAIN_BACKPRESSURE, ...shown.backpressure },
      },
    });
  }

  /** All faults are over. */
  healed(): this {
    return this.add({ type: "healed" });
  }

  /** Nothing is left to happen. */
  quiescent(): this {
    return this.add({ type: "quiescent" });
  }

  #copyOf(messageId: string, mailbox?: string | null): { mailbox?: string } {
    if (mailbox === null) return {};
    return { mailbox: mailbox ?? this.#mailboxes.get(messageId) ?? "b" };
  }
}

type GaugeFigures = Omit<
  Extract<Entry, { type: "gauges" }>,
  "type" | "bus" | "pending" | "pendingBytes"
>;

/** Whose mailbox it is, where its name says so. */
function ownerOf(mailbox: string): string {
  return mailbox.replace(/^(direct|requests) /, "");
}

function agentOf(instance: string): string {
  return instance.replace(/#\d+$/, "");
}
