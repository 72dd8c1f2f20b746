import type { Replay } from "../dlq/dead_letter_queue.ts";
import type { RoutePlan } from "../router/route_plan.ts";
import type { Admitted } from "./acceptance.ts";
import type { Letter, LetterOrigin } from "./dead_letter_office.ts";
import type { Accepted, Decision } from "./decision.ts";
import type { KeptCopy } from "./durable/kept_copy.ts";
import type { Envelope } from "./envelope.ts";
import type { FinalOutcome } from "./message_record.ts";
import { NOBODY, type Recipients } from "./recipients.ts";
import type { OpenRequest } from "./requests.ts";
import type { Claim } from "./room.ts";
import type { KeyedSend, SendKeys } from "./send_keys.ts";

/** A message on its way in. */
export interface Entrant extends Admitted, Claim, KeyedSend {
  /** As it was sent; what the rules make of it is made anew each time they are asked. */
  readonly sent: Envelope;
  envelope: Envelope;
  plan: RoutePlan | undefined;
  recipients: Recipients;
  copies: number;
  /** What becomes of it when its rules have run and it is kept, where that takes its time; or what it was before, if it is made again. */
  routed: Accepted | Decision | undefined;
  /** What tells the send from others, where that has to outlive the process. */
  sends: SendKeys | undefined;
  /** The dead letter that it was. */
  readonly letter: LetterOrigin | undefined;
  kept: readonly KeptCopy[] | undefined;
  letters: readonly Letter[] | undefined;
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
    copies: 0,
    routed: undefined,
    sends: undefined,
    letter: letter?.origin,
    kept: undefined,
    letters: undefined,
  };
}
