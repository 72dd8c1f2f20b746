import type { Clock } from "../core/clock.ts";
import { BusError, errorText } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { MessageRouter } from "../router/message_router.ts";
import type { Acceptance } from "./acceptance.ts";
import type { Backpressure } from "./backpressure.ts";
import type { DeadLetterOffice } from "./dead_letter_office.ts";
import type { Directory } from "./directory.ts";
import type { Keeper } from "./durable/keeper.ts";
import type { Keeping, KeepListener } from "./durable/keeping.ts";
import { type Accepted, Decision, toPromise } from "./decision.ts";
import type { Entrant } from "./entrant.ts";
import { type Attempt, type Gate, NEWCOMER } from "./gate.ts";
import type { Mailbox } from "./mailbox.ts";
import { findRecipients, mailboxesOf } from "./recipients.ts";
import type { LateSignal } from "./late_signal.ts";
import type { OpenRequest } from "./requests.ts";
import { lineInFrontOf } from "./room.ts";
import { type RuleFailure, runRuleHandlers } from "./rule_handlers.ts";
import type { KeyedSend } from "./send_keys.ts";
import type { Counters } from "./stats.ts";
import { nobodyServes } from "./undeliverable.ts";
import type { WaitLine } from "./wait_line.ts";

/** What an {@linkcode Entrance} works with. */
export interface EntranceOptions {
  /** Where time comes from. */
  clock: Clock;
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
  /** Where a message becomes the bus's. */
  acceptance: Acceptance;
  /** Where what cannot be delivered goes. */
  office: DeadLetterOffice;
  /** Whether no message may come in as the dead letters are full. */
  isStopped: () => boolean;
  /** Why nothing can ever come in: the store could not be opened. */
  failure: () => BusError | undefined;
  /** Where messages are kept that outlive the process. */
  keeper?: Keeper;
  /** The id of the message of a send that was made before. */
  findSend: (send: KeyedSend) => string | undefined;
}

/**
 * The door of the bus: a message is planned by the rules, let in when there is
 * room for every copy, passed by the rules' handlers, then accepted: all of its
 * copies at once, or none.
 */
export class Entrance implements KeepListener {
  readonly #options: EntranceOptions;
  /** By sender, the last of its messages whose rule handlers still run: the next waits for it. */
  readonly #routing = new Map<string, Promise<unknown>>();
  #closed = false;
  #aborted = false;

  /** Open for messages. */
  constructor(options: EntranceOptions) {
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
   * Finds out whether messages are taken in.
   *
   * @throws {BusError} With code `"closed"` if not.
   */
  checkOpen(): void {
    if (this.#closed) throw this.#aborted ? closed() : draining();
    const failure = this.#options.failure();
    if (failure) throw failure;
  }

  /**
   * Lets a message in, at once or when there is room and its rules have run.
   *
   * @throws {BusError} If it is refused; nothing is enqueued then.
   */
  enter(
    entrant: Entrant,
    signal?: AbortSignal | LateSignal,
  ): Accepted | Decision {
    if (signal instanceof AbortSignal) signal.throwIfAborted();
    // Here, and in other places on the way of every message, no function is
    // made that few need: what it would refer to is allocated for all.
    const line = this.#attempt(entrant, NEWCOMER);
    if (!line) return entrant.routed ?? entrant.envelope.head;
    return this.#tryLater(entrant, line, signal);
  }

  /** Lets a message in that goes to one mailbox, past the rules. */
  enterMailbox(
    entrant: Entrant,
    mailbox: Mailbox,
    signal: AbortSignal,
  ): Accepted | Decision {
    signal.throwIfAborted();
    const { directory } = this.#options;
    const { head } = entrant.envelope;
    const attempt = (ticket: number) => {
      this.checkOpen();
      entrant.recipients = directory.successorOf(mailbox, head).alone;
      return this.#take(entrant, ticket);
    };
    const line = attempt(NEWCOMER);
    if (!line) return entrant.routed ?? head;
    return this.#wait(entrant, line, attempt, signal);
  }

  /** Makes a message the bus's that is kept, or refuses it; then its sender is told. */
  kept(keeping: Keeping, error?: unknown): void {
    const { entrant } = keeping;
    this.#reserve(entrant, -1);
    if (error !== undefined) {
      this.#giveBack(entrant);
      return keeping.refuse(error);
    }
    this.#options.acceptance.accept(entrant);
    if (isForNobody(entrant)) this.#release(entrant);
    keeping.accept(entrant.envelope.head);
  }

  #tryLater(
    entrant: Entrant,
    line: WaitLine,
    signal?: AbortSignal | LateSignal,
  ): Decision {
    const attempt = (ticket: number) => this.#attempt(entrant, ticket);
    const { request } = entrant;
    const givenUp = signal ?? (request && endOf(request));
    return this.#wait(entrant, line, attempt, givenUp);
  }

  #wait(
    entrant: Entrant,
    line: WaitLine,
    attempt: Attempt,
    signal?: AbortSignal | LateSignal,
  ): Decision {
    const waited = this.#options.gate.wait(line, attempt, signal);
    return Decision.of(
      waited.then(() => toPromise(entrant.routed ?? entrant.envelope.head)),
    );
  }

  #attempt(entrant: Entrant, ticket: number): WaitLine | undefined {
    this.checkOpen();
    const { router, directory } = this.#options;
    const { request } = entrant;
    if (request?.ended) {
      throw givenUp();
    }
    if (ticket !== NEWCOMER && this.#isMadeAgain(entrant)) return undefined;
    const { head } = entrant.sent;
    const plan = router.plan(head);
    entrant.plan = plan;
    entrant.envelope = entrant.sent;
    if (ticket !== NEWCOMER) {
      // It has waited: its time of accept is now.
      const timestamp = this.#options.clock.now();
      entrant.envelope = entrant.envelope.stamped(timestamp);
    }
    if (plan && plan.priority !== head.priority) {
      entrant.envelope = entrant.envelope.with({ priority: plan.priority });
    }
    entrant.recipients = findRecipients(entrant.envelope, plan, directory);
    const { missing } = entrant.recipients;
    if (request && missing !== undefined) {
      this.#options.counters.unserved.add(missing);
      const text = directory.get(missing)
        ? answersNobody(missing, head.topic)
        : nobodyServes(missing, directory);
      throw new BusError("no_recipient", text, {
        messageId: head.id,
      });
    }
    return this.#take(entrant, ticket);
  }

  /** One that came before the store was read may have been made in an earlier process: then it adds nothing. */
  #isMadeAgain(entrant: Entrant): boolean {
    const id = entrant.sends && this.#options.findSend(entrant);
    if (id === undefined) return false;
    entrant.routed = { id };
    return true;
  }

  /** Takes room for every copy, then goes on; or tells where to wait. */
  #take(entrant: Entrant, ticket: number): WaitLine | undefined {
    const mailboxes = mailboxesOf(entrant.recipients);
    const { envelope } = entrant;
    const { backpressure, keeper } = this.#options;
    entrant.copies = mailboxes.length;
    // A dead letter takes the room of a copy until it is kept.
    if (isForNobody(entrant) && keeper?.concerns(envelope)) entrant.copies = 1;
    const line = this.#isStoppedFor(entrant)
      ? backpressure.line
      : lineInFrontOf(entrant, mailboxes, ticket, backpressure);
    if (line) return line;
    backpressure.acquire(entrant.copies, entrant.copies * envelope.bytes);
    // Here, not when the sender's promise is next looked at: nobody may slip in between.
    entrant.routed = this.#pass(entrant);
    return undefined;
  }

  /** While the dead letters are full nothing comes in but what leaves them; before the store is read, nothing at all. */
  #isStoppedFor({ failedAs }: Entrant): boolean {
    const { keeper, isStopped } = this.#options;
    if (keeper && !keeper.isOpen) return true;
    return failedAs === undefined && isStopped();
  }

  /** Runs the rules' handlers, those of the sender's messages one after the other, then accepts. */
  #pass(entrant: Entrant): Decision | undefined {
    const { envelope, plan } = entrant;
    const isAlone = this.#routing.size === 0 ||
      !this.#routing.has(envelope.head.sender);
    if (!isAlone || (plan && plan.handlers.length > 0)) {
      return this.#runHandlers(entrant);
    }
    return this.#accept(entrant);
  }

  /** Makes it the bus's: at once, or when it is kept if it outlives the process. */
  #accept(entrant: Entrant): Decision | undefined {
    const { keeper, acceptance } = this.#options;
    if (keeper?.concerns(entrant.envelope)) return this.#keep(entrant, keeper);
    acceptance.accept(entrant);
    return undefined;
  }

  #keep(entrant: Entrant, keeper: Keeper): Decision {
    // That a dead letter is all that comes of it is not worth a try while it cannot be kept.
    const problem = isForNobody(entrant) ? keeper.trouble : keeper.overflow;
    if (problem) {
      this.#giveBack(entrant);
      return Decision.refused(problem);
    }
    this.#reserve(entrant, 1);
    const { acceptance } = this.#options;
    try {
      entrant.letters = acceptance.letters(entrant, entrant.replay?.id);
      return keeper.keep(entrant, this);
    } catch (error) {
      this.#reserve(entrant, -1);
      this.#giveBack(entrant);
      return Decision.refused(error);
    }
  }

  #giveBack(entrant: Entrant): void {
    for (const letter of entrant.letters ?? []) {
      this.#options.office.discard(letter);
    }
    this.#release(entrant);
  }

  #release({ copies, envelope }: Entrant): void {
    this.#options.backpressure.release(copies, copies * envelope.bytes);
  }

  #runHandlers(entrant: Entrant): Decision | undefined {
    const { envelope, plan } = entrant;
    const { sender } = envelope.head;
    const handlers = plan?.handlers ?? [];
    const before = this.#routing.get(sender);
    let message: Message | undefined;
    const run = () =>
      runRuleHandlers(handlers, () => message ??= envelope.message);
    const outcome = before ? before.then(run) : run();
    if (!(outcome instanceof Promise)) {
      return this.#passed(entrant, outcome);
    }
    this.#reserve(entrant, 1);
    // Whoever comes next waits for this to pass, not to be kept.
    const passed = outcome.then((failure) => {
      this.#reserve(entrant, -1);
      return this.#passed(entrant, failure);
    });
    const settled = passed.catch(() => {}).finally(() => {
      if (this.#routing.get(sender) === settled) this.#routing.delete(sender);
    });
    this.#routing.set(sender, settled);
    return Decision.of(
      passed.then((decision) => toPromise(decision ?? entrant.envelope.head)),
    );
  }

  #reserve({ recipients, copies }: Entrant, count: 1 | -1): void {
    this.#options.backpressure.reserved += count * copies;
    for (const mailbox of mailboxesOf(recipients)) {
      mailbox.reserved += count;
      if (count < 0) mailbox.roomMade();
    }
  }

  #passed(
    entrant: Entrant,
    failure: RuleFailure | undefined,
  ): Decision | undefined {
    const isGivenUp = this.#aborted || entrant.request?.ended === true ||
      entrant.replay?.signal.aborted === true;
    const { envelope } = entrant;
    if (!failure && !isGivenUp) return this.#accept(entrant);
    const { counters, office } = this.#options;
    const { id, recipient } = envelope.head;
    this.#giveBack(entrant);
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
}

/** Whether it makes no copy. */
function isForNobody({ recipients }: Entrant): boolean {
  return mailboxesOf(recipients).length === 0;
}

/** Says that somebody is there who answers no such request, or not yet. */
function answersNobody(name: string, topic: string | undefined): string {
  const what = topic === undefined ? "requests" : `requests about "${topic}"`;
  return `"${name}" is there and answers no ${what}: it must call respond() first, and over a connection that may take a moment`;
}

function draining(): BusError {
  return new BusError(
    "closed",
    "Cannot send message as the bus drains: it finishes what it has, and takes nothing new",
  );
}

function closed(): BusError {
  return new BusError("closed", "Cannot send message as the bus is closed");
}

function givenUp(): BusError {
  return new BusError("cancelled", "Request was given up");
}

/** Aborts when the request has ended; of one that has to wait. */
function endOf(request: OpenRequest): AbortSignal {
  const controller = new AbortController();
  request.onEnded = () => controller.abort(givenUp());
  return controller.signal;
}
