import assert from "node:assert/strict";
import type { BusEvent, BusStats, Message, MessageBus } from "../../../mod.ts";
import { GROWING_COUNTERS } from "../../support/growing_counters.ts";
import { Copies } from "./copies.ts";

/** What a bus tells of itself, added up without it. */
export class Ledger {
  /** What a mailbox holds, and the most copies that one message makes. */
  readonly room = { maxMessages: 1, copies: 1 };
  readonly #bus: MessageBus;
  readonly #copies: Copies;
  readonly #counts = {
    totalMessages: 0,
    totalAcked: 0,
    totalFailed: 0,
    totalExpired: 0,
    totalDropped: 0,
    deadLetters: 0,
  };
  #replies = 0;
  /** Letters whose message was taken in again, less those that left as replayed. */
  #replays = 0;
  #before: BusStats;
  readonly #done: Promise<void>;
  #fault: unknown;

  /** Reads the events of a bus on which nothing has happened. */
  constructor(
    bus: MessageBus,
    maxAttempts: number,
    onEvent: (event: BusEvent) => void = () => {},
  ) {
    this.#bus = bus;
    this.#copies = new Copies(maxAttempts);
    this.#before = bus.stats();
    this.#done = this.#read(bus.events(), onEvent);
  }

  /** While nothing moves: what is counted as unfinished is what was told, and what can be seen. */
  checkStill(): void {
    if (this.#fault !== undefined) throw this.#fault;
    const { pending, maxPending, pendingBytes, reserved, waiting } = this.#bus
      .backpressure.snapshot();
    assert.ok(pending >= 0 && pending <= maxPending, `B1 pending ${pending}`);
    assert.ok(pendingBytes >= 0 && waiting >= 0, "B1 negative");
    this.#checkGrowth();
    if (waiting > 0) this.#checkFull(pending);
    const { live, liveBytes, leased } = this.#copies;
    assert.equal(live + reserved, pending, "copies in − out = pending");
    if (reserved === 0) {
      assert.equal(liveBytes, pendingBytes, "the same, bytes");
    }
    const asked = this.#bus.requests.pending().map((one) => one.messageId);
    for (const id of this.#copies.liveRequests()) {
      assert.ok(asked.includes(id), `R6 nobody waits any more for ${id}`);
    }
    const depth = this.#bus.agents()
      .reduce((sum, agent) => sum + agent.mailboxDepth, 0);
    assert.equal(depth + leased, pending, "waiting + in hand = pending");
  }

  /** Senders wait only while there is no room for what they send. */
  #checkFull(pending: number): void {
    const { backpressure, deadLetters } = this.#bus;
    const { maxMessages, copies } = this.room;
    const isFull = pending + copies > backpressure.maxPending ||
      deadLetters.full ||
      this.#bus.agents().some((one) => one.mailboxDepth >= maxMessages);
    assert.ok(isFull, `B3 senders wait, and ${pending} copies are pending`);
  }

  /** Once the bus is closed: every message has ended, and all counts agree. */
  async checkClosed(): Promise<void> {
    await this.#done;
    if (this.#fault !== undefined) throw this.#fault;
    const { backpressure, requests, lostEvents } = this.#bus;
    const { pending, pendingBytes, waiting, reserved } = backpressure
      .snapshot();
    assert.deepEqual(
      { pending, pendingBytes, waiting, reserved },
      { pending: 0, pendingBytes: 0, waiting: 0, reserved: 0 },
      "B7",
    );
    const { live, liveBytes, leased } = this.#copies;
    assert.deepEqual([live, liveBytes, leased], [0, 0, 0], "S1 not ended");
    assert.equal(requests.size, 0, "R3 requests are left");
    assert.equal(
      this.#replays,
      0,
      "Q5 a letter stays, or goes, as its message is sent again",
    );
    assert.equal(lostEvents, 0);
    this.#checkCounts(this.#bus.stats());
    for (const { message, outcome } of this.#bus.history()) {
      assert.notEqual(outcome, "pending", `X4 ${message.id} has not ended`);
    }
  }

  #checkCounts(stats: BusStats): void {
    this.#checkGrowth();
    const sum = (table: Record<string, number>) =>
      Object.values(table).reduce((one, other) => one + other, 0);
    assert.equal(sum(stats.perType), stats.totalMessages, "X1 per type");
    assert.equal(sum(stats.perSender), stats.totalMessages, "X1 per sender");
    assert.equal(stats.totalSent, stats.totalMessages - this.#replies);
    assert.equal(
      stats.totalDelivered - this.#replies + stats.totalRedelivered,
      this.#copies.starts,
      "X1 starts",
    );
    for (const [name, count] of Object.entries(this.#counts)) {
      assert.equal(stats[name as keyof BusStats], count, `X1 ${name}`);
    }
  }

  #checkGrowth(): void {
    const stats = this.#bus.stats();
    for (const name of GROWING_COUNTERS) {
      assert.ok(stats[name] >= this.#before[name], `X2 ${name} has fallen`);
    }
    this.#before = stats;
  }

  async #read(
    events: AsyncIterable<BusEvent>,
    onEvent: (event: BusEvent) => void,
  ): Promise<void> {
    try {
      for await (const event of events) {
        onEvent(event);
        this.#book(event);
      }
    } catch (error) {
      this.#fault = error;
    }
  }

  #book(event: BusEvent): void {
    const counts = this.#counts;
    if (this.#copies.book(event)) counts.totalAcked++;
    switch (event.type) {
      case "message_accepted":
        counts.totalMessages++;
        if (isReply(event.message)) this.#replies++;
        return;
      case "message_dropped":
        counts.totalDropped++;
        return;
      case "dead_letter_added":
        counts.deadLetters++;
        if (event.reason === "expired") counts.totalExpired++;
        else if (event.reason === "overflow") counts.totalDropped++;
        else counts.totalFailed++;
        return;
      case "message_replayed":
        this.#replays++;
        return;
      case "dead_letter_removed":
        counts.deadLetters--;
        if (event.cause === "replayed") this.#replays--;
    }
  }
}

function isReply({ type, requestId }: Message): boolean {
  return requestId !== undefined && (type === "response" || type === "error");
}
