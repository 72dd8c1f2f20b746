import type { BusError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { HeldLease, Verdict } from "./consumer.ts";
import type { Envelope } from "./envelope.ts";
import type { Job } from "./handler_runner.ts";
import { type RequestHandle, toReplyBody } from "./link.ts";
import type { ReplySink } from "./requests.ts";

/** Room is given back in batches of half the window, so that neither side waits for a single piece. */
const GRANT = LIMITS.streamWindow / 2;

/** The requester's end of a streamed reply: at most 64 pieces wait in it. */
export class ReplyStream<R> implements ReplySink, AsyncIterableIterator<R> {
  /** The request; set before the first piece can come. */
  handle: RequestHandle | undefined;
  readonly #pieces: Envelope[] = [];
  #consumed = 0;
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  /** The whole reply comes as one piece; never called for a streamed one. */
  reply(envelope: Envelope): void {
    this.piece(envelope);
    this.end();
  }

  /** One piece. */
  piece(envelope: Envelope): void {
    this.#pieces.push(envelope);
    this.#wake?.();
  }

  /** No more pieces. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** No more pieces, for a reason; what has come before can still be read. */
  fail(error: BusError): void {
    this.#error ??= error;
    this.end();
  }

  /** Ends at once, with the given reason: what has come before is not read any more. */
  abort(reason: unknown): void {
    this.#pieces.length = 0;
    this.#error ??= reason;
    this.handle?.cancel();
    this.end();
  }

  /** The next piece. */
  async next(): Promise<IteratorResult<R, undefined>> {
    for (;;) {
      const envelope = this.#pieces.shift();
      if (envelope) {
        this.#grant();
        return { done: false, value: envelope.message.payload as R };
      }
      if (this.#ended) {
        const error = this.#error;
        this.#error = undefined;
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  /** Leaving the loop cancels the work. */
  return(): Promise<IteratorResult<R, undefined>> {
    if (!this.#ended) this.handle?.cancel();
    this.#ended = true;
    this.#error = undefined;
    this.#pieces.length = 0;
    this.#wake?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #grant(): void {
    this.#consumed++;
    if (this.#consumed % GRANT === 0 && !this.#ended) this.handle?.grant(GRANT);
  }
}

/**
 * Sends what a responder yields, piece by piece, within what the requester
 * allows.
 *
 * @throws What the iterable throws.
 */
export async function sendPieces(
  pieces: AsyncIterable<unknown>,
  lease: HeldLease,
  job: Job,
  maxMessageBytes: number,
): Promise<Verdict> {
  // Leaving the loop, when nobody waits any more, ends the responder's generator.
  for await (const piece of pieces) {
    await job.room();
    if (job.isOver) break;
    job.allowance--;
    lease.piece(toReplyBody(piece, maxMessageBytes));
  }
  return { kind: "end" };
}
