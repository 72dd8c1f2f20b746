import type { Clock } from "../core/clock.ts";
import { BusError } from "../core/errors.ts";
import type { EventHub } from "../core/event_stream.ts";
import type { Replay } from "../dlq/dead_letter_queue.ts";
import type { MessageRouter } from "../router/message_router.ts";
import type { RoutePlan } from "../router/route_plan.ts";
import type { Backpressure } from "./backpressure.ts";
import { Copy } from "./copy.ts";
import type { DeadLetterOffice, Letter } from "./dead_letter_office.ts";
import type { Deliveries } from "./deliveries.ts";
import type { Directory } from "./directory.ts";
import { type Envelope, forDisplay } from "./envelope.ts";
import type { KeptCopy } from "./durable/kept_copy.ts";
import type { History } from "./history.ts";
import type { Mailbox } from "./mailbox.ts";
import {
  type FinalOutcome,
  MessageRecord,
  NO_RULES,
} from "./message_record.ts";
import type { Recipients } from "./recipients.ts";
import type { OpenRequest, RequestTable } from "./requests.ts";
import type { Counters } from "./stats.ts";
import {
  dropOf,
  isAllDeliverable,
  lettersOf,
  type Planned,
} from "./undeliverable.ts";

const NO_LETTERS: readonly Letter[] = [];

/** What {@linkcode Acceptance} works with. */
export interface AcceptanceOptions {
  /** Where time comes from. */
  clock: Clock;
  /** What is counted. */
  counters: Counters;
  /** Who watches. */
  events: EventHub;
  /** Where accepted messages are remembered. */
  history: History;
  /** The rules, which count their matches. */
  router: MessageRouter;
  /** Who is there. */
  directory: Directory;
  /** Where copies go. */
  deliveries: Deliveries;
  /** Who waits for replies. */
  requests: RequestTable;
  /** Where what cannot be delivered goes. */
  office: DeadLetterOffice;
  /** How many are unfinished. */
  backpressure: Backpressure;
}

/** A message for which there is room. */
export interface Admitted {
  /** The message. */
  readonly envelope: Envelope;
  /** What the rules want done with it; nothing where none matched. */
  readonly plan: RoutePlan | undefined;
  /** The copies to make. */
  readonly recipients: Recipients;
  /** The request that it asks. */
  readonly request: OpenRequest | undefined;
  /** How it ended before, if it comes from the dead letters. */
  readonly failedAs: FinalOutcome | undefined;
  /** What is known of it, if it was accepted before and is sent again. */
  readonly record: MessageRecord | undefined;
  /** The way back of a dead letter. */
  readonly replay: Replay | undefined;
  /** What the store has of its copies, in the order of their mailboxes; nothing of a message that is in memory alone. */
  readonly kept: readonly KeptCopy[] | undefined;
  /** Its dead letters that the store has; nothing of a message that is in memory alone. */
  readonly letters: readonly Letter[] | undefined;
}

/** A copy as an earlier process left it. */
export interface Restored {
  /** The message. */
  readonly envelope: Envelope;
  /** What the history has of the message, where it has another copy. */
  readonly record: MessageRecord | undefined;
  /** Where it waits. */
  readonly mailbox: Mailbox;
  /** When it was accepted, by the monotonic clock of this process. */
  readonly acceptedAt: number;
  /** What the store has of it. */
  readonly kept: KeptCopy;
  /** How often it was handed out. */
  readonly attempts: number;
  /** How often its handler failed. */
  readonly failures: number;
  /** How often it came back because its consumer left. */
  readonly returns: number;
  /** How long it is not to be tried again, in milliseconds. */
  readonly delayMs: number;
}

/** The moment a message is the bus's: it gets its place in the order, and all of its copies at once. */
export class Acceptance {
  readonly #options: AcceptanceOptions;
  #seq = 0;

  /** Nothing is accepted yet. */
  constructor(options: AcceptanceOptions) {
    this.#options = options;
  }

  /** Makes every copy of a message that has its room. */
  accept(admitted: Admitted): void {
    const { backpressure, history } = this.#options;
    // So many wait that the history has forgotten it when somebody takes it.
    const isOneOfMany = backpressure.pending > history.maxEntries;
    if (isOneOfMany && isPlain(admitted)) this.#acceptPlain(admitted);
    else this.#acceptAny(admitted);
  }

  /** What is known of the message, its copy says as well: it takes less memory so. */
  #acceptPlain(admitted: Admitted): void {
    const { clock, deliveries, events, history } = this.#options;
    const { envelope, request, recipients: { own: [mailbox] } } = admitted;
    this.#count(envelope);
    if (events.active) this.#tell(admitted);
    const copy = new Copy({
      seq: ++this.#seq,
      acceptedAt: clock.monotonic(),
      envelope,
      mailbox: mailbox as Mailbox,
      record: undefined,
      kept: admitted.kept?.[0],
    });
    history.add(copy);
    if (request) asks(copy, request);
    deliveries.enqueue(copy);
  }

  #acceptAny(admitted: Admitted): void {
    const { clock, history, router } = this.#options;
    const { envelope, plan, request, kept } = admitted;
    const { own, added } = admitted.recipients;
    if (plan) router.commit(plan);
    const acceptedAt = clock.monotonic();
    if (!admitted.record) this.#count(envelope);
    const record = admitted.record ??
      history.newRecord(envelope, plan?.rules ?? NO_RULES, acceptedAt);
    if (this.#options.events.active) this.#tell(admitted);
    admitted.replay?.onTaken();
    if (admitted.failedAs) record.restarted(admitted.failedAs);
    if (!admitted.record || !history.has(record)) history.add(record);
    const seq = ++this.#seq;
    let place = 0;
    for (const mailbox of own) {
      const copy = new Copy({
        seq,
        acceptedAt,
        envelope,
        mailbox,
        record,
        kept: kept?.[place++],
      });
      if (request) asks(copy, request);
      this.#options.deliveries.enqueue(copy);
    }
    for (const { envelope, mailbox } of added) {
      if (!mailbox) continue;
      const own = { envelope, mailbox, kept: kept?.[place++] };
      const copy = new Copy({ seq, acceptedAt, record, ...own });
      this.#options.deliveries.enqueue(copy);
    }
    if (!isAllDeliverable(admitted)) this.#endAtOnce(admitted, record);
  }

  /**
   * Writes the dead letters that a message leaves as soon as it is accepted.
   * They are to be added when it is, or discarded. The letter that it was itself
   * may be there still: `was` is its id.
   */
  letters(planned: Planned, was?: string): readonly Letter[] {
    if (isAllDeliverable(planned)) return NO_LETTERS;
    const { directory, office } = this.#options;
    const letters = lettersOf(planned, directory);
    return letters.map((letter) => office.compose(letter, was));
  }

  /** Makes a copy again that was accepted before a restart. @returns What the history has of its message. */
  restore(restored: Restored): MessageRecord {
    const { envelope, mailbox, acceptedAt, kept, delayMs } = restored;
    const record = restored.record ??
      new MessageRecord(envelope, NO_RULES, acceptedAt);
    record.isShared = true;
    if (!restored.record) this.#options.history.add(record);
    const seq = ++this.#seq;
    const init = { seq, acceptedAt, envelope, mailbox, record, kept };
    const copy = new Copy(init);
    copy.attempts = restored.attempts;
    copy.failures = restored.failures;
    copy.returns = restored.returns;
    if (this.#options.events.active) this.#tellRestored(restored);
    this.#options.deliveries.restore(copy, delayMs);
    return record;
  }

  #tellRestored(restored: Restored): void {
    const { envelope, mailbox, attempts, failures, delayMs } = restored;
    this.#options.events.emit({
      type: "message_restored",
      message: forDisplay(envelope),
      bytes: envelope.bytes,
      mailbox: mailbox.name,
      ...{ attempts, failures, delayMs },
    });
  }

  /** A message that is new to the bus. */
  #count({ head }: Envelope): void {
    const { counters, directory } = this.#options;
    counters.accept(head);
    const sender = directory.get(head.sender);
    if (sender) sender.lastSeen = head.timestamp;
  }

  #tell({ envelope, recipients: { own, added }, record }: Admitted): void {
    const { events } = this.#options;
    const { bytes } = envelope;
    const mailboxes = [...own, ...added.map(({ mailbox }) => mailbox)]
      .flatMap((mailbox) => mailbox?.name ?? []);
    if (record) {
      const { id: messageId, priority } = envelope.head;
      const type = "message_replayed";
      events.emit({ type, messageId, priority, bytes, mailboxes });
      return;
    }
    const message = forDisplay(envelope);
    events.emit({ type: "message_accepted", message, bytes, mailboxes });
  }

  /** What of it is not delivered goes to the dead letters, or is dropped and counted. */
  #endAtOnce(admitted: Admitted, record: MessageRecord): void {
    const { counters, history, office, requests } = this.#options;
    const { envelope, plan, request } = admitted;
    for (const letter of admitted.letters ?? this.letters(admitted)) {
      counters.failed++;
      history.endedAtOnce(record, "dead");
      letter.origin.record = record;
      record.isShared = true;
      office.add(letter);
    }
    const drop = dropOf(admitted);
    if (drop) this.#dropped(envelope, record, drop);
    if (!plan?.end || !request) return;
    const text = `Request was refused by the routing rule "${plan.end.ruleId}"`;
    requests.fail(request, new BusError("rejected", text));
  }

  #dropped(envelope: Envelope, record: MessageRecord, reason: string): void {
    const { counters, events } = this.#options;
    counters.dropped++;
    this.#options.history.endedAtOnce(record, "dropped");
    const messageId = envelope.head.id;
    events.emit({ type: "message_dropped", messageId, reason });
  }
}

/** Has a copy ask a request. */
function asks(copy: Copy, request: OpenRequest): void {
  copy.request = request;
  request.copy = copy;
}

/** Whether it is new, has one recipient, and matched no rule. */
function isPlain(
  { plan, replay, recipients: { own, added, missing } }: Admitted,
): boolean {
  return own.length === 1 && added.length === 0 && missing === undefined &&
    !plan && !replay;
}
