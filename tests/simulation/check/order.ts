import type { RoutingRuleInfo } from "../../../mod.ts";
import type { BusSettings, Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { type KnownCall, KnownCalls } from "./known_calls.ts";

/** A message that one life of a bus has accepted. */
interface Accepted {
  readonly sender: string;
  readonly priority: number;
  /**
   * Of copies that were not handed out yet, by mailbox, the place in the order
   * of accepting: one that was sent again may be back beside one that was not.
   * `undefined` where several may be, as nobody can tell which is handed out.
   */
  readonly places: Map<string, number | undefined>;
}

/** One life of a bus. */
class Life {
  readonly accepted: Map<string, Accepted> = new Map();
  /** By mailbox, sender and priority: the place of the copy handed out last for the first time. */
  readonly lanes: Map<string, number> = new Map();
  /** By instance and mailbox: the newest of the calls whose messages are accepted. */
  readonly newest: Map<string, KnownCall> = new Map();
  /** Refused with a letter; if the sender was not told, it has come again. */
  readonly refused: Set<string> = new Set();
  /** How long a sender waits for room before it is refused. */
  readonly waitTimeoutMs: number;
  /** Rules have made copies: a message may have waited for room for one of them. */
  hasCopied = false;
  seq = 0;

  /** What must be handled is accepted when it is kept: later than what is not, if that comes after it. */
  readonly hasStore: boolean;

  constructor(waitTimeoutMs: number, hasStore: boolean) {
    this.waitTimeoutMs = waitTimeoutMs;
    this.hasStore = hasStore;
  }
}

/**
 * Between one sender and one mailbox, messages of one priority are handed out
 * for the first time in the order of their accepting; and what a program sends
 * to one agent is accepted in that order, also over a connection that is lost
 * and made again.
 */
export class Order implements Checker {
  readonly laws = ["O1", "O3", "O5"];
  readonly #calls = new KnownCalls();
  readonly #lives = new Map<string, Life>();
  /** Copies on a store that were handed out: after a restart, that may be forgotten. */
  readonly #started = new Set<string>();

  take(line: Line): void {
    this.#calls.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, lifeOf(line.settings));
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#lives.delete(line.bus);
        return;
      case "rules": {
        const life = this.#lives.get(line.bus);
        if (life && line.rules.some(makesCopies)) life.hasCopied = true;
        return;
      }
      case "told":
        return this.#told(line);
    }
  }

  end(): void {}

  #told(line: Line & { type: "told" }): void {
    const { event } = line;
    const life = this.#lives.get(line.bus);
    if (!life) return;
    switch (event.type) {
      case "message_accepted": {
        const { message, mailboxes } = event;
        const { id, sender, priority } = message;
        const known = life.accepted.get(id);
        if (!known) {
          const [mailbox] = mailboxes;
          if (mailbox !== undefined && !life.hasCopied) {
            this.#checkCalls(message, mailbox, life, line);
          }
        }
        const seq = ++life.seq;
        const places = new Map<string, number | undefined>();
        for (const mailbox of mailboxes) {
          places.set(mailbox, known?.places.has(mailbox) ? undefined : seq);
        }
        for (const [mailbox, place] of known?.places ?? []) {
          if (place === undefined) places.set(mailbox, undefined);
        }
        life.accepted.set(id, { sender, priority, places });
        return;
      }
      case "message_restored": {
        const { message: { id, sender, priority }, mailbox, attempts } = event;
        const { places } = life.accepted.get(id) ?? { places: new Map() };
        life.accepted.set(id, { sender, priority, places });
        if (attempts > 0 || places.has(mailbox)) return;
        const wasStarted = this.#started.has(`${id} ${mailbox}`);
        // What is back comes in the order in which it was kept.
        places.set(mailbox, wasStarted ? undefined : ++life.seq);
        return;
      }
      case "delivery_started":
        if (life.hasStore) {
          this.#started.add(`${event.messageId} ${event.mailbox}`);
        }
        if (event.attempt === 1) start(life, event, line);
        return;
      case "dead_letter_restored":
        // When it comes again, it has lost its place.
        return void life.refused.add(event.messageId);
      case "message_dropped":
      case "dead_letter_added": {
        const { messageId, mailbox } = event;
        if (mailbox === undefined) return void life.refused.add(messageId);
        const places = life.accepted.get(messageId)?.places;
        if (places?.get(mailbox) !== undefined) places.delete(mailbox);
      }
    }
  }

  /** Nothing that was called later, by the same program to the same address, may have come to the mailbox already. */
  #checkCalls(
    { id, token }: MessageFacts,
    mailbox: string,
    life: Life,
    line: Line,
  ): void {
    const calls = this.#calls.of(token);
    const [call] = calls;
    // Of a token that was sent twice, nobody knows which of the two it is.
    if (!call || calls.length > 1 || !hasOrder(call)) return;
    const isSecondTry = life.refused.has(id) ||
      (!call.local && line.atMs >= call.calledMs + life.waitTimeoutMs);
    if (isSecondTry) return;
    const isKept = life.hasStore && call.what.requiresAck;
    const lane = `${call.what.instance} ${mailbox} ${isKept}`;
    const newest = life.newest.get(lane);
    if (newest && newest.calledAt > call.calledAt) {
      const { resolvedAt = Infinity } = call;
      throw new Violation(
        resolvedAt < newest.calledAt ? "O3" : "O5",
        `${id} of call ${call.what.call} is accepted after that of call ${newest.what.call}`,
        line,
      );
    }
    life.newest.set(lane, call);
  }
}

function lifeOf({ waitTimeoutMs, hasStore = false }: BusSettings): Life {
  return new Life(waitTimeoutMs, hasStore);
}

function makesCopies({ action }: RoutingRuleInfo): boolean {
  return action?.kind === "forward" || action?.kind === "republish";
}

/**
 * Whether its place among the calls of its program counts. A publish may wait
 * for room that a later one, to other subscriptions, does not need.
 */
function hasOrder({ what, code }: KnownCall): boolean {
  const { verb, deduplicationId } = what;
  return verb === "send" && deduplicationId === undefined &&
    code !== "routing_failed";
}

function start(
  { accepted, lanes }: Life,
  { messageId, mailbox }: { messageId: string; mailbox: string },
  line: Line,
): void {
  const message = accepted.get(messageId);
  // One that is sent again from the dead letters has lost its place.
  const seq = message?.places.get(mailbox);
  if (!message || seq === undefined) return;
  const { sender, priority, places } = message;
  places.delete(mailbox);
  const lane = `${mailbox} ${sender} ${priority}`;
  const last = lanes.get(lane) ?? 0;
  lanes.set(lane, seq);
  if (last < seq) return;
  const text =
    `${messageId} of ${sender} is handed out of "${mailbox}" after one that was accepted later`;
  throw new Violation("O1", text, line);
}
