import type { RoutePlan } from "../router/route_plan.ts";
import type { Admitted } from "./acceptance.ts";
import type { Envelope } from "./envelope.ts";
import type { FinalOutcome, MessageRecord } from "./history.ts";
import type { Target } from "./recipients.ts";
import type { OpenRequest } from "./requests.ts";

/** A message on its way in. */
export interface Entrant extends Admitted {
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
  record?: MessageRecord,
  failedAs?: FinalOutcome,
): Entrant {
  return {
    envelope,
    request,
    record,
    failedAs,
    plan: undefined,
    targets: [],
    accepted: "",
  };
}
