import type { Clock } from "../core/clock.ts";
import { BusError, errorText, toBusError } from "../core/errors.ts";
import { checkFields } from "../core/message_check.ts";
import type { IdSource } from "../core/random.ts";
import type { DeadLetterReason } from "../dlq/dead_letter.ts";
import type { Replay } from "../dlq/dead_letter_queue.ts";
import type { MessageRouter } from "../router/message_router.ts";
import { type Acceptance, nobodyServes } from "./acceptance.ts";
import type { Backpressure } from "./backpressure.ts";
import {
  type DeadLetterOffice,
  type LetterOrigin,
  outcomeOf,
} from "./dead_letter_office.ts";
import type { Deduplication } from "./deduplication.ts";
import type { Directory } from "./directory.ts";
import { type Entrant, toEntrant } from "./entrant.ts";
import type { Envelope, MessageHead } from "./envelope.ts";
import { type Attempt, type Gate, NEWCOMER } from "./gate.ts";
import type { Mailbox } from "./mailbox.ts";
import { resolveTargets } from "./recipients.ts";
import type { OpenRequest, RequestTable } from "./requests.ts";
import { lineInFrontOf } from "./room.ts";
import { type RuleFailure, runRuleHandlers } from "./rule_handlers.ts";
import type { Counters } from "./stats.ts";
import { type Submission, toEnvelope } from "./submission.ts";
import type { WaitLine } from "./wait_line.ts";

/** What {@linkcode Intake} works with. */
export interface IntakeOptions {
  /** Where time comes from. */
  clock: Clock;
  /** Where ids come from. */
  ids: IdSource;
  /** What is counted. */
  counters: Counters;
  /** The rules. */
  router: MessageRouter;
  /** Who is there. */
  directory: Directory;
  /** How much there is room for. */
  backpressure: Backpressure;
  /** Where senders wait. */
  gate: Gate;
  /** What makes a message the bus's. */
  acceptance: Acceptance;
  /** Who waits for replies. */
  requests: RequestTable;
  /** Where what cannot be delivered goes. */
  office: DeadLetterOffice;
  /** Which sends were made before. */
  deduplication: Deduplication;
  /** Largest payload, in bytes. */
  maxMessageBytes: number;
  /** Whether no message may come in as the dead letters are full. */
  isStopped: () => boolean;
}

/**
 * The way into the bus: checked, planned by the rules, let in when there is
 * room for every copy, passed by the rules' handlers, then accepted: all of its
 * copies at once, or none.
 */
export class Intake {
  readonly #options: IntakeOptions;
  /** By sender, the last of its messages whose rule handlers still run: the next waits for it. */
  readonly #routing = new Map<string, Promise<unknown>>();
  #closed = false;
  #aborted = false;

  /** Open for messages. */
  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Refuses every message from now on; one whose rules still run may come in. */
  close(): void {
    this.#closed = true;
  }

  /** Refuses every message from now on, whatever it has passed. */
  abort(): void {
    this.#closed = true;
    this.#aborted = true;
  }

  /**
   * Takes a message in.
   *
   * @returns Its id, at once or when there is room and its rules have run.
   * @throws {BusError} If it is refused; nothing is enqueued then.
   */
  submit(submission: Submission): string | Promise<string> {
    const { counters } = this.#options;
    try {
      this.#checkOpen();
      checkFields(submission.fields);
      const accepted = this.#submitOnce(submission);
      if (typeof accepted !== "string") {
        accepted.catch(() => counters.refused++);
      }
      return accepted;
    } catch (error) {
      counters.refused++;
      throw error;
    }
  }

  /**
   * Takes a request in. Whatever becomes of it from here on, its reply sink is
   * told.
   *
   * @throws {BusError} If it is malformed, or the bus closed.
   */
  request(
    submission: Submission,
    open: (head: MessageHead) => OpenRequest,
  ): OpenRequest {
    const { counters, requests } = this.#options;
    let request: OpenRequest;
    try {
      this.#checkOpen();
      checkFields(submission.fields);
      const envelope = this.#prepare(submission);
      request = open(envelope.head);
      const fail = (error: unknown) => {
        counters.refused++;
        requests.fail(request, toBusError(error));
      };
      try {
        const accepted = this.#enter(
          toEntrant(envelope, request),
          () => signalOf(request),
        );
        if (typeof accepted !== "string") accepted.catch(fail);
      } catch (error) {
        fail(error);
      }
    } catch (error) {
      counters.refused++;
      throw error;
    }
    return request;
  }

  /**
   * Sends a dead letter's message again: to the mailbox it was in, or, where it
   * never got into one, through the rules as if it were new.
   *
   * @throws {BusError} If it cannot be; nothing is enqueued then.
   */
  async redeliver(
    origin: LetterOrigin,
    reason: DeadLetterReason,
    replay: Replay,
  ): Promise<string> {
    const { envelope, mailbox, record, cut } = origin;
    const { signal } = replay;
    if (cut) {
      throw new BusError(
        "too_large",
        "Cannot replay message as it was too large to be kept whole",
        { messageId: envelope.head.id },
      );
    }
    const failedAs = outcomeOf(reason);
    if (envelope.head.ttlMs === 0) {
      throw new BusError(
        "expired",
        "Cannot replay message as its time to live has ended: 0 ms",
        { messageId: envelope.head.id },
      );
    }
    const entrant = toEntrant(envelope, undefined, {
      record,
      failedAs,
      replay,
    });
    if (!mailbox) return await this.#enter(entrant, signal);
    return await this.#enter(entrant, signal, (ticket) => {
      this.#checkOpen();
      const target = this.#options.directory.successorOf(
        mailbox,
        envelope.head,
      );
      entrant.targets = [{ envelope, mailbox: target }];
      return this.#take(entrant, ticket);
    });
  }

  /**
   * Keeps a message as a dead letter of which a peer sends only the beginning,
   * as it has `bytes` in all.
   *
   * @returns The error for its sender.
   */
  tooLarge(submission: Submission, bytes: number): BusError {
    checkFields(submission.fields);
    const envelope = toEnvelope(submission, this.#options);
    return this.#refuseTooLarge(envelope, bytes);
  }

  #submitOnce(submission: Submission): string | Promise<string> {
    const { id, fields } = submission;
    const isNew = id === undefined && fields.deduplicationId === undefined;
    if (isNew) return this.#submitAnew(submission);
    const { deduplication } = this.#options;
    return deduplication.submit(submission, () => this.#submitAnew(submission));
  }

  #submitAnew(submission: Submission): string | Promise<string> {
    const entrant = toEntrant(this.#prepare(submission), undefined);
    return this.#enter(entrant, submission.signal);
  }

  /** Makes a message of what was submitted, unless it is too large or late already. */
  #prepare(submission: Submission): Envelope {
    const { counters, office, maxMessageBytes } = this.#options;
    const envelope = toEnvelope(submission, this.#options);
    const { head, bytes } = envelope;
    if (bytes > maxMessageBytes) throw this.#refuseTooLarge(envelope, bytes);
    if (head.ttlMs !== 0) return envelope;
    const detail = "Cannot send message as its time to live has ended: 0 ms";
    const agent = head.recipient;
    office.file({ envelope, reason: "expired", detail, agent });
    counters.expired++;
    throw new BusError("expired", detail, { messageId: head.id });
  }

  #refuseTooLarge(envelope: Envelope, bytes: number): BusError {
    const { counters, office, maxMessageBytes } = this.#options;
    const text =
      `Cannot send message as its payload must be at most ${maxMessageBytes} bytes: it has ${bytes} or more`;
    office.fileTooLarge(envelope, text);
    counters.failed++;
    return new BusError("too_large", text, { messageId: envelope.head.id });
  }

  #enter(
    entrant: Entrant,
    signal?: AbortSignal | (() => AbortSignal),
    attempt: Attempt = (ticket) => this.#attempt(entrant, ticket),
  ): string | Promise<string> {
    if (typeof signal !== "function") signal?.throwIfAborted();
    const admitted = this.#options.gate.enter(attempt, signal);
    return admitted ? admitted.then(() => entrant.accepted) : entrant.accepted;
  }

  #attempt(entrant: Entrant, ticket: number): WaitLine | undefined {
    this.#checkOpen();
    const { router, directory } = this.#options;
    const { request } = entrant;
    if (request?.ended) {
      throw givenUp();
    }
    const { head } = entrant.sent;
    const plan = router.plan(head);
    entrant.plan = plan;
    entrant.envelope = entrant.sent;
    if (ticket !== NEWCOMER) {
      // It has waited: its time of accept is now.
      const timestamp = this.#options.clock.now();
      entrant.envelope = entrant.envelope.with({ timestamp });
    }
    if (plan && plan.priority !== head.priority) {
      entrant.envelope = entrant.envelope.with({ priority: plan.priority });
    }
    entrant.targets = resolveTargets(entrant.envelope, plan, directory);
    if (request && !plan?.end && !entrant.targets[0]?.mailbox) {
      throw new BusError(
        "no_recipient",
        nobodyServes(head.recipient, directory),
        {
          messageId: head.id,
        },
      );
    }
    return this.#take(entrant, ticket);
  }

  /** Takes room for every copy, then goes on; or tells where to wait. */
  #take(entrant: Entrant, ticket: number): WaitLine | undefined {
    const mailboxes: Mailbox[] = [];
    for (const { mailbox } of entrant.targets) {
      if (mailbox) mailboxes.push(mailbox);
    }
    const bytes = entrant.envelope.bytes * mailboxes.length;
    const { backpressure } = this.#options;
    const line = this.#isStoppedFor(entrant)
      ? backpressure.line
      : lineInFrontOf(mailboxes, bytes, ticket, backpressure);
    if (line) return line;
    backpressure.acquire(mailboxes.length, bytes);
    // Here, not when the sender's promise is next looked at: nobody may slip in between.
    entrant.accepted = this.#pass(entrant);
    return undefined;
  }

  /** While the dead letters are full nothing comes in but what leaves them. */
  #isStoppedFor({ failedAs }: Entrant): boolean {
    return failedAs === undefined && this.#options.isStopped();
  }

  /** Runs the rules' handlers, those of the sender's messages one after the other, then accepts. */
  #pass(entrant: Entrant): string | Promise<string> {
    const { envelope, plan } = entrant;
    const { sender } = envelope.head;
    const before = this.#routing.get(sender);
    const handlers = plan?.handlers ?? [];
    if (!before && handlers.length === 0) {
      return this.#options.acceptance.accept(entrant);
    }
    const run = () => runRuleHandlers(handlers, () => envelope.message);
    const outcome = before ? before.then(run) : run();
    if (!(outcome instanceof Promise)) return this.#passed(entrant, outcome);
    this.#reserve(entrant, 1);
    const accepted = outcome.then((failure) => {
      this.#reserve(entrant, -1);
      return this.#passed(entrant, failure);
    });
    const settled = accepted.catch(() => {}).finally(() => {
      if (this.#routing.get(sender) === settled) this.#routing.delete(sender);
    });
    this.#routing.set(sender, settled);
    return accepted;
  }

  #reserve({ targets }: Entrant, count: 1 | -1): void {
    for (const { mailbox } of targets) {
      if (!mailbox) continue;
      mailbox.reserved += count;
      this.#options.backpressure.reserved += count;
      if (count < 0) mailbox.roomMade();
    }
  }

  #passed(entrant: Entrant, failure: RuleFailure | undefined): string {
    const isGivenUp = this.#aborted || entrant.request?.ended === true ||
      entrant.replay?.signal.aborted === true;
    if (!failure && !isGivenUp) {
      return this.#options.acceptance.accept(entrant);
    }
    const { backpressure, counters, office } = this.#options;
    const { envelope, targets } = entrant;
    const { id, recipient } = envelope.head;
    const copies = targets.filter(({ mailbox }) => mailbox).length;
    backpressure.release(copies, copies * envelope.bytes);
    if (!failure) {
      entrant.replay?.signal.throwIfAborted();
      throw this.#aborted ? closed() : givenUp();
    }
    const detail = `rule "${failure.ruleId}": ${errorText(failure.error)}`;
    // A letter that is replayed in vain is still there.
    if (entrant.failedAs === undefined) {
      counters.failed++;
      const reason = "routing_failed";
      office.file({ envelope, reason, detail, agent: recipient });
    }
    throw new BusError(
      "routing_failed",
      `Cannot send message as a routing rule's handler failed: ${detail}`,
      { messageId: id, cause: failure.error },
    );
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw closed();
    }
  }
}

function closed(): BusError {
  return new BusError("closed", "Cannot send message as the bus is closed");
}

function givenUp(): BusError {
  return new BusError("cancelled", "Request was given up");
}

/** Aborts when the request has ended; made for one that has to wait. */
function signalOf(request: OpenRequest): AbortSignal {
  const controller = new AbortController();
  request.onEnded = () => controller.abort(givenUp());
  return controller.signal;
}
