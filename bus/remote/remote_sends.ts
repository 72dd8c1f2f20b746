import type { Clock } from "../../core/clock.ts";
import type { Deadline, Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import {
  type Frame,
  frame,
  FrameKind,
  type OutgoingFrame,
} from "../../transports/transport.ts";
import { ownFrame } from "./message_frame.ts";

/** What the parts of a link work with. */
export interface RemotePorts {
  /** Where time comes from. */
  clock: Clock;
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
interface PendingSend {
  readonly sent: Frame;
  readonly id: string;
  readonly requiresAck: boolean;
  readonly resolve: (id: string) => void;
  readonly reject: (reason: unknown) => void;
  /** Bounds its wait in line, or for a connection. */
  deadline?: Deadline;
  /** Lets go of the caller's signal. */
  forget?: () => void;
}

const DECODER = new TextDecoder();

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
  #credit = 0;

  /** Nothing is sent yet, and nothing may be. */
  constructor(ports: RemotePorts & { timeoutMs: number }) {
    this.#ports = ports;
  }

  /** Sends a message, at once or when it is its turn; `sent` is looked at only in the call. */
  send(
    sent: Frame,
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
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const own = ownFrame(sent);
    const pending: PendingSend = {
      sent: own,
      id,
      requiresAck,
      resolve,
      reject,
    };
    this.#listen(pending, signal);
    if (isFree) this.#hand(pending);
    else this.#wait(pending);
    return promise;
  }

  /** Sends a message that nobody waits for and that needs no place. */
  report(sent: Frame): void {
    if (this.#credit === 0) return;
    this.#credit--;
    this.#ports.write(sent);
  }

  /** A new connection: what is not confirmed goes out again, under the same ids, then what waits. */
  resume(sendWindow: number): void {
    this.#credit = sendWindow - this.#unconfirmed.size;
    for (const pending of this.#unconfirmed.values()) {
      this.#stopTimer(pending);
      this.#ports.write(pending.sent);
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
      this.#line.delete(pending);
      this.#stopTimer(pending);
      this.#hand(pending);
    }
  }

  /** The bus has confirmed a message, or allows more. */
  take({ kind, id, aux, payload }: Frame): void {
    if (kind === FrameKind.credit) {
      this.#credit += aux;
      return this.flush();
    }
    const pending = this.#unconfirmed.get(id);
    if (!pending) return;
    this.#unconfirmed.delete(id);
    this.#release(pending);
    pending.resolve(DECODER.decode(payload));
  }

  /** The bus has refused an operation. @returns Whether it was a send. */
  refuse(operation: number, error: BusError): boolean {
    const pending = this.#unconfirmed.get(operation);
    if (!pending) return false;
    this.#unconfirmed.delete(operation);
    this.#release(pending);
    pending.reject(error);
    return true;
  }

  /** Refuses everything that is not confirmed. */
  failAll(reason: () => BusError): void {
    for (const pending of [...this.#unconfirmed.values(), ...this.#line]) {
      this.#release(pending);
      pending.reject(reason());
    }
    this.#unconfirmed.clear();
    this.#line.clear();
  }

  #hand(pending: PendingSend): void {
    this.#credit--;
    this.#ports.write(pending.sent);
    if (pending.requiresAck) {
      this.#unconfirmed.set(pending.sent.id, pending);
      return;
    }
    this.#release(pending);
    pending.resolve(pending.id);
  }

  #stopTimer(pending: PendingSend): void {
    if (pending.deadline) this.#ports.deadlines.remove(pending.deadline);
    pending.deadline = undefined;
  }

  /** Bounds the wait in line. */
  #wait(pending: PendingSend): void {
    const { clock, deadlines, timeoutMs } = this.#ports;
    pending.deadline = deadlines.add(
      clock.monotonic() + timeoutMs,
      () => this.#giveUp(pending, this.#refusal(timeoutMs)),
    );
    this.#line.add(pending);
  }

  /** Lets the caller give a send up, wherever it is. */
  #listen(pending: PendingSend, signal?: AbortSignal): void {
    if (!signal) return;
    const onAbort = () => this.#giveUp(pending, signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    pending.forget = () => signal.removeEventListener("abort", onAbort);
  }

  #giveUp(pending: PendingSend, reason: unknown): void {
    const { id } = pending.sent;
    // The bus may have accepted it all the same: its answer was on the way.
    if (this.#unconfirmed.delete(id)) {
      this.#ports.write(frame(FrameKind.cancel, { id }));
    }
    this.#line.delete(pending);
    this.#release(pending);
    pending.reject(reason);
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
