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
  readonly hasStore: boolean;
  /** Agents, by the mailboxes of the subscriptions that are not shared. */
  readonly owners: Map<string, string>;
  /** Of these, those that may be kept for an agent that is away: not shown as its own until it asks for them again. */
  readonly kept: Set<string>;
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
  /** Those of the newest life. */
  #owners = new Map<string, string>();

  take(line: Line): void {
    this.#consumers.take(line);
    switch (line.type) {
      case "bus_started":
        return this.#start(line);
      case "told":
        return this.#told(line);
      case "gauges":
        return this.#gauge(line);
      case "snapshot":
        return this.#look(line);
      case "quiescent":
        return this.#quiescent(line);
      case "bus_ended":
        // What a killed bus held is gone with it.
        if (line.how !== "closing") this.#lives.delete(line.bus);
    }
  }

  end(): void {}

  /** What a bus on a store has left may be there again, for the same agents. */
  #start({ bus, settings }: Line & { type: "bus_started" }): void {
    const { hasStore = false } = settings;
    const owners = new Map(hasStore ? this.#owners : []);
    const kept = new Set(owners.keys());
    this.#owners = owners;
    const account = new Account(hasStore);
    this.#lives.set(bus, { account, hasStore, owners, kept });
  }

  #told(line: Line & { type: "told" }): void {
    const life = this.#lives.get(line.bus);
    if (!life) return;
    const { event } = line;
    const { account, owners, kept } = life;
    switch (event.type) {
      case "subscribed":
        if (event.queue === undefined) owners.set(event.mailbox, event.agent);
        kept.delete(event.mailbox);
        return;
      case "unsubscribed":
        kept.add(event.mailbox);
        return;
      case "agent_left":
        for (const [mailbox, agent] of owners) {
          if (agent === event.agent) kept.add(mailbox);
        }
        return;
      case "closed":
        return checkClosed(account, line);
      default:
        return account.book(event, line);
    }
  }

  #gauge(line: Gauges): void {
    const life = this.#lives.get(line.bus);
    if (!life) return;
    const { account } = life;
    account.closeStep(line);
    const { pending, pendingBytes, reserved, waiting, requests } = line;
    account.letGo(pending - reserved);
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
    account.letGo(pending - reserved);
    equal("pending copies", pending - reserved, account.count, line);
    equal("pending messages", stats.pendingMessages, pending, line);
    const isWhole = reserved === 0;
    const missing = new Set(account.leased.keys());
    for (const agent of agents) {
      missing.delete(agent.name);
      const { name, inFlight } = agent;
      const told = account.leased.get(name) ?? 0;
      equal(`messages in hand of ${name}`, inFlight, told, line);
      if (isWhole) checkDepths(agent, life, line);
    }
    for (const agent of missing) {
      fail(`${agent} has messages in hand, and is not shown`, line);
    }
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
  for (const [messageId, copy] of account.unfinished()) {
    const { state, mailbox, isKept } = copy;
    // The next bus has it.
    if (isKept && state !== "leased") continue;
    fail(`${messageId} is ${state} in "${mailbox}" of a closed bus`, line);
  }
}

/** What waits for an agent is what it shows, but for what may be kept for its return, or is about to be told as dead. */
function checkDepths(
  { name, mailboxDepth, subscriptions }: AgentInfo,
  { account: { waiting, waitingKept }, hasStore, owners, kept }: Life,
  line: Shown,
): void {
  const depth = { least: 0, most: 0 };
  for (const [mailbox, count] of waiting) {
    const [kind, agent] = mailbox.split(" ");
    const isDirect = kind === "direct" || kind === "requests";
    const owner = isDirect ? agent : owners.get(mailbox);
    // One that came back under another name is anybody's, until somebody asks for it.
    const mayBeIts = hasStore && kind === "local" && owner === undefined;
    if (owner !== name && !mayBeIts) continue;
    depth.most += count;
    if (mayBeIts) continue;
    if (isDirect || !kept.has(mailbox)) depth.least += surely(mailbox, count);
  }
  if (mailboxDepth < depth.least || mailboxDepth > depth.most) {
    equal(`messages that wait for ${name}`, mailboxDepth, depth.most, line);
  }
  for (const { pattern, queue, mailboxDepth: shared } of subscriptions) {
    if (queue === undefined) continue;
    const mailbox = `queue ${queue} ${pattern}`;
    const told = waiting.get(mailbox) ?? 0;
    if (shared < told && shared >= surely(mailbox, told)) continue;
    equal(`messages that wait for the group ${queue}`, shared, told, line);
  }

  function surely(mailbox: string, count: number): number {
    return line.quiet ? count : count - (waitingKept.get(mailbox) ?? 0);
  }
}

function equal(what: string, shown: number, told: number, line: Line): void {
  if (shown === told) return;
  fail(`${what} are ${shown} as shown, and ${told} as told`, line);
}

function fail(text: string, line: Line): never {
  throw new Violation("conservation", text, line);
}
