import type { Clock } from "../../core/clock.ts";
import type { Deadline, Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Tasks } from "../../core/tasks.ts";
import {
  frame,
  FrameKind,
  type OutgoingFrame,
  readText,
  type ReceivedFrame,
  Slab,
} from "../../transports/transport.ts";
import { KeptFrame } from "./kept_frame.ts";

/** What the parts of a link work with. */
export interface RemotePorts {
  /** Where time comes from. */
  clock: Clock;
  /** Says when a turn ends. */
  tasks: Tasks;
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
class PendingSend extends KeptFrame {
  /** Its message. */
  readonly messageId: string;
  /** Whether the bus confirms it. */
  readonly requiresAck: boolean;
  /** Tells its sender. */
  readonly answer = Promise.withResolvers<string>();
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
  /** In the order of sending. */
  readonly #unconfirmed = new Map<number, PendingSend>();
  /** A Set keeps the order, and lets one leave from the middle. */
  readonly #line = new Set<PendingSend>();
  readonly #slab = new Slab();
  /** Of all who wait in line, as each waits as long: when the first of them is due, or was. */
  #lineDeadline: Deadline | undefined;
  /** The time of this turn, once somebody has asked. */
  #nowMs: number | undefined;
  #credit = 0;

  /** Nothing is sent yet, and nothing may be. */
  constructor(ports: RemotePorts & { timeoutMs: number }) {
    this.#ports = ports;
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
    for (const pending of this.#unconfirmed.values()) {
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
    for (const pending of this.#unconfirmed.values()) {
      pending.deadline = deadlines.add(
        clock.monotonic() + waitMs,
        () => this.#giveUp(pending, this.#refusal(waitMs)),
      );
    }
  }

  /** Sends what may be sent. */
  flush(): void {
    for (const pending of this.#line) {
      if (this.#credit <= 0 || !this.#ports.writable()) return;
      this.#leaveLine(pending);
      this.#hand(pending);
    }
  }

  /** The bus has confirmed a message, or allows more. */
  take(received: ReceivedFrame): void {
    const { kind, id, aux } = received;
    if (kind === FrameKind.credit) {
      this.#credit += aux;
      return this.flush();
    }
    const pending = this.#unconfirmed.get(id);
    if (!pending) return;
    this.#unconfirmed.delete(id);
    this.#release(pending);
    pending.answer.resolve(messageIdOf(received));
  }

  /** The bus has refused an operation. @returns Whether it was a send. */
  refuse(operation: number, error: BusError): boolean {
    const pending = this.#unconfirmed.get(operation);
    if (!pending) return false;
    this.#unconfirmed.delete(operation);
    this.#release(pending);
    pending.answer.reject(error);
    return true;
  }

  /** Refuses everything that is not confirmed. */
  failAll(reason: () => BusError): void {
    for (const pending of [...this.#unconfirmed.values(), ...this.#line]) {
      this.#release(pending);
      pending.answer.reject(reason());
    }
    this.#unconfirmed.clear();
    for (const pending of this.#line) this.#leaveLine(pending);
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
    pending.dueAtMs = this.#now() + this.#ports.timeoutMs;
    this.#line.add(pending);
    this.#lineDeadline ??= this.#watch(pending);
  }

  /** One deadline for the whole line: it looks again at the first as long as there is one. */
  #watch({ dueAtMs }: PendingSend): Deadline {
    return this.#ports.deadlines.add(dueAtMs, () => {
      this.#lineDeadline = undefined;
      const { timeoutMs, clock } = this.#ports;
      for (const pending of this.#line) {
        if (pending.dueAtMs > clock.monotonic()) {
          this.#lineDeadline = this.#watch(pending);
          return;
        }
        this.#giveUp(pending, this.#refusal(timeoutMs));
      }
    });
  }

  #leaveLine(pending: PendingSend): void {
    if (!this.#line.delete(pending) || this.#line.size > 0) return;
    if (this.#lineDeadline) this.#ports.deadlines.remove(this.#lineDeadline);
    this.#lineDeadline = undefined;
  }

  /** Read once a turn: reading the clock takes longer than all else of a wait. */
  #now(): number {
    const { clock, tasks } = this.#ports;
    if (this.#nowMs === undefined) {
      this.#nowMs = clock.monotonic();
      tasks.soon(() => this.#nowMs = undefined);
    }
    return this.#nowMs;
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
    if (this.#unconfirmed.delete(id)) {
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
