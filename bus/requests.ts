import type { Clock } from "../core/clock.ts";
import type { Deadline, Deadlines } from "../core/deadlines.ts";
import { BusError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { SlotMap } from "../core/slot_map.ts";
import type { Copy } from "./copy.ts";
import type { Envelope, MessageHead } from "./envelope.ts";
import type { PendingRequest } from "./records.ts";

/** Where the reply to a request goes. No method may throw. */
export interface ReplySink {
  /** The whole reply. */
  reply(envelope: Envelope): void;
  /** One piece of a streamed reply. */
  piece(envelope: Envelope): void;
  /** No more pieces. */
  end(): void;
  /** There will be no reply, or no more of it. */
  fail(error: BusError): void;
}

/** What is known of a request before it waits. */
export type OpenRequestInit = Pick<
  OpenRequest,
  "head" | "requestId" | "timeoutMs" | "streams" | "sink"
>;

/** A request that waits for its reply; in the table from its send until it ends, once. */
export class OpenRequest {
  /** The request. */
  readonly head: MessageHead;
  /** Joins the reply to it. */
  readonly requestId: string;
  /** Longest wait for the reply, or for the next piece, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether the requester takes the reply in pieces. */
  readonly streams: boolean;
  /** Where the reply goes. */
  readonly sink: ReplySink;
  /** Since when it waits, by the wall clock. */
  readonly startedAt: number;
  /** The copy that asks, once it is accepted. */
  copy: Copy | undefined;
  /** Pieces that the responder may still send. */
  allowance: number = LIMITS.streamWindow;
  /** Pieces handed over. */
  pieces = 0;
  /** When the wait is over. */
  deadline: Deadline | undefined;
  /** Whether it has ended. */
  ended = false;
  /** Told when it ends, by whoever still works for it. */
  onEnded: (() => void) | undefined;

  /** A request that begins to wait at `startedAt`. */
  constructor(init: OpenRequestInit, startedAt: number) {
    this.head = init.head;
    this.requestId = init.requestId;
    this.timeoutMs = init.timeoutMs;
    this.streams = init.streams;
    this.sink = init.sink;
    this.startedAt = startedAt;
  }
}

/** What a {@linkcode RequestTable} needs. */
export interface RequestTableOptions {
  /** Where time comes from. */
  clock: Clock;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** Takes a copy back that nobody waits for any more. */
  abandon: (copy: Copy, cause: "deadline" | "cancelled") => void;
}

/** Who waits for a reply from whom, for whoever looks. */
export interface RequestTracker {
  /** Requests that wait. */
  readonly size: number;
  /** The requests that wait, oldest first. */
  pending(): PendingRequest[];
  /**
   * Ends a request: its requester's promise rejects with `"cancelled"`, and
   * its responder's signal aborts.
   *
   * @returns Whether there was one.
   */
  cancel(requestId: string): boolean;
}

/** Every request of the bus, until it ends. */
export class RequestTable implements RequestTracker {
  readonly #options: RequestTableOptions;
  readonly #open = new SlotMap<string, OpenRequest>();

  /** A table without requests. */
  constructor(options: RequestTableOptions) {
    this.#options = options;
  }

  /** Requests that wait. */
  get size(): number {
    return this.#open.size;
  }

  /** The requests that wait, oldest first. */
  pending(): PendingRequest[] {
    return this.#open.values().map((request) => ({
      requestId: request.requestId,
      messageId: request.head.id,
      sender: request.head.sender,
      recipient: request.head.recipient ?? "",
      topic: request.head.topic,
      correlationId: request.head.correlationId,
      startedAt: request.startedAt,
      deadlineAt: request.startedAt + request.timeoutMs,
      state: request.copy?.state === "leased" ? "in_progress" : "queued",
    }));
  }

  /**
   * Ends a request: its requester's promise rejects with `"cancelled"`, and
   * its responder's signal aborts.
   *
   * @returns Whether there was one.
   */
  cancel(requestId: string): boolean {
    const request = this.#open.get(requestId);
    if (!request) return false;
    this.fail(request, new BusError("cancelled", "Request was cancelled"));
    return true;
  }

  /**
   * Puts a request on the table. Called by the bus.
   *
   * @throws {BusError} With code `"invalid_message"` if one with the same
   * `requestId` waits.
   */
  open(init: OpenRequestInit): OpenRequest {
    const { requestId } = init;
    if (this.#open.get(requestId)) {
      throw new BusError(
        "invalid_message",
        `Cannot send request as another one with the same requestId waits for its reply: "${requestId}"`,
      );
    }
    const startedAt = this.#options.clock.now();
    const request = new OpenRequest(init, startedAt);
    this.#open.set(requestId, request);
    this.#arm(request);
    return request;
  }

  /** Hands the whole reply over. Called by the bus. */
  reply(request: OpenRequest, envelope: Envelope): void {
    if (!this.#end(request)) return;
    if (request.streams) {
      request.sink.piece(envelope);
      request.sink.end();
    } else request.sink.reply(envelope);
  }

  /** Hands one piece over, within what the requester allowed. Called by the bus. */
  piece(request: OpenRequest, envelope: Envelope): void {
    if (!request.streams) {
      this.fail(request, answersInPieces(request));
      return;
    }
    if (request.allowance <= 0) {
      this.fail(
        request,
        new BusError(
          "overflow",
          `Cannot hand over piece as the responder sends more than the ${LIMITS.streamWindow} it may`,
        ),
      );
      return;
    }
    request.allowance--;
    request.pieces++;
    request.sink.piece(envelope);
    // While the responder has to wait for the requester, the wait is not the responder's.
    this.#disarm(request);
    if (request.allowance > 0) this.#arm(request);
  }

  /** The streamed reply is whole. Called by the bus. */
  end(request: OpenRequest): void {
    // A stream without a single piece is one all the same.
    if (!request.streams) this.fail(request, answersInPieces(request));
    else if (this.#end(request)) request.sink.end();
  }

  /** The requester has room for more pieces. Called by the bus. */
  grant(request: OpenRequest, pieces: number): void {
    if (request.ended) return;
    const wasStopped = request.allowance <= 0;
    request.allowance += pieces;
    const lease = request.copy?.lease;
    lease?.attachment.consumer.granted(lease, pieces);
    if (wasStopped) this.#arm(request);
  }

  /** There will be no reply; what asks for it is taken back. Called by the bus. */
  fail(request: OpenRequest, error: BusError): void {
    if (!this.#end(request)) return;
    const { copy } = request;
    if (copy) {
      const isTimeout = error.code === "request_timeout";
      this.#options.abandon(copy, isTimeout ? "deadline" : "cancelled");
    }
    request.sink.fail(error);
  }

  /** Ends every request with an error. Called by the bus. */
  failAll(error: () => BusError): void {
    for (const request of this.#open.values()) this.fail(request, error());
  }

  #arm(request: OpenRequest): void {
    const { clock, deadlines } = this.#options;
    request.deadline = deadlines.add(
      clock.monotonic() + request.timeoutMs,
      () => this.fail(request, timeoutOf(request)),
    );
  }

  #disarm(request: OpenRequest): void {
    if (request.deadline) this.#options.deadlines.remove(request.deadline);
    request.deadline = undefined;
  }

  #end(request: OpenRequest): boolean {
    if (request.ended) return false;
    request.ended = true;
    request.onEnded?.();
    this.#disarm(request);
    this.#open.take(request.requestId);
    if (request.copy) request.copy.request = undefined;
    return true;
  }
}

function answersInPieces({ head }: OpenRequest): BusError {
  return new BusError(
    "remote",
    `Cannot hand over reply as "${head.recipient}" answers in pieces: read it with stream()`,
    { messageId: head.id },
  );
}

function timeoutOf({ head, timeoutMs, copy }: OpenRequest): BusError {
  const state = copy?.state === "leased"
    ? "a responder has it in hand"
    : "no responder has taken it";
  return new BusError(
    "request_timeout",
    `No reply from "${head.recipient}" within ${timeoutMs} ms: ${state}`,
    { messageId: head.id },
  );
}
