import type { AgentInfo } from "../../../mod.ts";
import type { Line } from "../history.ts";
import { Account } from "./account.ts";
import { type Checker, Violation } from "./checker.ts";
import { Consumers } from "./consumers.ts";

type Gauges = Extract<Line, { type: "gauges" }>;
type Shown = Extract<Line, { type: "snapshot" }>;

/** What a life of a bus has, and whose each subscription's mailbox is. */
interface Life {
  readonly account: Account;
  /** Agents, by the mailboxes of the subscriptions that are not shared. */
  readonly owners: Map<string, string>;
}

/**
 * The master law: copies accepted and replayed = copies that wait, are handed
 * out, are acknowledged, dead or dropped; each is in one of these states, and
 * what the bus shows is what it told, in copies and in bytes.
 */
export class Ledger implements Checker {
  readonly laws = ["conservation", "S1", "S6"];
  readonly #lives = new Map<string, Life>();
  readonly #consumers = new Consumers();
  /** Agents that may have something in hand at a consumer that takes nothing more. */
  readonly #detached = new Set<string>();

  take(line: Line): void {
    this.#consumers.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, {
          account: new Account(),
          owners: new Map(),
        });
        return;
      case "told":
        return this.#told(line);
      case "gauges":
        return this.#gauge(line);
      case "snapshot":
        return this.#look(line);
      case "detaching":
        return this.#hide(this.#consumers.facts.get(line.consumer)?.agent);
      case "leaving":
        return this.#hide(this.#consumers.agents.get(line.instance));
      case "quiescent":
        return this.#quiescent(line);
      case "bus_ended":
        // What a killed bus held is gone with it.
        if (line.how !== "closing") this.#lives.delete(line.bus);
    }
  }

  end(): void {}

  #hide(agent: string | undefined): void {
    if (agent !== undefined) this.#detached.add(agent);
  }

  #told(line: Line & { type: "told" }): void {
    const life = this.#lives.get(line.bus);
    if (!life) return;
    const { event } = line;
    if (event.type === "subscribed") {
      const { queue, mailbox, agent } = event;
      if (queue === undefined) life.owners.set(mailbox, agent);
    } else if (event.type === "closed") checkClosed(life.account, line);
    else life.account.book(event, line);
  }

  #gauge(line: Gauges): void {
    const life = this.#lives.get(line.bus);
    if (!life) return;
    const { account } = life;
    account.closeStep(line);
    const { pending, pendingBytes, reserved, waiting, requests } = line;
    for (const figure of [pending, pendingBytes, reserved, waiting, requests]) {
      if (figure >= 0) continue;
      fail(`no figure is ever negative: ${figure}`, line);
    }
    equal("pending copies", pending - reserved, account.count, line);
    // Of what is reserved, the bytes are in the sum but the messages not yet known.
    if (reserved === 0) {
      equal("pending bytes", pendingBytes, account.bytes, line);
    }
  }

  #look(line: Shown): void {
    const life = this.#lives.get(line.bus);
    if (!life) return;
    const { account } = life;
    account.closeStep(line);
    const { stats, backpressure, agents } = line.shown;
    const { pending, reserved } = backpressure;
    equal("pending copies", pending - reserved, account.count, line);
    equal("pending messages", stats.pendingMessages, pending, line);
    const isWhole = reserved === 0;
    const missing = new Set(account.leased.keys());
    for (const agent of agents) {
      missing.delete(agent.name);
      this.#checkInFlight(agent, account, line);
      if (isWhole) checkDepths(agent, life, line);
    }
    for (const agent of missing) {
      if (this.#detached.has(agent)) continue;
      fail(`${agent} has messages in hand, and is not shown`, line);
    }
  }

  #checkInFlight(
    { name, inFlight }: AgentInfo,
    { leased }: Account,
    line: Shown,
  ): void {
    const told = leased.get(name) ?? 0;
    // What is in hand at a consumer that takes nothing more is not shown.
    const mayHide = this.#detached.has(name) && inFlight < told &&
      !line.quiet;
    if (!mayHide) equal(`messages in hand of ${name}`, inFlight, told, line);
  }

  #quiescent(line: Line): void {
    for (const { account } of this.#lives.values()) {
      account.closeStep(line);
      for (const [messageId, { state, mailbox }] of account.unfinished()) {
        if (state === "waiting" && !this.#isServed(mailbox)) continue;
        const text =
          `${messageId} is ${state} in "${mailbox}" when nothing is left to happen`;
        throw new Violation("S1", text, line);
      }
    }
  }

  /** Whether some program takes in what waits there; only what is kept for those who are away may wait for ever. */
  #isServed(mailbox: string): boolean {
    const [kind = "", first = "", ...rest] = mailbox.split(" ");
    if (kind === "private" || kind === "local") return true;
    for (const { facts } of this.#consumers.held.values()) {
      const isHere = kind === "queue"
        ? facts.queue === first
        : facts.agent === first;
      if (!isHere) continue;
      const { pattern = "", durable = "" } = facts;
      const taken = facts.kind === "inbox" ? "direct" : facts.kind;
      if (kind === "direct" && taken === "direct") return true;
      if (kind === "requests" && taken === kind && pattern === rest.join(" ")) {
        return true;
      }
      if (kind === "durable" && durable === rest.join(" ")) return true;
      if (kind === "queue" && pattern === rest.join(" ")) return true;
    }
    return false;
  }
}

/** A bus that closes gives up what it has, and says so. */
function checkClosed(account: Account, line: Line): void {
  account.closeStep(line);
  for (const [messageId, { state, mailbox }] of account.unfinished()) {
    fail(`${messageId} is ${state} in "${mailbox}" of a closed bus`, line);
  }
}

/** What waits for an agent is what it shows. A durable subscription is shown from when it is asked for again. */
function checkDepths(
  { name, mailboxDepth, subscriptions }: AgentInfo,
  { account: { waiting }, owners }: Life,
  line: Shown,
): void {
  let depth = 0;
  let kept = 0;
  for (const [mailbox, count] of waiting) {
    const [kind, agent] = mailbox.split(" ");
    if (kind === "direct" || kind === "requests") {
      if (agent === name) depth += count;
    } else if (owners.get(mailbox) === name) {
      if (kind === "durable") kept += count;
      else depth += count;
    }
  }
  if (mailboxDepth < depth || mailboxDepth > depth + kept) {
    equal(`messages that wait for ${name}`, mailboxDepth, depth + kept, line);
  }
  for (const { pattern, queue, mailboxDepth: shared } of subscriptions) {
    if (queue === undefined) continue;
    const told = waiting.get(`queue ${queue} ${pattern}`) ?? 0;
    equal(`messages that wait for the group ${queue}`, shared, told, line);
  }
}

function equal(what: string, shown: number, told: number, line: Line): void {
  if (shown === told) return;
  fail(`${what} are ${shown} as shown, and ${told} as told`, line);
}

function fail(text: string, line: Line): never {
  throw new Violation("conservation", text, line);
}
