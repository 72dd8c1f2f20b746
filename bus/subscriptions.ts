import { BusError } from "../core/errors.ts";
import type { TopicTable } from "../core/topic_table.ts";
import type { ConsumerSpec } from "./consumer.ts";
import type { MailboxInit } from "./directory.ts";
import type { Mailbox } from "./mailbox.ts";

const LOCAL = "local ";

/** The mailboxes of subscriptions: which of them are the same, and which take in a topic. */
export class Subscriptions {
  readonly #topics: TopicTable<Mailbox>;
  readonly #createMailbox: (init: MailboxInit) => Mailbox;
  /** By what makes two subscriptions the same. */
  readonly #mailboxes = new Map<string, Mailbox>();
  /** Those of them that outlive their agents, too. */
  readonly #durable = new Set<Mailbox>();
  /** Those that an earlier process has left, until somebody subscribes to the same. */
  readonly #left = new Set<Mailbox>();
  /** Those that stand in for one that an earlier process has left. */
  readonly #taken = new WeakSet<Mailbox>();
  #unnamed = 0;

  /** None yet. */
  constructor(
    topics: TopicTable<Mailbox>,
    createMailbox: (init: MailboxInit) => Mailbox,
  ) {
    this.#topics = topics;
    this.#createMailbox = createMailbox;
  }

  /** Every mailbox of a subscription. */
  values(): IterableIterator<Mailbox> {
    return this.#mailboxes.values();
  }

  /** Those that an agent of this name finds again when it comes back. */
  durableOf(agent: string): Mailbox[] {
    return [...this.#durable].filter(({ options }) => options.agent === agent);
  }

  /**
   * The mailbox of a subscription. `key` tells private ones apart, so that one
   * that comes back finds what has waited for it; without one, nothing can come
   * back to it, and `instance` makes its name one that no other process gives.
   *
   * @throws {BusError} With code `"invalid_message"` if a durable subscription
   * of this name has another pattern.
   */
  open(
    agent: string,
    instance: string,
    spec: ConsumerSpec,
    key?: string,
  ): Mailbox {
    const identity = namedIdentity(agent, spec, key) ??
      this.#localIdentity(instance);
    const known = this.#mailboxes.get(identity) ??
      (isLocal(identity) ? this.#leftFor(agent, spec) : undefined);
    if (known) {
      this.#left.delete(known);
      return samePattern(known, spec);
    }
    return this.#add({ ...spec, agent, key: identity });
  }

  /** Brings back one that an earlier process has left. */
  restore(init: MailboxInit): Mailbox {
    const mailbox = this.#sameAs(init) ?? this.#addLeft(init);
    this.#taken.add(mailbox);
    if (mailbox.attachments.length === 0) this.#left.add(mailbox);
    return mailbox;
  }

  /** The one that this process has in its place; each stands in for one. */
  #sameAs(init: MailboxInit): Mailbox | undefined {
    const known = this.#mailboxes.get(init.key ?? "");
    if (known && isSame(known, init)) return known;
    if (!isLocal(init.key)) return undefined;
    for (const mailbox of this.#mailboxes.values()) {
      const isFree = isLocal(mailbox.options.key) && !this.#taken.has(mailbox);
      if (isFree && isSame(mailbox, init)) return mailbox;
    }
    return undefined;
  }

  #addLeft(init: MailboxInit): Mailbox {
    const { key = "" } = init;
    const isFree = !this.#mailboxes.has(key);
    return this.#add(
      isFree ? init : { ...init, key: this.#localIdentity(key) },
    );
  }

  /** Takes a subscription out: nothing comes in any more. */
  remove(mailbox: Mailbox): void {
    const { pattern = "", key } = mailbox.options;
    this.#topics.remove(pattern, mailbox);
    this.#left.delete(mailbox);
    if (key !== undefined) this.#mailboxes.delete(key);
  }

  /** Where a publish waits: each subscription, and of each group one. */
  matching(topic: string): readonly Mailbox[] {
    const found = this.#topics.match(topic);
    if (!found.some(({ options }) => options.queue !== undefined)) return found;
    const byQueue = new Map<string, Mailbox>();
    const chosen: Mailbox[] = [];
    for (const mailbox of found) {
      const { queue } = mailbox.options;
      if (queue === undefined) chosen.push(mailbox);
      else {
        const other = byQueue.get(queue);
        const isShorter = !other || mailbox.waiting < other.waiting;
        if (isShorter) byQueue.set(queue, mailbox);
      }
    }
    return [...chosen, ...byQueue.values()];
  }

  /** The patterns that are subscribed to, with who subscribes. */
  patterns(): { pattern: string; subscribers: string[] }[] {
    const byPattern = new Map<string, Set<string>>();
    for (const { options, attachments } of this.#mailboxes.values()) {
      const pattern = options.pattern ?? "";
      const names = byPattern.get(pattern) ?? new Set<string>();
      for (const { agent } of attachments) names.add(agent);
      byPattern.set(pattern, names);
    }
    return [...byPattern].map(([pattern, names]) => ({
      pattern,
      subscribers: [...names],
    }));
  }

  #add(init: MailboxInit): Mailbox {
    const mailbox = this.#createMailbox(init);
    if (init.key !== undefined) this.#mailboxes.set(init.key, mailbox);
    if (init.durable !== undefined) this.#durable.add(mailbox);
    this.#topics.add(init.pattern ?? "", mailbox);
    return mailbox;
  }

  /** What the earlier process of the bus has left of a subscription of its own: their identities are those of a process. */
  #leftFor(agent: string, { pattern }: ConsumerSpec): Mailbox | undefined {
    for (const mailbox of this.#left) {
      if (!isLocal(mailbox.options.key)) continue;
      if (isSame(mailbox, { agent, kind: "topic", pattern })) return mailbox;
    }
    return undefined;
  }

  #localIdentity(owner: string): string {
    return `${LOCAL}${owner} ${++this.#unnamed}`;
  }
}

// Names cannot contain spaces, so the parts cannot run into each other.
function namedIdentity(
  agent: string,
  { queue, durable, pattern }: ConsumerSpec,
  key?: string,
): string | undefined {
  if (queue !== undefined) return `queue ${queue} ${pattern}`;
  if (durable !== undefined) return `durable ${agent} ${durable}`;
  return key === undefined ? undefined : `private ${key}`;
}

/** Whether a subscription is one of the bus's own process, which nobody but it can come back to. */
function isLocal(key: string | undefined): boolean {
  return key?.startsWith(LOCAL) === true;
}

function isSame({ options }: Mailbox, init: MailboxInit): boolean {
  const isShared = init.queue !== undefined;
  return options.pattern === init.pattern && options.queue === init.queue &&
    options.durable === init.durable &&
    (isShared || options.agent === init.agent);
}

function samePattern(mailbox: Mailbox, spec: ConsumerSpec): Mailbox {
  if (mailbox.options.pattern === spec.pattern) return mailbox;
  throw new BusError(
    "invalid_message",
    `Cannot subscribe to "${spec.pattern}" as the durable subscription "${spec.durable}" has another pattern: "${mailbox.options.pattern}"`,
  );
}
