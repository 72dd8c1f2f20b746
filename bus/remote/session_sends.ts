import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { checkAddress, type MessageFields } from "../../core/message_check.ts";
import {
  BareFrame,
  frame,
  type FrameChannel,
  FrameFlag,
  FrameKind,
  type ReceivedFrame,
  type Slab,
} from "../../transports/transport.ts";
import { type Accepted, Decision, type DecisionListener } from "../decision.ts";
import type { Engine } from "../engine.ts";
import type { LateSignal } from "../late_signal.ts";
import { encodeJson, toFailure } from "./protocol.ts";
import { readSubmission } from "./submission_frame.ts";
import type { SubmissionReader } from "./submission_reader.ts";

/** Sends are confirmed in batches of a quarter of the window, so that neither side waits for a single one. */
const CREDIT_BATCH = LIMITS.sendWindow / 4;
const ENCODER = new TextEncoder();

/** What sends of a session work with. */
type Parts =
  & Pick<Engine, "backpressure" | "clock" | "counters" | "intake" | "pace">
  & {
    /** The agent that sends. */
    name: string;
    /** Reads most of what it sends. */
    reader: SubmissionReader;
    /** Keeps the rest. */
    slab: Slab;
  };

/** What a client sends, and what it is told of it. */
export class SessionSends {
  readonly #channel: FrameChannel;
  readonly #parts: Parts;
  /** Sends that wait for room, and how to give them up. */
  #waiting: Map<number, AbortController> | undefined;
  #acceptedFrame: BareFrame | undefined;
  #unconfirmed = 0;
  #toConfirm = 0;
  /** Told of sends that are not answered: one for all. */
  readonly #unanswered: DecisionListener = {
    accepted: () => this.#confirm(),
    refused: () => this.#confirm(),
  };

  /** Nothing was sent yet. */
  constructor(channel: FrameChannel, parts: Parts) {
    this.#channel = channel;
    this.#parts = parts;
  }

  /**
   * Takes a message in; whatever is wrong with it, the client is told.
   *
   * @throws {BusError} With code `"protocol"` if it sends more than it may.
   */
  take(received: ReceivedFrame): void {
    if (++this.#unconfirmed > LIMITS.sendWindow) {
      throw new BusError(
        "protocol",
        `Cannot take message as at most ${LIMITS.sendWindow} may be unconfirmed`,
      );
    }
    const { id, flags } = received;
    const send = (flags & FrameFlag.requiresAck) === 0
      ? undefined
      : new AnsweredSend(id, this);
    const listener = send ?? this.#unanswered;
    let accepted: Accepted | Decision;
    try {
      accepted = this.#submit(received, send);
    } catch (error) {
      return listener.refused(error);
    }
    if (accepted instanceof Decision) accepted.tell(listener);
    else listener.accepted(accepted);
  }

  /** The sender has given up one that waits. */
  cancel(id: number): void {
    this.#waiting?.get(id)?.abort(givenUp());
  }

  /** The signal that {@linkcode SessionSends.cancel} aborts. */
  signalOf(id: number): AbortSignal {
    this.#waiting ??= new Map();
    const controller = this.#waiting.get(id) ?? new AbortController();
    this.#waiting.set(id, controller);
    return controller.signal;
  }

  /** Says that a send was accepted, and under which id if that is not its own. */
  accepted({ id, own }: AnsweredSend, accepted: Accepted): void {
    this.#waiting?.delete(id);
    // Ids are made a text only where they have to be compared.
    if (accepted === own || accepted.id === own?.id) {
      this.#acceptedFrame ??= new BareFrame(FrameKind.accepted);
      this.#acceptedFrame.id = id;
      this.#channel.send(this.#acceptedFrame);
    } else {
      const payload = ENCODER.encode(accepted.id);
      this.#channel.send(frame(FrameKind.accepted, { id, payload }));
    }
    this.#confirm();
  }

  /** Says that a send was refused, and why. */
  refused({ id }: AnsweredSend, error: unknown): void {
    this.#waiting?.delete(id);
    const payload = encodeJson(toFailure(error));
    this.#channel.send(frame(FrameKind.refused, { id, payload }));
    this.#confirm();
  }

  /** Submits a message; only a sender that waits for the answer can give up the wait for room. */
  #submit(
    received: ReceivedFrame,
    send: AnsweredSend | undefined,
  ): Accepted | Decision {
    const { clock, intake, reader } = this.#parts;
    const envelope = reader.read(received, clock.now());
    if (!envelope) return this.#submitSlowly(received, send);
    if (send) send.own = envelope;
    return intake.submitReceived(envelope, send);
  }

  /** Submits what has to be read field by field. */
  #submitSlowly(
    received: ReceivedFrame,
    signal: LateSignal | undefined,
  ): Accepted | Decision {
    const { counters, intake, name, slab } = this.#parts;
    const submission = counters.orRefuse(() => {
      const read = readSubmission(received, name, slab);
      checkSendable(read.fields);
      return read;
    });
    const { aux } = received;
    if (aux > 0) {
      counters.refused++;
      throw intake.tooLarge(submission, aux);
    }
    return intake.submit({ ...submission, signal });
  }

  /** One send is decided: its place in the window is free again. */
  #confirm(): void {
    this.#unconfirmed--;
    this.#toConfirm++;
    // Once for each opening: what is confirmed while it waits opens with the rest.
    if (this.#toConfirm !== CREDIT_BATCH) return;
    const { backpressure, pace } = this.#parts;
    if (!backpressure.crowded) return this.#openWindow();
    // Whoever takes what waits goes first.
    pace.pause().then(this.#openWindow);
  }

  readonly #openWindow = (): void => {
    this.#channel.send(frame(FrameKind.credit, { aux: this.#toConfirm }));
    this.#toConfirm = 0;
  };
}

/** A send whose sender waits for the answer, and may give up a wait for room. */
class AnsweredSend implements DecisionListener, LateSignal {
  /** The number of its operation. */
  readonly id: number;
  /** What it is where nothing else was made of it; unknown of one that was read field by field. */
  own: Accepted | undefined;
  readonly #sends: SessionSends;

  constructor(id: number, sends: SessionSends) {
    this.id = id;
    this.own = undefined;
    this.#sends = sends;
  }

  get signal(): AbortSignal {
    return this.#sends.signalOf(this.id);
  }

  accepted(accepted: Accepted): void {
    this.#sends.accepted(this, accepted);
  }

  refused(error: unknown): void {
    this.#sends.refused(this, error);
  }
}

function checkSendable(fields: MessageFields): void {
  const { type } = fields;
  if (type === "publish") return checkAddress(fields);
  // Without a recipient it is a broadcast.
  if (type === "direct") return;
  throw new BusError(
    "invalid_message",
    `Cannot send message as its type must be "direct" or "publish": current value is "${type}"`,
  );
}

function givenUp(): BusError {
  return new BusError("cancelled", "The sender has given the message up");
}
