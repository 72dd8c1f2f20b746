import type { Replay } from "../dlq/dead_letter_queue.ts";
import type { RoutePlan } from "../router/route_plan.ts";
import type { Admitted } from "./acceptance.ts";
import type { LetterOrigin } from "./dead_letter_office.ts";
import type { KeptCopy } from "./durable/kept_copy.ts";
import type { Envelope, MessageHead } from "./envelope.ts";
import type { FinalOutcome } from "./history.ts";
import { NOBODY, type Recipients } from "./recipients.ts";
import type { OpenRequest } from "./requests.ts";
import type { KeyedSend, SendKeys } from "./send_keys.ts";

/** What was accepted; of bytes that came over a connection, its id is text only once somebody asks. */
export type Accepted = Pick<MessageHead, "id">;

/** A message on its way in. */
export interface Entrant extends Admitted, KeyedSend {
  /** As it was sent; what the rules make of it is made anew each time they are asked. */
  readonly sent: Envelope;
  envelope: Envelope;
  plan: RoutePlan | undefined;
  recipients: Recipients;
  /** Settles when its rules have run and it is kept, where that takes its time. */
  routed: Promise<Accepted> | undefined;
  /** What tells the send from others, where that has to outlive the process. */
  sends: SendKeys | undefined;
  /** The dead letter that it was. */
  readonly letter: LetterOrigin | undefined;
  kept: readonly KeptCopy[] | undefined;
}

/** A message that stands at the way in. */
export function toEntrant(
  envelope: Envelope,
  request: OpenRequest | undefined,
  letter?: {
    origin: LetterOrigin;
    failedAs: FinalOutcome;
    replay: Replay;
  },
): Entrant {
  return {
    sent: envelope,
    envelope,
    request,
    record: letter?.origin.record,
    failedAs: letter?.failedAs,
    replay: letter?.replay,
    plan: undefined,
    recipients: NOBODY,
    routed: undefined,
    sends: undefined,
    letter: letter?.origin,
    kept: undefined,
  };
}

/** The id alone: it may be remembered for longer than what was accepted. */
export function idOf(
  accepted: Accepted | Promise<Accepted>,
): string | Promise<string> {
  return accepted instanceof Promise
    ? accepted.then(({ id }) => id)
    : accepted.id;
}

/** What was accepted under this id. */
export function toAccepted(
  id: string | Promise<string>,
): Accepted | Promise<Accepted> {
  return typeof id === "string" ? { id } : id.then((id) => ({ id }));
}
