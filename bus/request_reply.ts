import type { Message } from "../core/message.ts";
import { BusError } from "../core/errors.ts";
import type { MessageFields } from "../core/message_check.ts";
import type { Body } from "./consumer.ts";
import type { Intake } from "./intake.ts";
import type { Link, RequestHandle } from "./link.ts";
import type { ReplySink, RequestTable } from "./requests.ts";

/**
 * Sends a request and waits for the one reply.
 *
 * @throws {BusError} If it is refused, fails, or is not answered in time; the
 * `reason` of `signal`, and the work is cancelled.
 */
export async function requestReply<R>(
  link: Pick<Link, "request">,
  fields: MessageFields,
  body: Body,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<Message<R>> {
  const { promise, resolve, reject } = Promise.withResolvers<Message<R>>();
  const handle = link.request(fields, body, { timeoutMs, streams: false }, {
    reply: (envelope) => {
      try {
        resolve(envelope.message as Message<R>);
      } catch (error) {
        reject(error);
      }
    },
    // A reply in pieces is refused by the bus before it gets here.
    piece: () => {},
    end: () => {},
    fail: reject,
  });
  if (!signal) return await promise;
  const onAbort = () => {
    // First, so that the caller gets the signal's reason and not the cancel's.
    reject(signal.reason);
    handle.cancel();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
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
