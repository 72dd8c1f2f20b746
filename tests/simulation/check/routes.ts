import type { RoutingRuleInfo } from "../../../mod.ts";
import type { Call, Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import type { ToldLine } from "./copies.ts";
import { Presence } from "./presence.ts";
import { type Route, routeOf, standsFor } from "./route_oracle.ts";
import { StepLines } from "./step_lines.ts";
import { Tokens } from "./tokens.ts";

type Rules = readonly RoutingRuleInfo[];

/** A message that was accepted, with what was told of it at once. */
interface Arrival {
  readonly line: ToldLine;
  readonly message: MessageFacts;
  readonly mailboxes: readonly string[];
  /** The rules that it may have passed. */
  readonly rules: readonly (Rules | "unknown")[];
  /** Agents that were not there to get a copy. */
  readonly missing: string[];
  readonly wasLetter: boolean;
  end: Route["end"];
}

/** One life of a bus: its rules, and who is there. */
class Router {
  readonly presence = new Presence();
  /** The last holds now; those before while messages may be on their way that have passed them. */
  rules: (Rules | "unknown")[] = [[]];
  /** Messages that have a letter, and were not accepted. */
  readonly refused = new Set<string>();
  arrival: Arrival | undefined;
  /** Until when a message may be on its way in that has passed rules before. */
  busyUntilMs = -Infinity;

  /** Other rules hold from now on. */
  change(rules: Rules | "unknown", atMs: number): void {
    if (this.busyUntilMs === Infinity) this.busyUntilMs = atMs + QUEUE_MS;
    const runsHandlers = rules !== "unknown" &&
      rules.some(({ handler, enabled }) => enabled && handler !== undefined);
    if (runsHandlers) this.busyUntilMs = Infinity;
    this.rules.push(rules);
  }

  /** A step is over: what no message can have passed any more is forgotten. */
  settle({ reserved, atMs }: Line & { type: "gauges" }): void {
    const isBusy = reserved > 0 || atMs < this.busyUntilMs;
    this.presence.settle(isBusy);
    if (!isBusy) this.rules.splice(0, this.rules.length - 1);
  }
}

/** How long messages of one sender may stand behind each other, while the handlers of rules run for one at a time. */
const QUEUE_MS = 5_000;

/**
 * Routing: each message goes to those it is for, and is changed as the rules
 * say that hold as it comes, in their order, and by no other (P4). Who a
 * message is for is checked as far as the bus tells who is there.
 */
export class RouteChecker implements Checker {
  readonly laws = ["P4"];
  readonly #routers = new Map<string, Router>();
  readonly #calls = new Tokens<Call>();
  readonly #steps = new StepLines((lines) => this.#judgeStep(lines));

  /** Looks at the next line. */
  take(line: Line): void {
    if (line.type === "called") this.#calls.add(line.what.token, line.what);
    const isOfBus = line.type === "told" || line.type === "rules" ||
      line.type === "gauges" || line.type === "bus_started" ||
      line.type === "bus_ended";
    if (isOfBus) this.#steps.take(line);
  }

  /** Judges the last step. */
  end(): void {
    this.#steps.end();
  }

  #judgeStep(lines: readonly Line[]): void {
    let rules: (Line & { type: "rules" })[] | undefined;
    for (const line of lines) {
      if (line.type === "rules") (rules ??= []).push(line);
    }
    for (const line of lines) this.#takeInStep(line, rules, lines);
    for (const router of this.#routers.values()) this.#conclude(router);
  }

  #takeInStep(
    line: Line,
    changes: (Line & { type: "rules" })[] | undefined,
    lines: readonly Line[],
  ): void {
    switch (line.type) {
      case "bus_started":
        this.#routers.set(line.bus, new Router());
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#routers.delete(line.bus);
        return;
      case "gauges": {
        const router = this.#routers.get(line.bus);
        if (!router) return;
        this.#conclude(router);
        router.settle(line);
        return;
      }
      case "told": {
        const router = this.#routers.get(line.bus);
        if (!router) return;
        if (line.event.type === "rules_changed") {
          this.#conclude(router);
          const rules = rulesAfter(line, changes, lines);
          router.change(rules, line.atMs);
        } else this.#told(router, line);
      }
    }
  }

  #told(router: Router, line: ToldLine): void {
    const { event } = line;
    const { arrival } = router;
    switch (event.type) {
      case "message_accepted":
        this.#conclude(router);
        return this.#arrive(router, line, event.message, event.mailboxes);
      case "message_replayed":
        return this.#conclude(router);
      case "message_dropped":
        if (event.messageId !== arrival?.message.id) return;
        if (event.mailbox === undefined && event.reason === "rule") {
          arrival.end = "drop";
        }
        return;
      case "dead_letter_added": {
        if (event.mailbox !== undefined) return;
        if (event.messageId !== arrival?.message.id) {
          router.refused.add(event.messageId);
        } else if (event.reason === "rule") arrival.end = "dead-letter";
        else if (event.reason === "no_recipient") {
          arrival.missing.push(event.agent ?? "");
        }
        return;
      }
      case "dead_letter_removed":
      case "backpressure":
        return;
      default:
        this.#conclude(router);
        router.presence.take(event);
    }
  }

  #arrive(
    router: Router,
    line: ToldLine,
    message: MessageFacts,
    mailboxes: readonly string[],
  ): void {
    // Replies pass no rule.
    const isReply = message.requestId !== undefined &&
      (message.type === "response" || message.type === "error");
    if (isReply) return;
    router.arrival = {
      line,
      message,
      mailboxes,
      rules: [...router.rules],
      missing: [],
      wasLetter: router.refused.has(message.id),
      end: undefined,
    };
  }

  #conclude(router: Router): void {
    const { arrival, presence } = router;
    router.arrival = undefined;
    if (!arrival) return;
    let problem: string | undefined;
    for (const rules of arrival.rules) {
      problem = rules === "unknown"
        ? undefined
        : this.#problemOf(arrival, routeOf(rules, arrival.message), presence);
      if (problem === undefined) return;
    }
    const { line, message } = arrival;
    throw new Violation("P4", `${message.id} ${problem}`, line);
  }

  #problemOf(
    arrival: Arrival,
    route: Route,
    presence: Presence,
  ): string | undefined {
    const { message, end } = arrival;
    const priority = route.priority ?? this.#ownPriority(arrival);
    if (priority !== undefined && message.priority !== priority) {
      return `has priority ${message.priority}, and should have ${priority}`;
    }
    if (end !== route.end) {
      return `came to "${end}" by the rules, and should to "${route.end}"`;
    }
    return wrongCopy(arrival, route, presence) ??
      missingCopy(arrival, route, presence);
  }

  #ownPriority({ message, wasLetter }: Arrival): number | undefined {
    // Before it became a letter, rules may have changed it.
    if (wasLetter) return undefined;
    const call = this.#calls.get(message.token);
    return call && (call.priority ?? 50);
  }
}

/** What holds after a change that the bus tells; told more often than written down, it is known for the last only. */
function rulesAfter(
  line: ToldLine,
  changes: (Line & { type: "rules" })[] | undefined,
  lines: readonly Line[],
): Rules | "unknown" {
  const written = changes?.filter(({ bus }) => bus === line.bus) ?? [];
  const told = lines.filter((one) =>
    one.type === "told" && one.bus === line.bus &&
    one.event.type === "rules_changed"
  );
  const index = told.indexOf(line);
  if (written.length === told.length) return written[index]?.rules ?? "unknown";
  const isLast = index === told.length - 1;
  return (isLast ? written.at(-1)?.rules : undefined) ?? "unknown";
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
      route.republishes.some((topic) => takes(mailbox, topic, presence));
    if (!isWanted) return `went to "${mailbox}", which nothing asked for`;
  }
  for (const agent of missing) {
    const isWanted = route.forwards.includes(agent) ||
      goesItsWay && message.recipient === agent;
    if (!isWanted) return `looked for "${agent}", which nothing asked for`;
    // Somebody of that name need not be a responder.
    const isRequest = message.type === "request" &&
      !route.forwards.includes(agent);
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
          presence.mailbox(one)?.queue === queue)
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
  return topic !== undefined && takes(mailbox, topic, presence);
}

function takes(mailbox: string, topic: string, presence: Presence): boolean {
  const pattern = presence.mailbox(mailbox)?.pattern;
  return pattern !== undefined && standsFor(pattern, topic);
}
