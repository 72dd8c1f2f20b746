import type { Deadline } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
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
import { KeptFrame } from "./kept_frame.ts";
import { MessageReader } from "./message_reader.ts";
import { fromFailure } from "./protocol.ts";
import type { RemotePorts } from "./remote_sends.ts";

interface Waiting {
  readonly sink: ReplySink;
  readonly deadline: Deadline | undefined;
}

/** The requests of a client that wait for their reply. */
export class RemoteRequests {
  readonly #ports: RemotePorts;
  readonly #waiting = new Map<number, Waiting>();
  /** Those that the connection has no room for yet. */
  readonly #held = new Map<number, KeptFrame>();
  readonly #slab = new Slab();

  readonly #messages = new MessageReader();

  /** Nobody waits yet. */
  constructor(ports: RemotePorts) {
    this.#ports = ports;
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
    const { clock, deadlines, connected, writable, write } = this.#ports;
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
      const deadline = streams ? undefined : deadlines.add(
        clock.monotonic() + timeoutMs,
        () => this.#end(operation, timedOut(timeoutMs)),
      );
      this.#waiting.set(operation, { sink, deadline });
      if (this.#held.size === 0 && writable()) write(sent);
      else this.#held.set(operation, new KeptFrame(sent, this.#slab));
    }
    return {
      cancel: (error) => this.#end(operation, error ?? cancelled()),
      grant: (pieces) => {
        if (!this.#waiting.has(operation)) return;
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
    const { id, kind, payload } = received;
    // Whoever gave up does not hear of it any more.
    const sink = this.#waiting.get(id)?.sink;
    if (!sink) return;
    if (kind === FrameKind.piece) return sink.piece(this.#envelopeOf(received));
    this.#forget(id);
    if (kind === FrameKind.reply) sink.reply(this.#envelopeOf(received));
    else if (kind === FrameKind.end) sink.end();
    else sink.fail(fromFailure(payload));
  }

  /** There will be no replies. */
  failAll(reason: () => BusError): void {
    for (const [operation, { sink }] of [...this.#waiting]) {
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

  #forget(operation: number): void {
    const deadline = this.#waiting.get(operation)?.deadline;
    if (deadline) this.#ports.deadlines.remove(deadline);
    this.#waiting.delete(operation);
    this.#held.delete(operation);
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
