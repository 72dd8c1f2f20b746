import type { RoutingRuleInfo } from "../../../mod.ts";
import type { ConsumerFacts, Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Consumers, type HeldConsumer } from "./consumers.ts";
import { KnownCalls } from "./known_calls.ts";
import { routeOf, standsFor } from "./route_oracle.ts";

type ToldLine = Line & { readonly type: "told" };

/** One life of a bus: what is known of who is there. */
class Life {
  /** Whose a subscription's mailbox is, and for what. */
  readonly subscriptions: Map<string, { agent: string; pattern: string }> =
    new Map();
  /** The mailboxes of subscriptions that are told apart by nothing else. */
  readonly known: Map<string, Set<string>> = new Map();
  /** How many lines there were when an instance of the agent left last. */
  readonly leftAt: Map<string, number> = new Map();
  /** Durable agents of the bus's own process, and how many lines there were when they joined. */
  readonly durable: Map<string, number> = new Map();
  /** Every rule there ever was, each as if it were enabled: a message may pass it long before it is accepted. */
  readonly rules: Map<string, RoutingRuleInfo> = new Map();
  /** Messages of letters that are back: of one, a rule may have made what is sent again. */
  readonly left: Set<string> = new Set();
  /** How many lines there were when it began. */
  readonly startedAt: number;
  /** The message accepted last, if it had no copy. */
  nowhere: MessageFacts | undefined;

  constructor(startedAt: number) {
    this.startedAt = startedAt;
  }
}

/**
 * Who has subscribed before a publish begins, and is there when it is accepted,
 * gets one copy of it, of each group one; a broadcast goes to everybody there
 * but its sender; and what nobody takes is dropped, or dead if it must not be.
 * What depends on rules is left to those who check them.
 */
export class Topics implements Checker {
  readonly laws = ["S5"];
  readonly #calls = new KnownCalls();
  readonly #consumers = new Consumers();
  readonly #lives = new Map<string, Life>();

  take(line: Line): void {
    this.#calls.take(line);
    this.#consumers.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, new Life(this.#consumers.now));
        return;
      case "bus_ended":
        this.#lives.delete(line.bus);
        return;
      case "joined": {
        const durable = this.#lives.get(line.bus)?.durable;
        if (!line.durable || !line.local || durable?.has(line.agent)) return;
        durable?.set(line.agent, this.#consumers.now);
        return;
      }
      case "rules": {
        const rules = this.#lives.get(line.bus)?.rules;
        for (const one of line.rules) {
          rules?.set(one.id, { ...one, enabled: true, final: false });
        }
        return;
      }
      case "handling":
        return this.#handling(line);
      case "told": {
        const life = this.#lives.get(line.bus);
        if (life) this.#told(life, line);
      }
    }
  }

  end(): void {}

  #told(life: Life, line: ToldLine): void {
    const { event } = line;
    switch (event.type) {
      case "subscribed": {
        const { agent, mailbox, pattern } = event;
        life.subscriptions.set(mailbox, { agent, pattern });
        const key = keyOfMailbox(mailbox, life);
        const known = life.known.get(key) ?? new Set();
        // Of a group, whatever its patterns, one takes each message.
        life.known.set(
          key,
          known.add(key.startsWith("queue ") ? key : mailbox),
        );
        return;
      }
      case "agent_left":
        life.leftAt.set(event.agent, this.#consumers.now);
        return;
      case "message_accepted":
        return this.#accepted(life, event.message, event.mailboxes, line);
      case "dead_letter_restored":
        life.left.add(event.messageId);
        return;
      case "message_dropped":
        return checkNowhere(life, event, "dropped", line);
      case "dead_letter_added":
        return checkNowhere(life, event, "dead", line);
    }
  }

  #accepted(
    life: Life,
    message: MessageFacts,
    mailboxes: readonly string[],
    line: ToldLine,
  ): void {
    const { type, recipient, topic } = message;
    const isBroadcast = type === "direct" && recipient === undefined;
    life.nowhere = undefined;
    if (new Set(mailboxes).size < mailboxes.length) {
      fail(`${message.id} has two copies in one mailbox: ${mailboxes}`, line);
    }
    if (!isBroadcast && type !== "publish") return;
    if (life.left.has(message.id)) return;
    if (mailboxes.length === 0) life.nowhere = message;
    const route = routeOf([...life.rules.values()], message);
    const mayGoElsewhere = route.end !== undefined ||
      route.forwards.length > 0 ||
      route.republishes.length > 0;
    // A token that was sent twice does not tell when it was.
    const [call, another] = this.#calls.of(message.token);
    if (!call || another || mayGoElsewhere) return;
    const arrival = { message, mailboxes, calledAt: call.calledAt, line };
    if (isBroadcast) this.#checkBroadcast(life, arrival);
    else this.#checkPublish(life, arrival, topic ?? "");
  }

  #checkPublish(life: Life, arrival: Arrival, topic: string): void {
    const wanted = new Map<string, number>();
    for (const held of this.#consumers.held.values()) {
      const { facts } = held;
      if (facts.kind !== "topic") continue;
      if (!wasThere(held, life, arrival.calledAt)) continue;
      if (!standsFor(facts.pattern ?? "", topic)) continue;
      const key = keyOf(facts);
      const count = (wanted.get(key) ?? 0) + 1;
      // One may have been attached to a bus that has died since.
      wanted.set(key, Math.min(count, life.known.get(key)?.size ?? 0));
    }
    const got = new Map<string, number>();
    for (const mailbox of arrival.mailboxes) {
      const key = keyOfMailbox(mailbox, life);
      const count = (got.get(key) ?? 0) + 1;
      got.set(key, count);
      if (count > 1 && key.startsWith("queue ")) {
        const { message: { id }, line } = arrival;
        fail(`${id} goes to the group of ${key} ${count} times`, line);
      }
    }
    checkAll(wanted, got, arrival);
  }

  #checkBroadcast(life: Life, arrival: Arrival): void {
    const { message: { id, sender }, mailboxes, calledAt, line } = arrival;
    if (mailboxes.includes(`direct ${sender}`)) {
      fail(`${id} is a broadcast of ${sender}, and goes to ${sender}`, line);
    }
    const wanted = new Map<string, number>();
    for (const [agent, joinedAt] of life.durable) {
      if (joinedAt < calledAt) wanted.set(`direct ${agent}`, 1);
    }
    for (const held of this.#consumers.held.values()) {
      const { agent, kind } = held.facts;
      if (kind !== "direct") continue;
      if (wasThere(held, life, calledAt)) wanted.set(`direct ${agent}`, 1);
    }
    wanted.delete(`direct ${sender}`);
    const got = new Map(mailboxes.map((mailbox) => [mailbox, 1]));
    checkAll(wanted, got, arrival);
  }

  /** A subscriber is handed what its pattern stands for. */
  #handling(line: Line & { type: "handling" }): void {
    const { id, topic } = line.message;
    const facts = this.#consumers.facts.get(line.consumer);
    if (facts?.kind !== "topic") return;
    const { pattern = "", agent } = facts;
    if (standsFor(pattern, topic)) return;
    fail(`${agent} handles ${id} of "${topic}" for its "${pattern}"`, line);
  }
}

interface Arrival {
  readonly message: MessageFacts;
  readonly mailboxes: readonly string[];
  /** How many lines there were when it was sent. */
  readonly calledAt: number;
  readonly line: ToldLine;
}

/** Whether the bus has known a consumer without a break since before the call. */
function wasThere(
  { beganAt, attachedAt, facts: { agent } }: HeldConsumer,
  { startedAt, leftAt }: Life,
  calledAt: number,
): boolean {
  // Word that it is attached may be on the way while its connection is lost.
  return attachedAt !== undefined && attachedAt < calledAt &&
    beganAt > startedAt && beganAt > (leftAt.get(agent) ?? 0);
}

/** What makes subscriptions one; those of one agent to one pattern are told apart by their number alone. */
function keyOf({ agent, pattern, queue, durable }: ConsumerFacts): string {
  if (queue !== undefined) return `queue ${queue}`;
  if (durable !== undefined) return `durable ${agent} ${durable}`;
  return `private ${agent} ${pattern}`;
}

function keyOfMailbox(mailbox: string, { subscriptions }: Life): string {
  const [kind = "", name = ""] = mailbox.split(" ");
  if (kind === "queue") return `queue ${name}`;
  if (kind !== "private" && kind !== "local") return mailbox;
  const { agent = "", pattern = "" } = subscriptions.get(mailbox) ?? {};
  return `private ${agent} ${pattern}`;
}

function checkAll(
  wanted: ReadonlyMap<string, number>,
  got: ReadonlyMap<string, number>,
  { message: { id }, line }: Arrival,
): void {
  for (const [key, count] of wanted) {
    const copies = got.get(key) ?? 0;
    if (copies >= count) continue;
    fail(`${id} has ${copies} copies for "${key}", which are ${count}`, line);
  }
}

/** What nobody takes is dropped, unless it requires an ack. */
function checkNowhere(
  { nowhere, rules }: Life,
  { messageId, mailbox, reason }: {
    messageId: string;
    mailbox?: string;
    reason: string;
  },
  end: "dropped" | "dead",
  line: Line,
): void {
  if (mailbox !== undefined || nowhere?.id !== messageId) return;
  if (rules.size > 0) return;
  const isRight = reason === "no_subscriber" &&
    nowhere.requiresAck === (end === "dead");
  if (isRight) return;
  fail(`${messageId} found nobody, and is ${end} by ${reason}`, line);
}

function fail(text: string, line: Line): never {
  throw new Violation("S5", text, line);
}
