import type { RoutePlan } from "../router/route_plan.ts";
import type { Directory } from "./directory.ts";
import type { Envelope } from "./envelope.ts";
import type { Mailbox } from "./mailbox.ts";

/** A copy that is to be made: of which message, and for whom. */
export interface Target {
  /** The message, with what a rule changed of it. */
  readonly envelope: Envelope;
  /** Where it waits; without one, nobody is there to take it. */
  readonly mailbox: Mailbox | undefined;
  /** The agent's name, where nobody is there. */
  readonly missing?: string;
}

/** Every copy that a message makes now: its own recipients', then what the rules add. */
export function resolveTargets(
  envelope: Envelope,
  plan: RoutePlan | undefined,
  directory: Directory,
): Target[] {
  const targets: Target[] = [];
  if (!plan?.end) addOwn(targets, envelope, directory);
  if (!plan) return targets;
  for (const recipient of plan.forwards) {
    const mailbox = directory.direct(recipient);
    const isMissed = targets.some(({ missing }) => missing === recipient);
    if (mailbox ? has(targets, mailbox) : isMissed) continue;
    targets.push({
      envelope: envelope.with({ recipient }),
      mailbox,
      missing: recipient,
    });
  }
  for (const topic of plan.republishes) {
    const copy = envelope.with({ topic, recipient: undefined });
    for (const mailbox of directory.subscriptions(topic)) {
      if (!has(targets, mailbox)) targets.push({ envelope: copy, mailbox });
    }
  }
  return targets;
}

/** However many ways lead to a mailbox, a message takes one. */
function has(
  targets: readonly Target[],
  mailbox: Mailbox | undefined,
): boolean {
  return mailbox !== undefined &&
    targets.some((target) => target.mailbox === mailbox);
}

function addOwn(
  targets: Target[],
  envelope: Envelope,
  directory: Directory,
): void {
  const { head } = envelope;
  const { recipient, topic } = head;
  if (head.type === "request") {
    const mailbox = directory.responder(recipient ?? "", topic);
    targets.push({ envelope, mailbox, missing: recipient });
  } else if (recipient !== undefined) {
    const mailbox = directory.direct(recipient);
    targets.push({ envelope, mailbox, missing: recipient });
  } else {
    // A direct message without a recipient is a broadcast.
    const mailboxes = head.type === "direct"
      ? directory.othersThan(head.sender)
      : directory.subscriptions(topic ?? "");
    for (const mailbox of mailboxes) targets.push({ envelope, mailbox });
  }
}
