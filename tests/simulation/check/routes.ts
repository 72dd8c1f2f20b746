import type { Call, Line, MessageFacts } from "../history.ts";
import { type Arrival, misdirection, type Rules } from "./arrivals.ts";
import { type Checker, Violation } from "./checker.ts";
import type { ToldLine } from "./copy.ts";
import { LeftPatterns } from "./left_patterns.ts";
import { LeftRules } from "./left_rules.ts";
import { Presence } from "./presence.ts";
import { type Route, routeOf } from "./route_oracle.ts";
import { StepLines } from "./step_lines.ts";
import { Tokens } from "./tokens.ts";

type Removed = ToldLine["event"] & { readonly type: "dead_letter_removed" };

/** One life of a bus: its rules, and who is there. */
class Router {
  readonly presence: Presence;
  /** The last holds now; those before while messages may be on their way that have passed them. */
  rules: (Rules | "unknown")[] = [[]];
  /** Messages that have a letter, and were not accepted. */
  readonly refused = new Set<string>();
  /** Letters of an earlier life, each with the mailbox that its copy was in. */
  readonly left = new Map<string, string | undefined>();
  arrival: Arrival | undefined;
  /** Until when a message may be on its way in that has passed rules before. */
  busyUntilMs = -Infinity;

  constructor(left: LeftPatterns | undefined) {
    this.presence = new Presence(left);
  }

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
 * say that hold as it comes, in their order, and by no other (P4); those are
 * there again after a restart. Who a
 * message is for is checked as far as the bus tells who is there.
 */
export class Routes implements Checker {
  readonly laws = ["P4"];
  readonly #routers = new Map<string, Router>();
  readonly #calls = new Tokens<Call>();
  readonly #left = new LeftPatterns();
  readonly #leftRules = new LeftRules();
  readonly #steps = new StepLines((lines) => this.#judgeStep(lines));

  /** Looks at the next line. */
  take(line: Line): void {
    if (line.type === "called") {
      this.#calls.add(line.what.token, line.what);
      this.#leftRules.take(line);
    }
    const isOfBus = line.type === "told" || line.type === "rules" ||
      line.type === "gauges" || line.type === "bus_started" ||
      line.type === "bus_ended";
    if (isOfBus) this.#steps.take(line);
  }

  /** Judges the last step. */
  end(): void {
    this.#steps.end();
    for (const router of this.#routers.values()) this.#conclude(router);
  }

  #judgeStep(lines: readonly Line[]): void {
    let rules: (Line & { type: "rules" })[] | undefined;
    for (const line of lines) {
      if (line.type === "rules") (rules ??= []).push(line);
    }
    for (const line of lines) this.#takeInStep(line, rules, lines);
  }

  #takeInStep(
    line: Line,
    changes: (Line & { type: "rules" })[] | undefined,
    lines: readonly Line[],
  ): void {
    this.#leftRules.take(line);
    switch (line.type) {
      case "bus_started":
        this.#routers.set(
          line.bus,
          new Router(line.settings.hasStore ? this.#left : undefined),
        );
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
        if (changesRules(line)) {
          this.#conclude(router);
          const rules = rulesAfter(line, changes, lines);
          router.change(rules, line.atMs);
          if (line.event.type === "store_opened") {
            this.#leftRules.open(rules, line);
          }
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
      case "dead_letter_restored":
        router.left.set(event.id, event.mailbox);
        return;
      case "dead_letter_removed":
        return this.#leaveLetters(router, event);
      case "backpressure":
        return;
      default:
        this.#conclude(router);
        router.presence.take(event);
    }
  }

  /** What a letter of an earlier life says of a copy goes to its mailbox, past the rules. */
  #leaveLetters(router: Router, { id, messageId, cause }: Removed): void {
    const isKnown = router.left.has(id);
    const mailbox = router.left.get(id);
    router.left.delete(id);
    const { arrival } = router;
    const isIts = cause === "replayed" && arrival?.message.id === messageId;
    if (!isKnown || !isIts) return;
    arrival.wasLetter = true;
    if (mailbox !== undefined) router.arrival = undefined;
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
    return misdirection(arrival, route, presence);
  }

  #ownPriority({ message, wasLetter }: Arrival): number | undefined {
    // Before it became a letter, rules may have changed it.
    if (wasLetter) return undefined;
    const call = this.#calls.get(message.token);
    return call && (call.priority ?? 50);
  }
}

/** Rules come back with the store. */
function changesRules({ event }: ToldLine): boolean {
  return event.type === "rules_changed" || event.type === "store_opened";
}

/** What holds after a change that the bus tells; told more often than written down, it is known for the last only. */
function rulesAfter(
  line: ToldLine,
  changes: (Line & { type: "rules" })[] | undefined,
  lines: readonly Line[],
): Rules | "unknown" {
  const written = changes?.filter(({ bus }) => bus === line.bus) ?? [];
  const told = lines.filter((one) =>
    one.type === "told" && one.bus === line.bus && changesRules(one)
  );
  const index = told.indexOf(line);
  if (written.length === told.length) return written[index]?.rules ?? "unknown";
  const isLast = index === told.length - 1;
  return (isLast ? written.at(-1)?.rules : undefined) ?? "unknown";
}
