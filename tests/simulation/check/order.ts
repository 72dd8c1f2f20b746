import type { Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { type KnownCall, KnownCalls } from "./known_calls.ts";

/** A message that one life of a bus has accepted. */
interface Accepted {
  readonly sender: string;
  readonly priority: number;
  /** Place in the order of accepting. */
  readonly seq: number;
  /** Mailboxes where its copies were not handed out yet. */
  readonly mailboxes: Set<string>;
}

/** One life of a bus. */
class Life {
  readonly accepted: Map<string, Accepted> = new Map();
  /** By mailbox, sender and priority: the place of the copy handed out last for the first time. */
  readonly lanes: Map<string, number> = new Map();
  /** By instance, address and mailbox: the newest of the calls whose messages are accepted. */
  readonly newest: Map<string, KnownCall> = new Map();
  seq = 0;
}

/**
 * Between one sender and one mailbox, messages of one priority are handed out
 * for the first time in the order of their accepting; and what a program sends
 * to one address, one after the other, is accepted in that order, also over a
 * connection that is lost and made again.
 */
export class Order implements Checker {
  readonly laws = ["O1", "O3", "O5"];
  readonly #calls = new KnownCalls();
  readonly #lives = new Map<string, Life>();

  take(line: Line): void {
    this.#calls.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, new Life());
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#lives.delete(line.bus);
        return;
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
        if (!life.accepted.has(id)) {
          for (const mailbox of mailboxes) {
            this.#checkCalls(message, mailbox, life, line);
          }
        }
        life.accepted.set(id, {
          sender,
          priority,
          seq: ++life.seq,
          mailboxes: new Set(mailboxes),
        });
        return;
      }
      case "delivery_started":
        if (event.attempt === 1) start(life, event, line);
        return;
      case "message_dropped":
      case "dead_letter_added": {
        const { messageId, mailbox } = event;
        if (mailbox === undefined) return;
        life.accepted.get(messageId)?.mailboxes.delete(mailbox);
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
    const { what: { instance, recipient, topic } } = call;
    const lane = `${instance} ${recipient ?? ""} ${topic ?? ""} ${mailbox}`;
    const newest = life.newest.get(lane);
    if (newest && newest.calledAt > call.calledAt) {
      const { resolvedAt = Infinity } = call;
      const isAfter = resolvedAt < newest.calledAt;
      throw new Violation(
        isAfter ? "O3" : "O5",
        `${id} of call ${call.what.call} is accepted after that of call ${newest.what.call}`,
        line,
      );
    }
    life.newest.set(lane, call);
  }
}

/** Whether its place among the calls of its program counts. Requests have a way of their own; a dead letter has had its turn. */
function hasOrder({ what, code }: KnownCall): boolean {
  const { verb, deduplicationId } = what;
  if (deduplicationId !== undefined || code === "routing_failed") return false;
  return verb === "send" || verb === "publish" || verb === "broadcast";
}

function start(
  { accepted, lanes }: Life,
  { messageId, mailbox }: { messageId: string; mailbox: string },
  line: Line,
): void {
  const message = accepted.get(messageId);
  // One that is sent again from the dead letters has lost its place.
  if (!message?.mailboxes.delete(mailbox)) return;
  const { sender, priority, seq } = message;
  const lane = `${mailbox} ${sender} ${priority}`;
  const last = lanes.get(lane) ?? 0;
  lanes.set(lane, seq);
  if (last < seq) return;
  const text =
    `${messageId} of ${sender} is handed out of "${mailbox}" after one that was accepted later`;
  throw new Violation("O1", text, line);
}
