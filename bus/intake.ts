import type { Clock } from "../core/clock.ts";
import { BusError, toBusError } from "../core/errors.ts";
import { checkFields } from "../core/message_check.ts";
import type { IdSource } from "../core/random.ts";
import type { DeadLetterReason } from "../dlq/dead_letter.ts";
import type { Replay } from "../dlq/dead_letter_queue.ts";
import {
  type DeadLetterOffice,
  type LetterOrigin,
  outcomeOf,
} from "./dead_letter_office.ts";
import type { Deduplication } from "./deduplication.ts";
import type { Entrance } from "./entrance.ts";
import {
  type Accepted,
  Decision,
  type DecisionListener,
  toPromise,
} from "./decision.ts";
import { toEntrant } from "./entrant.ts";
import type { Envelope } from "./envelope.ts";
import type { LateSignal } from "./late_signal.ts";
import type { OpenRequest, ReplySink, RequestTable } from "./requests.ts";
import type { SendKeys } from "./send_keys.ts";
import type { Counters } from "./stats.ts";
import { type Submission, toEnvelope } from "./submission.ts";

/** What {@linkcode Intake} works with. */
export interface IntakeOptions {
  /** Where time comes from. */
  clock: Clock;
  /** Where ids come from. */
  ids: IdSource;
  /** What is counted. */
  counters: Counters;
  /** The door, and whether it is open. */
  entrance: Entrance;
  /** Who waits for replies. */
  requests: RequestTable;
  /** Where what cannot be delivered goes. */
  office: DeadLetterOffice;
  /** Which sends were made before. */
  deduplication: Deduplication;
  /** Largest payload, in bytes. */
  maxMessageBytes: number;
  /** Whether it is kept which sends were made. */
  keepsSends: boolean;
}

/** How a request waits for its reply. */
export interface RequestInit {
  /** Longest wait for the reply, or for the next piece, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether the reply is taken in pieces. */
  readonly streams: boolean;
  /** Where the reply goes. */
  readonly sink: ReplySink;
}

/**
 * The way into the bus up to its door: what was submitted is checked, made a
 * message of, and known again where it was made before.
 */
export class Intake {
  readonly #options: IntakeOptions;
  /** Counts the sends that are refused after a wait. */
  readonly #count: DecisionListener;
  /** One for all, as it is called for every message. */
  readonly #enterKnown = (envelope: Envelope, signal?: LateSignal) =>
    this.#enterReceived(envelope, signal, this.#sendsOf(envelope.head, true));

  /** Lets nothing in yet. */
  constructor(options: IntakeOptions) {
    this.#options = options;
    const { counters } = options;
    this.#count = {
      accepted: () => {},
      refused: () => void counters.refused++,
    };
  }

  /**
   * Takes a message in.
   *
   * @returns What was accepted, at once or when there is room and its rules have run.
   * @throws {BusError} If it is refused; nothing is enqueued then.
   */
  submit(submission: Submission): Accepted | Decision {
    const { counters } = this.#options;
    try {
      this.#options.entrance.checkOpen();
      checkFields(submission.fields);
      return this.#watched(this.#submitOnce(submission));
    } catch (error) {
      counters.refused++;
      throw error;
    }
  }

  /** Takes in what came over a connection, as {@linkcode Intake.submit} does; what its head says is checked. */
  submitReceived(
    envelope: Envelope,
    signal?: LateSignal,
  ): Accepted | Decision {
    const { counters, deduplication, entrance } = this.#options;
    try {
      entrance.checkOpen();
      if (!envelope.head.requiresAck) {
        return this.#watched(this.#enterReceived(envelope, signal));
      }
      return this.#watched(
        deduplication.submitReceived(envelope, signal, this.#enterKnown),
      );
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
  request(submission: Submission, how: RequestInit): OpenRequest {
    try {
      this.#options.entrance.checkOpen();
      checkFields(submission.fields);
      return this.#openRequest(this.#prepare(submission), how);
    } catch (error) {
      this.#options.counters.refused++;
      throw error;
    }
  }

  /** Takes in a request that came over a connection, as {@linkcode Intake.request} does; what its head says is checked. */
  requestReceived(envelope: Envelope, how: RequestInit): OpenRequest {
    try {
      this.#options.entrance.checkOpen();
      this.#checkSize(envelope);
      return this.#openRequest(envelope, how);
    } catch (error) {
      this.#options.counters.refused++;
      throw error;
    }
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
    const { envelope, mailbox, cut } = origin;
    const { signal } = replay;
    if (cut) {
      throw new BusError(
        reason === "too_large" ? reason : "storage",
        "Cannot replay message as only a part of it was kept",
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
      origin,
      failedAs,
      replay,
    });
    const { entrance } = this.#options;
    const accepted = mailbox
      ? entrance.enterMailbox(entrant, mailbox, signal)
      : entrance.enter(entrant, signal);
    return (await toPromise(accepted)).id;
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

  /** Counts a send that is refused after a wait. */
  #watched(accepted: Accepted | Decision): Accepted | Decision {
    if (accepted instanceof Decision) accepted.tell(this.#count);
    return accepted;
  }

  #openRequest(envelope: Envelope, how: RequestInit): OpenRequest {
    const { entrance, requests } = this.#options;
    const { head } = envelope;
    const requestId = head.requestId ?? head.id;
    const { timeoutMs, streams, sink } = how;
    const init = { head, requestId, timeoutMs, streams, sink };
    const request = requests.open(init);
    try {
      const accepted = entrance.enter(toEntrant(envelope, request));
      if (accepted instanceof Decision) this.#failLater(request, accepted);
    } catch (error) {
      this.#fail(request, error);
    }
    return request;
  }

  #failLater(request: OpenRequest, decision: Decision): void {
    decision.tell({
      accepted: () => {},
      refused: (error) => this.#fail(request, error),
    });
  }

  #fail(request: OpenRequest, error: unknown): void {
    this.#options.counters.refused++;
    this.#options.requests.fail(request, toBusError(error));
  }

  #submitOnce(submission: Submission): Accepted | Decision {
    const { deduplication } = this.#options;
    return deduplication.concerns(submission)
      ? this.#submitKnown(submission)
      : this.#submitAnew(submission);
  }

  /** One that may have been made before. */
  #submitKnown(submission: Submission): Accepted | Decision {
    const { deduplication } = this.#options;
    const { id, fields } = submission;
    const sends = this.#sendsOf(fields, id !== undefined);
    return deduplication.submit(
      submission,
      () => this.#submitAnew(submission, sends),
    );
  }

  /** What is kept of a send beside its message, where anything is; whether its client has given it an id is said. */
  #sendsOf(
    fields: Submission["fields"],
    isGiven: boolean,
  ): SendKeys | undefined {
    const { keepsSends, deduplication } = this.#options;
    return keepsSends ? deduplication.keysOf(fields, isGiven) : undefined;
  }

  #enterReceived(
    envelope: Envelope,
    signal?: LateSignal,
    sends?: SendKeys,
  ): Accepted | Decision {
    this.#checkSize(envelope);
    const entrant = toEntrant(envelope, undefined);
    entrant.sends = sends;
    return this.#options.entrance.enter(entrant, signal);
  }

  #submitAnew(
    submission: Submission,
    sends?: SendKeys,
  ): Accepted | Decision {
    const entrant = toEntrant(this.#prepare(submission), undefined);
    entrant.sends = sends;
    return this.#options.entrance.enter(entrant, submission.signal);
  }

  /** Makes a message of what was submitted, unless it is too large or late already. */
  #prepare(submission: Submission): Envelope {
    const { counters, office } = this.#options;
    const envelope = toEnvelope(submission, this.#options);
    this.#checkSize(envelope);
    const { head } = envelope;
    if (head.ttlMs !== 0) return envelope;
    const detail = "Cannot send message as its time to live has ended: 0 ms";
    const agent = head.recipient;
    office.file({ envelope, reason: "expired", detail, agent });
    counters.expired++;
    throw new BusError("expired", detail, { messageId: head.id });
  }

  #checkSize(envelope: Envelope): void {
    const { bytes } = envelope;
    if (bytes <= this.#options.maxMessageBytes) return;
    throw this.#refuseTooLarge(envelope, bytes);
  }

  #refuseTooLarge(envelope: Envelope, bytes: number): BusError {
    const { counters, office, maxMessageBytes } = this.#options;
    const text =
      `Cannot send message as its payload must be at most ${maxMessageBytes} bytes: it has ${bytes} or more`;
    office.fileTooLarge(envelope, text);
    counters.failed++;
    return new BusError("too_large", text, { messageId: envelope.head.id });
  }
}
