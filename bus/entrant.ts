import type { Replay } from "../dlq/dead_letter_queue.ts";
import type { RoutePlan } from "../router/route_plan.ts";
import type { Admitted } from "./acceptance.ts";
import type { Envelope } from "./envelope.ts";
import type { FinalOutcome, MessageRecord } from "./history.ts";
import type { Target } from "./recipients.ts";
import type { OpenRequest } from "./requests.ts";

/** A message on its way in. */
export interface Entrant extends Admitted {
  /** As it was sent; what the rules make of it is made anew each time they are asked. */
  readonly sent: Envelope;
  envelope: Envelope;
  plan: RoutePlan | undefined;
  targets: readonly Target[];
  /** Its id, once it is let in: at once, or when its rules have run. */
  accepted: string | Promise<string>;
}

/** A message that stands at the way in. */
export function toEntrant(
  envelope: Envelope,
  request: OpenRequest | undefined,
  letter?: {
    record: MessageRecord | undefined;
    failedAs: FinalOutcome;
    replay: Replay;
  },
): Entrant {
  return {
    sent: envelope,
    envelope,
    request,
    record: letter?.record,
    failedAs: letter?.failedAs,
    replay: letter?.replay,
    plan: undefined,
    targets: [],
    accepted: "",
  };
}
