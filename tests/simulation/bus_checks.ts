import assert from "node:assert/strict";
import type { Message, MessageBus } from "../../mod.ts";
import type { Books } from "./books.ts";

/** What a bus says of itself must be what its events add up to. */
export function checkBooks(bus: MessageBus, books: Books): void {
  const stats = bus.stats();
  const { pending, waiting, maxPending, peakPending } = bus.backpressure
    .snapshot();
  assert.equal(stats.pendingMessages, pending);
  assert.ok(pending >= 0 && pending <= maxPending, `pending ${pending}`);
  assert.ok(peakPending <= maxPending);
  assert.ok(waiting >= 0);
  assert.equal(books.entered - books.ended, pending, "copies in − out");
  assert.equal(visibleCopies(bus, books), pending, "mailboxes + in hand");
  const sum = (table: Record<string, number>) =>
    Object.values(table).reduce((one, other) => one + other, 0);
  assert.equal(sum(stats.perType), stats.totalMessages, "per type");
  assert.equal(sum(stats.perSender), stats.totalMessages, "per sender");
  const replies = (stats.perType.response ?? 0) + (stats.perType.error ?? 0);
  assert.equal(stats.totalSent, stats.totalMessages - replies);
  assert.equal(
    stats.totalDelivered - replies + stats.totalRedelivered,
    books.starts,
    "starts",
  );
  assert.deepEqual({
    totalMessages: stats.totalMessages,
    totalAcked: stats.totalAcked,
    totalFailed: stats.totalFailed,
    totalExpired: stats.totalExpired,
    totalDropped: stats.totalDropped,
    deadLetters: stats.deadLetters,
  }, books.counts());
  assert.ok(bus.history().length <= 50);
  assert.equal(bus.lostEvents, 0);
}

/** Copies as the bus shows them: in its mailboxes, and in hand. */
function visibleCopies(bus: MessageBus, books: Books): number {
  let copies = books.inHand;
  const groups = new Map<string, number>();
  for (const { mailboxDepth, subscriptions } of bus.agents()) {
    copies += mailboxDepth;
    for (const { pattern, queue, mailboxDepth } of subscriptions) {
      if (queue !== undefined) {
        groups.set(`${queue} ${pattern}`, mailboxDepth);
      }
    }
  }
  for (const depth of groups.values()) copies += depth;
  return copies;
}

/** What the program has seen of one copy: those of one message in one mailbox. */
interface Seen {
  starts: number;
  lastAttempt: number;
}

/** Looks at each start of a handler: whether it may be, and whether it is its turn. */
export class StartChecks {
  readonly #books: Books;
  readonly #maxAttempts: number;
  readonly #seen = new Map<string, Seen>();
  readonly #lastFirst = new Map<string, number>();

  constructor(books: Books, maxAttempts: number) {
    this.#books = books;
    this.#maxAttempts = maxAttempts;
  }

  check(
    mailbox: string,
    message: Message,
    { redelivered, nowMs }: { redelivered: boolean; nowMs: number },
  ): void {
    const { id, attempt, priority, sender, requiresAck, ttlMs } = message;
    const { seq, acceptedMs, returns } = this.#books.entryOf(id);
    const replays = this.#books.replaysOf(id);
    const key = `${id} ${mailbox}`;
    const seen = this.#seen.get(key) ?? { starts: 0, lastAttempt: 0 };
    this.#seen.set(key, seen);
    assert.ok(
      attempt === seen.lastAttempt + 1 || (attempt === 1 && replays > 0),
      `S3 ${key}: attempt ${attempt} after ${seen.lastAttempt}`,
    );
    seen.starts++;
    seen.lastAttempt = attempt;
    assert.equal(redelivered, attempt > 1);
    const once = requiresAck ? this.#maxAttempts + returns : 1;
    assert.ok(
      seen.starts <= once * (1 + replays),
      `S3, S4 ${key}: ${seen.starts} starts, ${once} allowed`,
    );
    if (replays > 0) return;
    assert.ok(
      ttlMs === undefined || nowMs < acceptedMs + ttlMs,
      `T1 ${key} started ${nowMs - acceptedMs} ms after accept of ${ttlMs}`,
    );
    if (attempt > 1) return;
    const lane = `${sender} ${mailbox} ${priority}`;
    const last = this.#lastFirst.get(lane) ?? -1;
    assert.ok(seq > last, `O1 ${lane}: ${seq} started after ${last}`);
    this.#lastFirst.set(lane, seq);
  }
}
