import type { Clock } from "../core/clock.ts";
import type { Deadlines } from "../core/deadlines.ts";
import type { EventHub } from "../core/event_stream.ts";
import type { DeliveryOutcome } from "../core/events.ts";
import { LIMITS } from "../core/limits.ts";
import { nextDelay, type RetryPolicy } from "../core/retry.ts";
import { Lease } from "./lease.ts";
import type { Body, Verdict } from "./consumer.ts";
import type { Copy } from "./copy.ts";
import type { Keeper } from "./durable/keeper.ts";
import type { KeptCopy } from "./durable/kept_copy.ts";
import type { Endings } from "./endings.ts";
import type { History } from "./history.ts";
import type { Attachment, Mailbox } from "./mailbox.ts";
import type { Replies } from "./replies.ts";
import type { Counters } from "./stats.ts";

/** What {@linkcode Deliveries} works with. */
export interface DeliveriesOptions {
  /** Where time comes from. */
  clock: Clock;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** What is counted. */
  counters: Counters;
  /** Who watches. */
  events: EventHub;
  /** Where it is remembered who had what. */
  history: History;
  /** How copies end. */
  endings: Endings;
  /** Where copies are kept that outlive the process. */
  keeper?: Keeper;
  /** Who waits for replies. */
  replies: Replies;
  /** How long a delivery may take where its consumer does not say, in milliseconds. */
  ackTimeoutMs: number;
  /** Failures after which a copy is given up where its consumer does not say. */
  maxAttempts: number;
  /** When to try again where its consumer does not say. */
  retry: RetryPolicy;
}

/**
 * The life of a copy once it is accepted: it waits, is handed out under a
 * lease, and is handled, tried again or given up.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #endings: Endings;

  /** Nothing is under way yet. */
  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#endings = options.endings;
  }

  /** Puts an accepted copy into its mailbox, or drops what the mailbox's policy says. */
  enqueue(copy: Copy): void {
    const { mailbox } = copy;
    copy.record?.opened();
    if (mailbox.closed) return this.#endings.undeliverable(copy);
    if (!mailbox.hasRoom && mailbox.drops) {
      const victim = mailbox.makeRoomFor(copy);
      this.#endings.giveUp(victim, "overflow", overflowDetail(mailbox));
      if (victim === copy) return;
    }
    this.#expireInTime(copy);
    mailbox.put(copy);
  }

  /** Puts a copy back where it was before a restart, to be tried again after `delayMs`. */
  restore(copy: Copy, delayMs: number): void {
    copy.record?.opened();
    if (copy.mailbox.closed) return this.#endings.undeliverable(copy);
    this.#expireInTime(copy);
    if (delayMs > 0) this.#postpone(copy, delayMs);
    else copy.mailbox.put(copy);
  }

  #expireInTime(copy: Copy): void {
    const { expiresAt } = copy;
    if (expiresAt === undefined) return;
    const { deadlines } = this.#options;
    copy.expiry = deadlines.add(expiresAt, () => this.#onExpiry(copy));
  }

  /** Hands a copy out. @returns Whether it was; a copy whose time has ended is given up instead. */
  start(copy: Copy, attachment: Attachment): boolean {
    const { clock, counters, events, history } = this.#options;
    const nowMs = clock.monotonic();
    if (copy.isExpired(nowMs)) {
      this.#endings.expire(copy);
      return false;
    }
    copy.attempts++;
    if (copy.attempts === 1) {
      counters.delivered++;
      counters.latency.record(nowMs - copy.acceptedAt);
    } else counters.redelivered++;
    const { agent } = attachment;
    const record = history.recordOf(copy);
    const note = record.started(agent, copy.attempts, nowMs);
    const lease = new Lease(this, copy, attachment, note);
    copy.state = "leased";
    copy.lease = lease;
    attachment.leases.add(lease);
    if (copy.envelope.head.requiresAck) this.#arm(lease, nowMs);
    if (events.active) {
      events.emit({
        type: "delivery_started",
        messageId: copy.envelope.head.id,
        mailbox: copy.mailbox.name,
        agent,
        attempt: copy.attempts,
      });
    }
    if (copy.kept) this.#takeKept(lease, copy.kept);
    else attachment.consumer.take(lease);
    return true;
  }

  /**
   * Hands over what is kept, and keeps that it was handed out. One that was
   * there before a restart waits for that: were it what ended the process, it
   * would end each one after it, and never be counted.
   */
  #takeKept(lease: Lease, { isRestored }: KeptCopy): void {
    const { copy, attachment: { consumer } } = lease;
    const { keeper } = this.#options;
    if (!isRestored) {
      keeper?.handedOut(copy);
      return consumer.take(lease);
    }
    keeper?.handedOut(copy, (error) => {
      if (error || copy.lease !== lease) return;
      // Its consumer may have left meanwhile: nothing starts after that.
      const isThere = lease.attachment.mailbox.has(lease.attachment);
      if (isThere) consumer.take(lease);
      else this.takeBack(lease);
    });
  }

  /** Does what the holder of a lease makes of it; only the live lease counts. */
  settle(lease: Lease, verdict: Verdict): void {
    const { copy, attachment: { agent } } = lease;
    if (copy.lease !== lease) return this.settledLate(verdict);
    const { replies, counters } = this.#options;
    const { request } = copy;
    switch (verdict.kind) {
      case "ack":
        this.#close(lease, "acked");
        return this.#endings.handled(copy);
      case "nack":
        this.#close(lease, "nacked", verdict.reason);
        return this.#failed(copy, lease, verdict);
      case "reject":
        this.#close(lease, "rejected", verdict.reason);
        return this.#endings.giveUp(copy, "rejected", verdict.reason);
      case "return":
        return this.takeBack(lease);
      case "reply":
        this.#close(lease, "acked");
        this.#endings.handled(copy);
        if (request) replies.reply(request, agent, verdict.body);
        else counters.lateReplies++;
        return;
      case "end":
        this.#close(lease, "acked");
        this.#endings.handled(copy);
        if (request) replies.end(request);
        return;
      case "fail": {
        const { message: reason } = verdict;
        this.#close(lease, "nacked", reason);
        // Replayed, so nobody is there to be told: it failed like any message.
        if (!request) return this.#failed(copy, lease, { reason });
        this.#endings.handled(copy);
        return replies.threw(request, agent, reason);
      }
    }
  }

  /** Starts the ack deadline of a live lease anew. */
  extend(lease: Lease): void {
    const { clock, deadlines } = this.#options;
    if (lease.copy.lease !== lease || !lease.deadline) return;
    deadlines.remove(lease.deadline);
    this.#arm(lease, clock.monotonic());
  }

  /** Ends a lease that is not settled in time. */
  #arm(lease: Lease, nowMs: number): void {
    const ackTimeoutMs = lease.attachment.spec.ackTimeoutMs ??
      this.#options.ackTimeoutMs;
    lease.deadline = this.#options.deadlines.add(
      nowMs + ackTimeoutMs,
      () => this.#onLeaseTimeout(lease, ackTimeoutMs),
    );
  }

  /** Hands one piece of a streamed reply over. */
  piece(lease: Lease, body: Body): void {
    const { copy, attachment: { agent, consumer } } = lease;
    const { request } = copy;
    if (copy.lease === lease && request) {
      return this.#options.replies.piece(request, agent, body);
    }
    this.#options.counters.lateReplies++;
    // Replayed, so nobody is there to read it: its responder may go on to the end.
    if (copy.lease === lease) consumer.granted(lease, 1);
  }

  /** Takes a live lease back whose consumer has left: the message goes to another, or is lost by its mode. */
  takeBack(lease: Lease): void {
    const { copy } = lease;
    this.#close(lease, "returned");
    lease.attachment.consumer.ended(lease, "closed");
    copy.returns++;
    if (!copy.envelope.head.requiresAck) {
      return this.#endings.undeliverable(copy);
    }
    if (copy.isAnsweredInPart) {
      const detail = "its responder left in the middle of its reply";
      return this.#endings.giveUp(copy, "undeliverable", detail);
    }
    if (copy.returns >= LIMITS.maxHandOuts) {
      const detail =
        `its consumer left ${copy.returns} times with the message in hand`;
      return this.#endings.giveUp(copy, "undeliverable", detail);
    }
    this.#requeue(copy, 0);
  }

  /** Takes a copy back that nobody waits for any more, wherever it is. */
  abandon(copy: Copy, cause: "deadline" | "cancelled"): void {
    const { lease } = copy;
    if (lease) {
      this.#close(lease, "lease_ended", cause);
      lease.attachment.consumer.ended(lease, cause);
    } else this.#leaveMailbox(copy);
    this.#endings.drop(copy, cause);
  }

  /** Gives up everything that waits in a mailbox nobody will take from again. */
  closeMailbox(mailbox: Mailbox): void {
    mailbox.closed = true;
    const waiting = [...mailbox.ready, ...mailbox.delayed];
    for (const copy of waiting) {
      this.#leaveMailbox(copy);
      this.#endings.undeliverable(copy);
    }
    mailbox.roomMade();
    this.#options.keeper?.forgetMailbox(mailbox);
  }

  #onExpiry(copy: Copy): void {
    // Whoever has it in hand may finish; a failure after this is final.
    if (copy.state === "leased") return;
    this.#leaveMailbox(copy);
    this.#endings.expire(copy);
  }

  #onLeaseTimeout(lease: Lease, ackTimeoutMs: number): void {
    const reason =
      `not acknowledged within ${ackTimeoutMs} ms: ack() ends a delivery, extend() gives it more time`;
    this.#close(lease, "lease_ended", reason);
    lease.attachment.consumer.ended(lease, "timeout");
    this.#failed(lease.copy, lease, { delayMs: 0, reason });
  }

  /** Ends a lease, not its copy. */
  #close(lease: Lease, outcome: DeliveryOutcome, error?: string): void {
    const { clock, deadlines, events } = this.#options;
    const { copy, attachment } = lease;
    copy.lease = undefined;
    attachment.leases.remove(lease);
    if (lease.deadline) deadlines.remove(lease.deadline);
    const { note } = lease;
    note.endedMs = Math.round(clock.monotonic());
    note.outcome = outcome;
    note.error = error;
    if (events.active) {
      events.emit({
        type: "delivery_ended",
        messageId: copy.envelope.head.id,
        mailbox: copy.mailbox.name,
        agent: attachment.agent,
        attempt: lease.attempt,
        outcome,
        error,
      });
    }
    attachment.mailbox.wake();
  }

  /** Counts a verdict on a lease that had ended. */
  settledLate({ kind }: Verdict): void {
    const isReply = kind === "reply" || kind === "end" || kind === "fail";
    if (isReply) this.#options.counters.lateReplies++;
    else this.#options.counters.staleSettlements++;
  }

  #failed(
    copy: Copy,
    lease: Lease,
    { delayMs, giveUp, reason }: Omit<Verdict & { kind: "nack" }, "kind">,
  ): void {
    const { spec } = lease.attachment;
    copy.failures++;
    const isLast = !copy.envelope.head.requiresAck || giveUp === true ||
      copy.isAnsweredInPart ||
      copy.failures >= (spec.maxAttempts ?? this.#options.maxAttempts);
    if (isLast) return this.#endings.giveUp(copy, "handler_failed", reason);
    if (delayMs !== undefined) return this.#requeue(copy, delayMs);
    const { retry } = this.#options;
    const next = nextDelay(retry, { attempts: copy.failures, error: reason });
    if (next.delayMs !== undefined) return this.#requeue(copy, next.delayMs);
    const detail = [reason, next.problem].filter((text) => text).join("; ");
    this.#endings.giveUp(copy, "handler_failed", detail);
  }

  #requeue(copy: Copy, delayMs: number): void {
    const { mailbox } = copy;
    const nowMs = this.#options.clock.monotonic();
    if (copy.isExpired(nowMs)) return this.#endings.expire(copy);
    if (mailbox.closed) return this.#endings.undeliverable(copy);
    this.#options.events.emit({
      type: "delivery_requeued",
      messageId: copy.envelope.head.id,
      mailbox: mailbox.name,
      delayMs,
    });
    this.#options.keeper?.requeued(copy, delayMs);
    if (delayMs <= 0) mailbox.put(copy);
    else this.#postpone(copy, delayMs);
  }

  #postpone(copy: Copy, delayMs: number): void {
    const { clock, deadlines } = this.#options;
    const { mailbox } = copy;
    mailbox.postpone(copy);
    copy.delay = deadlines.add(clock.monotonic() + delayMs, () => {
      mailbox.delayed.delete(copy);
      copy.delay = undefined;
      mailbox.put(copy);
    });
  }

  #leaveMailbox(copy: Copy): void {
    const { mailbox } = copy;
    if (copy.state === "ready") mailbox.ready.remove(copy);
    else mailbox.delayed.delete(copy);
    if (copy.delay) this.#options.deadlines.remove(copy.delay);
    mailbox.roomMade();
  }
}

function overflowDetail({ options }: Mailbox): string {
  return `the mailbox of "${options.agent}" is full with ${options.maxMessages} messages`;
}
