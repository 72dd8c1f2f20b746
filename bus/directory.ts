import type { Clock } from "../core/clock.ts";
import type { Deadlines } from "../core/deadlines.ts";
import { BusError } from "../core/errors.ts";
import type { EventHub } from "../core/event_stream.ts";
import { matchesPattern } from "../core/topic.ts";
import type { TopicTable } from "../core/topic_table.ts";
import { Absences } from "./absences.ts";
import {
  type AgentEntry,
  type Instance,
  newInstance,
  toInfo,
} from "./agent_entry.ts";
import type { Consumer, ConsumerSpec } from "./consumer.ts";
import type { Keeper } from "./durable/keeper.ts";
import type { MessageHead } from "./envelope.ts";
import type { Lease } from "./lease.ts";
import { Attachment, type Mailbox, type MailboxOptions } from "./mailbox.ts";
import type { AgentInfo } from "./records.ts";
import { Subscriptions } from "./subscriptions.ts";

/** What is told of a mailbox that is to be made; the bus knows the rest. */
export type MailboxInit =
  & Pick<
    MailboxOptions,
    "agent" | "kind" | "pattern" | "queue" | "durable" | "key"
  >
  & { maxMessages?: number; overflow?: MailboxOptions["overflow"] };

/** What a {@linkcode Directory} works with. */
export interface DirectoryOptions {
  /** Where time comes from. */
  clock: Clock;
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** Who watches. */
  events: EventHub;
  /** Topics to the mailboxes of subscriptions. */
  topics: TopicTable<Mailbox>;
  /** Makes a mailbox. */
  createMailbox: (init: MailboxInit) => Mailbox;
  /** Gives up what waits in a mailbox. */
  closeMailbox: (mailbox: Mailbox) => void;
  /** Takes a lease back from its consumer. */
  takeBack: (lease: Lease) => void;
  /** Told when a consumer has gone. */
  onDetached: () => void;
  /** Where mailboxes are kept that outlive the process. */
  keeper?: Keeper;
}

/** Who is there, what each takes in, and so who a message is for. */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #agents = new Map<string, AgentEntry>();
  readonly #subscriptions: Subscriptions;
  readonly #absences = new Absences();

  /** A directory without agents. */
  constructor(options: DirectoryOptions) {
    this.#options = options;
    const { topics, createMailbox } = options;
    this.#subscriptions = new Subscriptions(topics, createMailbox);
  }

  /** The agent of this name. */
  get(name: string): AgentEntry | undefined {
    return this.#agents.get(name);
  }

  /** Every agent, in the order they first joined. */
  entries(): IterableIterator<AgentEntry> {
    return this.#agents.values();
  }

  /** Adds an instance, or brings a lost one back. */
  join(name: string, id: string, durable: boolean): Instance {
    const agent = this.#known(name);
    const lost = this.#absences.end(id);
    const instance = lost?.agent === agent ? lost : newInstance(id, agent);
    agent.instances.add(instance);
    if (durable && !agent.durable) {
      agent.durable = true;
      this.#options.keeper?.keepMailbox(agent.direct, true);
    }
    agent.lastSeen = this.#options.clock.now();
    this.#tell("agent_joined", agent);
    return instance;
  }

  /**
   * Removes an instance. What it has in hand is given back at once. With
   * `graceMs` its subscriptions, and the agent, stay that long for it to come
   * back.
   */
  leave(instance: Instance, graceMs = 0): void {
    const { agent } = instance;
    if (!agent.instances.delete(instance)) return;
    const mailboxes = new Set<Mailbox>();
    for (const attachment of instance.attachments) {
      mailboxes.add(attachment.mailbox);
      attachment.mailbox.detach(attachment);
    }
    // Given back once none of its consumers can be handed anything again.
    for (const { leases } of [...instance.attachments, ...instance.detached]) {
      for (const lease of leases) this.#options.takeBack(lease);
    }
    instance.attachments.clear();
    instance.detached.clear();
    this.#tell("agent_left", agent);
    this.#options.onDetached();
    if (graceMs > 0) return this.#keep(instance, mailboxes, graceMs);
    for (const mailbox of mailboxes) this.#absences.release(instance, mailbox);
    this.#forget(agent, mailboxes);
  }

  /**
   * Adds a consumer. `key` tells private subscriptions apart, so that one that
   * comes back finds what has waited for it.
   *
   * @throws {BusError} With code `"invalid_message"` if a durable subscription
   * of this name has another pattern.
   */
  attach(
    instance: Instance,
    spec: ConsumerSpec,
    consumer: Consumer<Lease>,
    key?: string,
  ): Attachment {
    const { agent } = instance;
    const mailbox = this.#mailboxFor(instance, spec, key);
    const attachment = new Attachment(agent.name, mailbox, consumer, spec);
    instance.attachments.add(attachment);
    mailbox.attach(attachment);
    if (spec.kind === "topic") {
      agent.subscriptions.add(mailbox);
      this.#tellOfSubscription("subscribed", attachment);
    }
    return attachment;
  }

  /** Removes a consumer; what it has in hand it may still settle. */
  detach(instance: Instance, attachment: Attachment): void {
    if (!instance.attachments.delete(attachment)) return;
    const { mailbox } = attachment;
    mailbox.detach(attachment);
    for (const one of instance.detached) {
      if (one.leases.size === 0) instance.detached.delete(one);
    }
    if (attachment.leases.size > 0) instance.detached.add(attachment);
    if (attachment.spec.kind === "topic") {
      this.#tellOfSubscription("unsubscribed", attachment);
    }
    this.#absences.release(instance, mailbox);
    this.#closeIfUnused(instance.agent, mailbox);
    this.#options.onDetached();
  }

  /** Where a direct message for this agent waits. */
  direct(name: string): Mailbox | undefined {
    return this.#agents.get(name)?.direct;
  }

  /** Where a request for this agent waits, if anybody would answer it. */
  responder(name: string, topic: string | undefined): Mailbox | undefined {
    const agent = this.#agents.get(name);
    if (!agent) return undefined;
    let general: Mailbox | undefined;
    for (const [pattern, mailbox] of agent.responders) {
      if (mailbox.attachments.length === 0) continue;
      if (pattern === "") general = mailbox;
      else if (topic !== undefined && matchesPattern(pattern, topic)) {
        return mailbox;
      }
    }
    return general;
  }

  /**
   * The mailbox that now takes what went to the given one: itself while it is
   * served, else what the agent has in its place.
   *
   * @throws {BusError} With code `"no_recipient"` if there is none.
   */
  successorOf(mailbox: Mailbox, { topic }: MessageHead): Mailbox {
    const { agent: name, kind, queue } = mailbox.options;
    if (!mailbox.closed) return mailbox;
    const agent = this.#agents.get(name);
    const found = kind === "direct"
      ? agent?.direct
      : kind === "requests"
      ? this.responder(name, topic)
      : this.subscriptions(topic ?? "").find((one) =>
        one.options.queue === queue &&
        (queue !== undefined || one.options.agent === name)
      );
    if (found) return found;
    throw new BusError(
      "no_recipient",
      `Cannot replay message as "${name}" is not there to take it`,
    );
  }

  /** Where a publish waits: each subscription, and of each group one. */
  subscriptions(topic: string): readonly Mailbox[] {
    return this.#subscriptions.matching(topic);
  }

  /** Where a broadcast waits: every other agent that receives. */
  othersThan(sender: string): Mailbox[] {
    const found: Mailbox[] = [];
    for (const { name, direct, durable } of this.#agents.values()) {
      const receives = durable || direct.attachments.length > 0;
      if (name !== sender && receives) found.push(direct);
    }
    return found;
  }

  /** The names that a publish now would reach. */
  subscribers(topic: string): string[] {
    const names = new Set<string>();
    for (const { options, attachments } of this.subscriptions(topic)) {
      for (const { agent } of attachments) names.add(agent);
      if (attachments.length === 0) names.add(options.agent);
    }
    return [...names];
  }

  /** The patterns that are subscribed to, with who subscribes. */
  patterns(): { pattern: string; subscribers: string[] }[] {
    return this.#subscriptions.patterns();
  }

  /** Copies that wait where nobody is there to take them. */
  parked(): number {
    let count = 0;
    for (const { attachments, waiting, reserved } of this.#mailboxes()) {
      if (attachments.length === 0) count += waiting - reserved;
    }
    return count;
  }

  /** Gives up whatever waits: nobody will come back. */
  close(): void {
    for (const mailbox of [...this.#mailboxes()]) {
      this.#options.closeMailbox(mailbox);
    }
  }

  *#mailboxes(): Generator<Mailbox> {
    for (const { direct, responders } of this.#agents.values()) {
      yield direct;
      yield* responders.values();
    }
    yield* this.#subscriptions.values();
  }

  /** The mailboxes that are there after a restart: where they are durable for good, else for a while. */
  *lasting(): Generator<{ mailbox: Mailbox; isDurable: boolean }> {
    for (const { direct, durable } of this.#agents.values()) {
      const isServed = direct.attachments.length > 0;
      if (durable || isServed) yield { mailbox: direct, isDurable: durable };
    }
    for (const mailbox of this.#subscriptions.values()) {
      yield { mailbox, isDurable: mailbox.options.durable !== undefined };
    }
  }

  /** Brings back a mailbox that an earlier process has left; `isDurable` says whether its agent is. */
  restore(init: MailboxInit, isDurable: boolean): Mailbox {
    if (init.kind === "direct") {
      const agent = this.#known(init.agent);
      agent.durable ||= isDurable;
      return agent.direct;
    }
    const mailbox = this.#subscriptions.restore(init);
    // Of a group, another member may be there already.
    this.#known(agentOf(mailbox)).subscriptions.add(mailbox);
    return mailbox;
  }

  /** Keeps restored mailboxes so long for their agents to come back. */
  hold(mailboxes: Iterable<Mailbox>, graceMs: number): void {
    for (const [name, own] of Map.groupBy(mailboxes, agentOf)) {
      const agent = this.#agents.get(name);
      if (!agent) continue;
      this.#keep(newInstance(`restored ${name}`, agent), new Set(own), graceMs);
    }
  }

  /** Who is there. */
  agents(): AgentInfo[] {
    return [...this.#agents.values()].map(toInfo);
  }

  #known(name: string): AgentEntry {
    return this.#agents.get(name) ?? this.#createAgent(name);
  }

  #createAgent(name: string): AgentEntry {
    const kept = this.#subscriptions.durableOf(name);
    const agent: AgentEntry = {
      name,
      direct: this.#options.createMailbox({ agent: name, kind: "direct" }),
      responders: new Map(),
      subscriptions: new Set(kept),
      instances: new Set(),
      durable: false,
      lastSeen: 0,
    };
    this.#agents.set(name, agent);
    return agent;
  }

  #mailboxFor(
    { id, agent }: Instance,
    spec: ConsumerSpec,
    key?: string,
  ): Mailbox {
    const { kind, pattern = "" } = spec;
    const { keeper } = this.#options;
    if (kind === "direct") {
      keeper?.keepMailbox(agent.direct, agent.durable);
      return agent.direct;
    }
    const init = { agent: agent.name, ...spec };
    if (kind === "requests") {
      const known = agent.responders.get(pattern);
      const mailbox = known ?? this.#options.createMailbox(init);
      agent.responders.set(pattern, mailbox);
      return mailbox;
    }
    const mailbox = this.#subscriptions.open(agent.name, id, spec, key);
    keeper?.keepMailbox(mailbox, spec.durable !== undefined);
    return mailbox;
  }

  #keep(instance: Instance, mailboxes: Set<Mailbox>, graceMs: number): void {
    const { clock, deadlines } = this.#options;
    const absence = this.#absences.begin(instance, mailboxes);
    deadlines.add(clock.monotonic() + graceMs, () => {
      this.#absences.expire(absence);
      // Also of one that has come back: it may have left some of them for good.
      this.#forget(instance.agent, mailboxes);
    });
  }

  #forget(agent: AgentEntry, mailboxes: Iterable<Mailbox>): void {
    for (const mailbox of mailboxes) this.#closeIfUnused(agent, mailbox);
    const mayReturn = this.#absences.mayReturn(agent);
    if (agent.durable || agent.instances.size > 0 || mayReturn) return;
    // It may have been forgotten before, and another of its name have come.
    if (this.#agents.get(agent.name) !== agent) return;
    this.#agents.delete(agent.name);
    for (const mailbox of agent.responders.values()) {
      this.#options.closeMailbox(mailbox);
    }
    this.#options.closeMailbox(agent.direct);
  }

  #closeIfUnused(agent: AgentEntry, mailbox: Mailbox): void {
    const { kind, pattern = "", durable } = mailbox.options;
    const isUnused = mailbox.attachments.length === 0 && !mailbox.closed &&
      !this.#absences.holds(mailbox);
    if (
      kind === "topic" && !servedBy(agent, mailbox) && durable === undefined
    ) {
      agent.subscriptions.delete(mailbox);
    }
    if (!isUnused || kind === "direct" || durable !== undefined) return;
    if (kind === "requests") agent.responders.delete(pattern);
    else this.#subscriptions.remove(mailbox);
    this.#options.closeMailbox(mailbox);
  }

  #tell(type: "agent_joined" | "agent_left", agent: AgentEntry): void {
    this.#options.events.emit({
      type,
      agent: agent.name,
      instances: agent.instances.size,
    });
  }

  #tellOfSubscription(
    type: "subscribed" | "unsubscribed",
    { agent, mailbox: { name: mailbox }, spec }: Attachment,
  ): void {
    const { pattern = "", queue } = spec;
    this.#options.events.emit({ type, agent, mailbox, pattern, queue });
  }
}

function agentOf({ options }: Mailbox): string {
  return options.agent;
}

function servedBy(agent: AgentEntry, mailbox: Mailbox): boolean {
  return mailbox.attachments.some((one) => one.agent === agent.name);
}
