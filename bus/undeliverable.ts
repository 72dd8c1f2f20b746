import type { Admitted } from "./acceptance.ts";
import type { LetterInit } from "./dead_letter_office.ts";
import type { Directory } from "./directory.ts";
import type { Envelope } from "./envelope.ts";

/** What becomes of a message, as the rules and those who are there want it. */
export type Planned = Pick<Admitted, "envelope" | "plan" | "recipients">;

/** Whether nothing but copies comes of a message, which goes where it was sent and nowhere else. */
export function isAllDeliverable(
  { recipients: { own, missing, added } }: Planned,
): boolean {
  return own.length > 0 && missing === undefined && added.length === 0;
}

/**
 * The dead letters that a message leaves when it is accepted: one for each
 * recipient who is not there, one where a rule makes it one, and one where
 * nobody listens to its topic although it requires an acknowledgement.
 */
export function lettersOf(
  { envelope, plan, recipients: { own, missing, added } }: Planned,
  directory: Directory,
): LetterInit[] {
  const letters: LetterInit[] = [];
  const nobody = (envelope: Envelope, agent: string) => {
    const detail = nobodyServes(agent, directory);
    letters.push({ envelope, reason: "no_recipient", detail, agent });
  };
  if (missing !== undefined) nobody(envelope, missing);
  for (const { envelope, mailbox, missing = "" } of added) {
    if (!mailbox) nobody(envelope, missing);
  }
  const { requiresAck, recipient: agent } = envelope.head;
  if (plan?.end?.kind === "dead-letter") {
    const detail = `rule "${plan.end.ruleId}": ${plan.end.reason}`;
    letters.push({ envelope, reason: "rule", detail, agent });
  } else if (requiresAck && isUnheard({ plan, own, missing, added })) {
    letters.push({ envelope, reason: "no_subscriber" });
  }
  return letters;
}

/** Why a message that requires no acknowledgement ends with neither a copy nor a letter, if it does. */
export function dropOf(
  { envelope, plan, recipients }: Planned,
): "rule" | "no_subscriber" | undefined {
  if (plan?.end) return plan.end.kind === "drop" ? "rule" : undefined;
  if (envelope.head.requiresAck) return undefined;
  return isUnheard({ plan, ...recipients }) ? "no_subscriber" : undefined;
}

/** Says who is not there, and who is. */
export function nobodyServes(name: string, directory: Directory): string {
  const known = [...directory.entries()].slice(0, 8).map((agent) =>
    `"${agent.name}"`
  );
  const served = known.length > 0 ? known.join(", ") : "no name at all";
  return `nobody serves "${name}"; served are ${served}`;
}

/** Nobody has asked for it, and it names nobody. */
function isUnheard(
  { plan, own, missing, added }:
    & Pick<Planned, "plan">
    & Planned["recipients"],
): boolean {
  return !plan?.end && missing === undefined &&
    own.length + added.length === 0;
}
