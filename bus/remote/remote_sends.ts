import { Chain, type ChainLink } from "../../core/chain.ts";
import type { Clock } from "../../core/clock.ts";
import type { Deadline, Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { NumberTable } from "../../core/number_table.ts";
import {
  frame,
  FrameKind,
  type OutgoingFrame,
  readText,
  type ReceivedFrame,
  Slab,
} from "../../transports/transport.ts";
import { CommonDeadline } from "./common_deadline.ts";
import { KeptFrame } from "./kept_frame.ts";
import type { TurnClock } from "./turn_clock.ts";

/** Who copies sends at all copies many: blocks of them that are few and large. */
const SLAB_BYTES = 64 * 1024;
const COPIES_PER_BLOCK = 128;

/** What the parts of a link work with. */
export interface RemotePorts {
  /** Where time comes from. */
  clock: Clock;
  /** The same clock, as it was when this turn asked first. */
  turnClock: TurnClock;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** Sends a frame, if there is a connection. */
  write: (sent: OutgoingFrame) => void;
  /** Whether there is a connection. */
  connected: () => boolean;
  /** Whether there is one that takes more. */
  writable: () => boolean;
}

/** A send whose sender waits. */
class PendingSend extends KeptFrame implements ChainLink<PendingSend> {
  /** Its message. */
  readonly messageId: string;
  /** Whether the bus confirms it. */
  readonly requiresAck: boolean;
  /** Tells its sender. */
  readonly answer = Promise.withResolvers<string>();
  /** Kept by the line. */
  previous: PendingSend | undefined = undefined;
  /** Kept by the same. */
  next: PendingSend | undefined = undefined;
  /** When its wait in line is over. */
  dueAtMs = 0;
  /** Bounds its wait for a connection. */
  deadline: Deadline | undefined = undefined;
  /** Lets go of the caller's signal. */
  forget: (() => void) | undefined = undefined;

  constructor(
    sent: OutgoingFrame,
    slab: Slab,
    messageId: string,
    requiresAck: boolean,
  ) {
    super(sent, slab);
    this.messageId = messageId;
    this.requiresAck = requiresAck;
  }
}

/**
 * The messages a client sends: as many on the way as the bus allows, the others
 * in line. At-most-once, a send is done when it is handed over; else when the
 * bus has confirmed it, over as many connections as that takes.
 */
export class RemoteSends {
  readonly #ports: RemotePorts & { timeoutMs: number };
  readonly #unconfirmed = new NumberTable<PendingSend>();
  /** In the order of sending. */
  readonly #line = new Chain<PendingSend>();
  readonly #slab = new Slab(SLAB_BYTES, COPIES_PER_BLOCK);
  /** Of all who wait in line. */
  readonly #deadline: CommonDeadline;
  #credit = 0;

  /** Nothing is sent yet, and nothing may be. */
  constructor(ports: RemotePorts & { timeoutMs: number }) {
    this.#ports = ports;
    this.#deadline = new CommonDeadline(ports.deadlines, () => this.#endDue());
  }

  /** Sends a message, at once or when it is its turn; `sent` is looked at only in the call. */
  send(
    sent: OutgoingFrame,
    id: string,
    requiresAck: boolean,
    signal?: AbortSignal,
  ): string | Promise<string> {
    const isFree = this.#line.size === 0 && this.#credit > 0 &&
      this.#ports.writable();
    if (isFree && !requiresAck) {
      this.#credit--;
      this.#ports.write(sent);
      return id;
    }
    if (!isFree && this.#line.size >= LIMITS.maxWaiting) {
      throw this.#refusal(0);
    }
    const pending = new PendingSend(sent, this.#slab, id, requiresAck);
    this.#listen(pending, signal);
    if (isFree) this.#hand(pending);
    else this.#wait(pending);
    return pending.answer.promise;
  }

  /** Sends a message that nobody waits for and that needs no place. */
  report(sent: OutgoingFrame): void {
    if (this.#credit === 0) return;
    this.#credit--;
    this.#ports.write(sent);
  }

  /** A new connection: what is not confirmed goes out again, under the same ids, then what waits. */
  resume(sendWindow: number): void {
    this.#credit = sendWindow - this.#unconfirmed.size;
    for (const pending of this.#sent()) {
      this.#stopTimer(pending);
      this.#ports.write(pending);
    }
    this.flush();
  }

  /**
   * The connection is lost. What is not confirmed waits for the next one, but
   * not as long as the bus remembers it: it would be taken for new.
   */
  suspend(): void {
    const { clock, deadlines, timeoutMs } = this.#ports;
    const waitMs = Math.min(timeoutMs, LIMITS.deduplicationWindowMs / 2);
    this.#credit = 0;
    for (const pending of this.#sent()) {
      pending.deadline = deadlines.add(
        clock.monotonic() + waitMs,
        () => this.#giveUp(pending, this.#refusal(waitMs)),
      );
    }
  }

  /** Sends what may be sent. */
  flush(): void {
    while (this.#credit > 0 && this.#ports.writable()) {
      const { first } = this.#line;
      if (!first) return;
      this.#leaveLine(first);
      this.#hand(first);
    }
  }

  /** The bus has confirmed a message, or allows more. */
  take(received: ReceivedFrame): void {
    const { kind, id, aux } = received;
    if (kind === FrameKind.credit) {
      this.#credit += aux;
      return this.flush();
    }
    if (aux >= LIMITS.maxSettledAtOnce) throw tooMany(aux + 1);
    for (let number = id; number <= id + aux; number++) {
      const pending = this.#unconfirmed.take(number);
      if (!pending) continue;
      this.#release(pending);
      // It is said where it is not the one that the client gave.
      const isOwn = received.payloadBytes === 0;
      const messageId = isOwn ? pending.messageId : messageIdOf(received);
      pending.answer.resolve(messageId);
    }
  }

  /** The bus has refused an operation. @returns Whether it was a send. */
  refuse(operation: number, error: BusError): boolean {
    const pending = this.#unconfirmed.take(operation);
    if (!pending) return false;
    this.#release(pending);
    pending.answer.reject(error);
    return true;
  }

  /** Refuses everything that is not confirmed. */
  failAll(reason: () => BusError): void {
    for (const pending of [...this.#sent(), ...this.#line]) {
      this.#unconfirmed.take(pending.id);
      this.#leaveLine(pending);
      this.#release(pending);
      pending.answer.reject(reason());
    }
  }

  /** Those that are not confirmed, in the order of sending, which is that of ids: numbers begin anew. */
  #sent(): PendingSend[] {
    return this.#unconfirmed.inOrder().sort((one, other) =>
      one.messageId < other.messageId ? -1 : 1
    );
  }

  #hand(pending: PendingSend): void {
    this.#credit--;
    this.#ports.write(pending);
    if (pending.requiresAck) {
      this.#unconfirmed.set(pending.id, pending);
      return;
    }
    this.#release(pending);
    pending.answer.resolve(pending.messageId);
  }

  #stopTimer(pending: PendingSend): void {
    if (pending.deadline) this.#ports.deadlines.remove(pending.deadline);
    pending.deadline = undefined;
  }

  /** Has it wait in line, which is bounded. */
  #wait(pending: PendingSend): void {
    const { turnClock, timeoutMs } = this.#ports;
    pending.dueAtMs = turnClock.now() + timeoutMs;
    this.#line.add(pending);
    this.#deadline.include(pending.dueAtMs);
  }

  /** Refuses those who have waited in line for too long. @returns When the next one has. */
  #endDue(): number {
    const { clock, timeoutMs } = this.#ports;
    const now = clock.monotonic();
    for (const pending of this.#line) {
      // They wait as long as each other, so that the first is due first.
      if (pending.dueAtMs > now) return pending.dueAtMs;
      this.#giveUp(pending, this.#refusal(timeoutMs));
    }
    return Infinity;
  }

  #leaveLine(pending: PendingSend): void {
    this.#line.remove(pending);
    if (this.#line.size === 0) this.#deadline.clear();
  }

  /** Lets the caller give a send up, wherever it is. */
  #listen(pending: PendingSend, signal?: AbortSignal): void {
    if (!signal) return;
    const onAbort = () => this.#giveUp(pending, signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    pending.forget = () => signal.removeEventListener("abort", onAbort);
  }

  #giveUp(pending: PendingSend, reason: unknown): void {
    const { id } = pending;
    // The bus may have accepted it all the same: its answer was on the way.
    if (this.#unconfirmed.take(id)) {
      this.#ports.write(frame(FrameKind.cancel, { id }));
    }
    this.#leaveLine(pending);
    this.#release(pending);
    pending.answer.reject(reason);
  }

  /** Lets go of the timer and of the signal. */
  #release(pending: PendingSend): void {
    this.#stopTimer(pending);
    pending.forget?.();
  }

  #refusal(waitedMs: number): BusError {
    const isConnected = this.#ports.connected();
    const why = isConnected ? "the bus took none" : "there was no connection";
    return new BusError(
      isConnected ? "backpressure_timeout" : "unreachable",
      `Cannot send message as ${why} within ${waitedMs} ms: ${this.#unconfirmed.size} are unconfirmed and ${this.#line.size} wait`,
    );
  }
}

function messageIdOf({ bytes, payloadAt, end }: ReceivedFrame): string {
  try {
    return readText(bytes, payloadAt, end);
  } catch (cause) {
    const text = "Cannot take id of message as it must be UTF-8: it is not";
    throw new BusError("protocol", text, { cause });
  }
}

function tooMany(sends: number): BusError {
  return new BusError(
    "protocol",
    `Cannot take frame as it must accept at most ${LIMITS.maxSettledAtOnce} sends: it says ${sends}`,
  );
}
