import type { Message } from "../core/message.ts";
import { BusError } from "../core/errors.ts";
import type { MessageFields } from "../core/message_check.ts";
import type { Body } from "./consumer.ts";
import type { Envelope } from "./envelope.ts";
import type { Intake } from "./intake.ts";
import type { Link, RequestHandle } from "./link.ts";
import type { ReplySink, RequestTable } from "./requests.ts";

/**
 * Sends a request and waits for the one reply.
 *
 * @returns A promise that rejects if it is refused, fails, or is not answered in
 * time; with the `reason` of `signal`, and the work is cancelled.
 * @throws {BusError} If it is refused at once.
 */
export function requestReply<R>(
  link: Pick<Link, "request">,
  fields: MessageFields,
  body: Body,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<Message<R>> {
  const reply = new AwaitedReply<R>();
  const how = { timeoutMs, streams: false };
  const handle = link.request(fields, body, how, reply);
  return signal ? untilAborted(reply, handle, signal) : reply.promise;
}

async function untilAborted<R>(
  reply: AwaitedReply<R>,
  handle: RequestHandle,
  signal: AbortSignal,
): Promise<Message<R>> {
  const onAbort = () => {
    // First, so that the caller gets the signal's reason and not the cancel's.
    reply.fail(signal.reason);
    handle.cancel();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await reply.promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** The one reply to a request, as a promise. */
class AwaitedReply<R> implements ReplySink {
  readonly promise: Promise<Message<R>>;
  readonly #resolve: (message: Message<R>) => void;
  readonly #reject: (reason: unknown) => void;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<Message<R>>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  reply(envelope: Envelope): void {
    try {
      this.#resolve(envelope.message as Message<R>);
    } catch (error) {
      this.#reject(error);
    }
  }

  // A reply in pieces is refused by the bus before it gets here.
  piece(): void {}
  end(): void {}

  fail(error: unknown): void {
    this.#reject(error);
  }
}

/** Puts a request on the table of the bus and sends it. */
export function openRequest(
  { intake, requests }: { intake: Intake; requests: RequestTable },
  submission: { fields: MessageFields; body: Body; id?: string },
  { timeoutMs, streams }: { timeoutMs: number; streams: boolean },
  sink: ReplySink,
): RequestHandle {
  const request = intake.request(submission, { timeoutMs, streams, sink });
  return {
    cancel: (error = new BusError("cancelled", "Request was cancelled")) =>
      requests.fail(request, error),
    grant: (pieces) => requests.grant(request, pieces),
  };
}
