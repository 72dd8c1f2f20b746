import type { RoutePlan } from "../router/route_plan.ts";
import type { Directory } from "./directory.ts";
import type { Envelope } from "./envelope.ts";
import type { Mailbox } from "./mailbox.ts";

/** A copy that a rule adds: of which message, and for whom. */
export interface Target {
  /** The message, with what the rule changed of it. */
  readonly envelope: Envelope;
  /** Where it waits; without one, nobody is there to take it. */
  readonly mailbox: Mailbox | undefined;
  /** The agent's name, where nobody is there. */
  readonly missing?: string;
}

/** Every copy that a message makes. */
export interface Recipients {
  /** Where its own recipients' copies wait. */
  readonly own: readonly Mailbox[];
  /** The one agent it is for, if nobody is there to take it. */
  readonly missing: string | undefined;
  /** What the rules add. */
  readonly added: readonly Target[];
}

/** For nobody. */
export const NOBODY: Recipients = { own: [], missing: undefined, added: [] };

/** Every copy that a message makes now: its own recipients', then what the rules add. */
export function findRecipients(
  envelope: Envelope,
  plan: RoutePlan | undefined,
  directory: Directory,
): Recipients {
  const own = plan?.end ? NOBODY : ownRecipients(envelope, directory);
  if (!plan || plan.forwards.length + plan.republishes.length === 0) return own;
  const added: Target[] = [];
  const isTaken = (mailbox: Mailbox) =>
    own.own.includes(mailbox) || added.some((one) => one.mailbox === mailbox);
  for (const recipient of plan.forwards) {
    const mailbox = directory.direct(recipient);
    // However many ways lead to a mailbox, a message takes one.
    if (mailbox ? isTaken(mailbox) : own.missing === recipient) continue;
    added.push({
      envelope: envelope.with({ recipient }),
      mailbox,
      missing: recipient,
    });
  }
  for (const topic of plan.republishes) {
    const copy = envelope.with({ topic, recipient: undefined });
    for (const mailbox of directory.subscriptions(topic)) {
      if (!isTaken(mailbox)) added.push({ envelope: copy, mailbox });
    }
  }
  return { own: own.own, missing: own.missing, added };
}

/** Every mailbox that a copy goes to. */
export function mailboxesOf({ own, added }: Recipients): readonly Mailbox[] {
  if (added.length === 0) return own;
  return [...own, ...added.flatMap(({ mailbox }) => mailbox ?? [])];
}

function ownRecipients(
  { head: { type, sender, recipient, topic } }: Envelope,
  directory: Directory,
): Recipients {
  if (type === "request") {
    const mailbox = directory.responder(recipient ?? "", topic);
    return mailbox?.alone ?? missing(recipient);
  }
  if (recipient !== undefined) {
    return directory.direct(recipient)?.alone ?? missing(recipient);
  }
  // A direct message without a recipient is a broadcast.
  const own = type === "direct"
    ? directory.othersThan(sender)
    : directory.subscriptions(topic ?? "");
  return { own, missing: undefined, added: NOBODY.added };
}

function missing(recipient = ""): Recipients {
  return { own: NOBODY.own, missing: recipient, added: NOBODY.added };
}
