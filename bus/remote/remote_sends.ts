import type { Clock } from "../../core/clock.ts";
import type { Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { type Frame, FrameKind } from "../../transports/transport.ts";
import { ownFrame } from "./message_frame.ts";

/** What the parts of a link work with. */
export interface RemotePorts {
  /** Where time comes from. */
  clock: Clock;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** Sends a frame, if there is a connection. */
  write: (sent: Frame) => void;
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
  /** Lets go of the timer and of the signal that bound its wait in line. */
  release?: () => void;
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
    if (isFree) this.#hand(pending);
    else this.#wait(pending, signal);
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
    for (const { sent } of this.#unconfirmed.values()) this.#ports.write(sent);
    this.flush();
  }

  /** Sends what may be sent. */
  flush(): void {
    for (const pending of this.#line) {
      if (this.#credit <= 0 || !this.#ports.writable()) return;
      this.#line.delete(pending);
      pending.release?.();
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
    this.#unconfirmed.delete(id);
    pending?.resolve(DECODER.decode(payload));
  }

  /** The bus has refused an operation. @returns Whether it was a send. */
  refuse(operation: number, error: BusError): boolean {
    const pending = this.#unconfirmed.get(operation);
    this.#unconfirmed.delete(operation);
    pending?.reject(error);
    return pending !== undefined;
  }

  /** Refuses everything that is not confirmed. */
  failAll(reason: () => BusError): void {
    for (const pending of [...this.#unconfirmed.values(), ...this.#line]) {
      pending.release?.();
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
    } else pending.resolve(pending.id);
  }

  #wait(pending: PendingSend, signal?: AbortSignal): void {
    const { clock, deadlines, timeoutMs } = this.#ports;
    const leave = (reason: unknown) => {
      pending.release?.();
      this.#line.delete(pending);
      pending.reject(reason);
    };
    const onAbort = () => leave(signal?.reason);
    const deadline = deadlines.add(
      clock.monotonic() + timeoutMs,
      () => leave(this.#refusal(timeoutMs)),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
    pending.release = () => {
      deadlines.remove(deadline);
      signal?.removeEventListener("abort", onAbort);
    };
    this.#line.add(pending);
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
