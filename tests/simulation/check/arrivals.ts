import type { RoutingRuleInfo } from "../../../mod.ts";
import type { MessageFacts } from "../history.ts";
import type { ToldLine } from "./copy.ts";
import type { Presence } from "./presence.ts";
import { type Route, standsFor } from "./route_oracle.ts";

/** The rules that hold, in the order they are looked at. */
export type Rules = readonly RoutingRuleInfo[];

/** A message that was accepted, with what was told of it at once. */
export interface Arrival {
  readonly line: ToldLine;
  readonly message: MessageFacts;
  readonly mailboxes: readonly string[];
  /** The rules that it may have passed. */
  readonly rules: readonly (Rules | "unknown")[];
  /** Agents that were not there to get a copy. */
  readonly missing: string[];
  wasLetter: boolean;
  end: Route["end"];
}

/** What is wrong with where a message went, if it should go by this route. */
export function misdirection(
  arrival: Arrival,
  route: Route,
  presence: Presence,
): string | undefined {
  return wrongCopy(arrival, route, presence) ??
    missingCopy(arrival, route, presence);
}

/** A copy, or a letter for want of a recipient, that nothing asks for. */
function wrongCopy(
  { message, mailboxes, missing }: Arrival,
  route: Route,
  presence: Presence,
): string | undefined {
  const goesItsWay = route.end === undefined;
  for (const mailbox of mailboxes) {
    const isWanted = goesItsWay && isOwn(mailbox, message, presence) ||
      route.forwards.some((agent) => mailbox === `direct ${agent}`) ||
      route.republishes.some((topic) => presence.takes(mailbox, topic));
    if (!isWanted) return `went to "${mailbox}", which nothing asked for`;
  }
  for (const agent of missing) {
    const isWanted = route.forwards.includes(agent) ||
      goesItsWay && message.recipient === agent;
    if (!isWanted) return `looked for "${agent}", which nothing asked for`;
    // Somebody of that name need not be a responder, and may get what a rule passes on.
    const isForwarded = route.forwards.includes(agent) &&
      !mailboxes.includes(`direct ${agent}`);
    const isRequest = message.type === "request" && !isForwarded;
    if (!isRequest && presence.isThere(agent)) {
      return `missed "${agent}", who is there`;
    }
  }
  return undefined;
}

function missingCopy(
  { message, mailboxes, missing }: Arrival,
  route: Route,
  presence: Presence,
): string | undefined {
  const { type, recipient, topic } = message;
  const agents = [...route.forwards];
  const topics = [...route.republishes];
  if (route.end === undefined) {
    if (type === "request") {
      const isThere = mailboxes.some((one) => isOwn(one, message, presence));
      const isMissed = recipient !== undefined && missing.includes(recipient);
      if (!isThere && !isMissed) {
        return `did not go to a responder of "${recipient}"`;
      }
    } else if (recipient !== undefined) agents.push(recipient);
    else if (type !== "direct" && topic !== undefined) topics.push(topic);
  }
  for (const agent of agents) {
    const isDone = mailboxes.includes(`direct ${agent}`) ||
      missing.includes(agent);
    if (!isDone) return `did not go to "${agent}"`;
  }
  for (const topic of topics) {
    for (const { name, queue } of presence.surelyFor(topic)) {
      const isDone = mailboxes.some((one) =>
        one === name || (queue !== undefined &&
          presence.queueOf(one) === queue)
      );
      if (!isDone) return `did not go to "${name}", which takes "${topic}"`;
    }
  }
  return undefined;
}

/** Whether a mailbox is one the message is for, rules aside. */
function isOwn(
  mailbox: string,
  { type, sender, recipient, topic }: MessageFacts,
  presence: Presence,
): boolean {
  if (type === "request") {
    const general = `requests ${recipient}`;
    return mailbox === general || mailbox.startsWith(`${general} `) &&
        standsFor(mailbox.slice(general.length + 1), topic);
  }
  if (recipient !== undefined) return mailbox === `direct ${recipient}`;
  if (type === "direct") {
    return mailbox.startsWith("direct ") && mailbox !== `direct ${sender}`;
  }
  return topic !== undefined && presence.takes(mailbox, topic);
}
