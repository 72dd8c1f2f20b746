import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { NumberTable } from "../../core/number_table.ts";
import {
  frame,
  FrameFlag,
  FrameKind,
  type OutgoingFrame,
  type ReceivedFrame,
  Slab,
} from "../../transports/transport.ts";
import { type Envelope, WholeEnvelope } from "../envelope.ts";
import type { RequestHandle } from "../link.ts";
import type { ReplySink } from "../requests.ts";
import { CommonDeadline } from "./common_deadline.ts";
import { KeptFrame } from "./kept_frame.ts";
import { MessageReader } from "./message_reader.ts";
import { fromFailure } from "./protocol.ts";
import type { RemotePorts } from "./remote_sends.ts";

interface Waiting {
  /** Its number among the client's operations. */
  readonly operation: number;
  readonly sink: ReplySink;
  readonly timeoutMs: number;
  /** When its time is over, by the monotonic clock. */
  readonly dueAtMs: number;
}

/** The requests of a client that wait for their reply. */
export class RemoteRequests {
  readonly #ports: RemotePorts;
  readonly #waiting = new NumberTable<Waiting>();
  /** Those that the connection has no room for yet. */
  readonly #held = new Map<number, KeptFrame>();
  readonly #slab = new Slab();
  readonly #messages = new MessageReader();
  readonly #deadline: CommonDeadline;

  /** Nobody waits yet. */
  constructor(ports: RemotePorts) {
    this.#ports = ports;
    this.#deadline = new CommonDeadline(ports.deadlines, () => this.#endDue());
  }

  /**
   * Sends a request. Without a connection it fails at once.
   *
   * @throws {BusError} With code `"overflow"` if too many wait.
   */
  open(
    sent: OutgoingFrame,
    { timeoutMs, streams }: { timeoutMs: number; streams: boolean },
    sink: ReplySink,
  ): RequestHandle {
    const { turnClock, connected, writable, write } = this.#ports;
    const operation = sent.id;
    if (!connected()) {
      const text = "Cannot send request as there is no connection to the bus";
      sink.fail(new BusError("unreachable", text));
    } else if (this.#waiting.size >= LIMITS.maxOpenRequests) {
      const text =
        `Cannot send request as ${LIMITS.maxOpenRequests} wait for their reply`;
      sink.fail(new BusError("overflow", text));
    } else {
      // The bus keeps the time too; this end does so for a bus that hangs. How
      // long a stream may pause hangs on both ends, so that is the bus's alone.
      const dueAtMs = streams ? Infinity : turnClock.now() + timeoutMs;
      const waiting = { operation, sink, timeoutMs, dueAtMs };
      this.#waiting.set(operation, waiting);
      this.#deadline.include(dueAtMs);
      if (this.#held.size === 0 && writable()) write(sent);
      else this.#held.set(operation, new KeptFrame(sent, this.#slab));
    }
    return {
      cancel: (error) => this.#end(operation, error ?? cancelled()),
      grant: (pieces) => {
        if (!this.#waiting.get(operation)) return;
        write(frame(FrameKind.grant, { id: operation, aux: pieces }));
      },
    };
  }

  /** Sends what may be sent. */
  flush(): void {
    for (const [operation, sent] of this.#held) {
      if (!this.#ports.writable()) return;
      this.#held.delete(operation);
      this.#ports.write(sent);
    }
  }

  /** A reply has come, or a part of one. */
  take(received: ReceivedFrame): void {
    const { id, kind } = received;
    // Whoever gave up does not hear of it any more.
    const sink = this.#waiting.get(id)?.sink;
    if (!sink) return;
    if (kind === FrameKind.piece) return sink.piece(this.#envelopeOf(received));
    this.#forget(id);
    if (kind === FrameKind.reply) sink.reply(this.#envelopeOf(received));
    else if (kind === FrameKind.end) sink.end();
    else sink.fail(fromFailure(received.payload));
  }

  /** There will be no replies. */
  failAll(reason: () => BusError): void {
    for (const { operation, sink } of this.#waiting.inOrder()) {
      this.#forget(operation);
      sink.fail(reason());
    }
  }

  #end(operation: number, error: BusError): void {
    const waiting = this.#waiting.get(operation);
    if (!waiting) return;
    const isHeld = this.#held.has(operation);
    this.#forget(operation);
    if (!isHeld) this.#ports.write(frame(FrameKind.cancel, { id: operation }));
    waiting.sink.fail(error);
  }

  #envelopeOf(received: ReceivedFrame): Envelope {
    const message = this.#messages.read(received);
    const { payloadBytes } = received;
    if (!this.#messages.failure) {
      return WholeEnvelope.ofMessage(message, payloadBytes);
    }
    // Its reader is to fail by itself: from bytes of its own, as these are read over.
    const { payload: _, attempt: __, ...head } = message;
    const binary = (received.flags & FrameFlag.binary) !== 0;
    const bytes = received.payload.slice();
    return WholeEnvelope.ofBytes(head, { bytes, binary });
  }

  /** Fails those whose time is over. @returns When that of the next one is. */
  #endDue(): number {
    const now = this.#ports.clock.monotonic();
    let nextMs = Infinity;
    for (const { operation, timeoutMs, dueAtMs } of this.#waiting.inOrder()) {
      if (dueAtMs <= now) this.#end(operation, timedOut(timeoutMs));
      else nextMs = Math.min(nextMs, dueAtMs);
    }
    // One that has failed may have had the others given up.
    return this.#waiting.size === 0 ? Infinity : nextMs;
  }

  #forget(operation: number): void {
    this.#waiting.take(operation);
    this.#held.delete(operation);
    if (this.#waiting.size === 0) this.#deadline.clear();
  }
}

function cancelled(): BusError {
  return new BusError("cancelled", "Request was cancelled");
}

function timedOut(timeoutMs: number): BusError {
  return new BusError(
    "request_timeout",
    `No reply came over the connection within ${timeoutMs} ms`,
  );
}
