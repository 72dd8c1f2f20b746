import type { Line } from "../history.ts";
import type { LeftPatterns } from "./left_patterns.ts";
import { standsFor } from "./route_oracle.ts";

type Told = (Line & { readonly type: "told" })["event"];

type Subscribed = { readonly type: "subscribed" | "unsubscribed" };

/** An agent's instance, or consumer, that has come. */
interface Arrival {
  readonly agent: string;
  /** Of an instance: how many there are now. */
  readonly instances?: number;
  /** Of a consumer: where its messages wait. */
  readonly mailbox?: string;
}

/** Where publishes wait. */
export interface TopicMailbox {
  readonly name: string;
  readonly pattern: string;
  readonly queue: string | undefined;
  /** By agent, consumers that are surely there. */
  readonly consumers: Map<string, number>;
}

/**
 * Who a bus says is there. Of a connection that is lost the bus tells that the
 * agent left, and not what it was subscribed to; so an agent's subscriptions
 * are sure only as far as they were told since somebody of its name has left.
 * And whoever comes while the rules of a message still run may be too late for
 * it: it is sure once no message is on its way in.
 */
export class Presence {
  readonly #left: LeftPatterns | undefined;
  readonly #instances = new Map<string, number>();
  readonly #mailboxes = new Map<string, TopicMailbox>();
  /** Those who came while messages were on their way in. */
  #late: Arrival[] = [];
  #isBusy = false;

  /** Nobody is there; of a bus on a store, what `left` says may be. */
  constructor(left?: LeftPatterns) {
    this.#left = left;
  }

  /** Whether somebody of this name is there. */
  isThere(agent: string): boolean {
    return (this.#instances.get(agent) ?? 0) > 0;
  }

  /** The group that takes from a mailbox, of one that is there, or may be there again. */
  queueOf(mailbox: string): string | undefined {
    const known = this.#mailboxes.get(mailbox);
    if (known || !this.#left) return known?.queue;
    const [kind, queue] = mailbox.split(" ");
    return kind === "queue" ? queue : undefined;
  }

  /** Whether a mailbox is one of those to which a publish may go. */
  takes(mailbox: string, topic: string): boolean {
    const known = this.#mailboxes.get(mailbox);
    if (known) return standsFor(known.pattern, topic);
    return this.#left?.mayTake(mailbox, topic) ?? false;
  }

  /** The mailboxes to which a publish surely goes; of each group, all that it may go to. */
  surelyFor(topic: string): TopicMailbox[] {
    const found: TopicMailbox[] = [];
    for (const mailbox of this.#mailboxes.values()) {
      if (mailbox.consumers.size === 0) continue;
      if (standsFor(mailbox.pattern, topic)) found.push(mailbox);
    }
    return found;
  }

  /** Whether messages are on their way in, whose recipients are known already. */
  settle(isBusy: boolean): void {
    this.#isBusy = isBusy;
    if (isBusy || this.#late.length === 0) return;
    for (const event of this.#late) this.#come(event);
    this.#late = [];
  }

  /** Looks at what the bus tells next. */
  take(event: Told): void {
    switch (event.type) {
      case "agent_joined":
        return this.#comeSoon(event);
      case "subscribed":
        this.#know(event);
        return this.#comeSoon(event);
      case "agent_left":
        this.#late = this.#late.filter(({ agent }) => agent !== event.agent);
        // Of those who are left, some may have come too late.
        this.#instances.set(
          event.agent,
          Math.min(this.#instances.get(event.agent) ?? 0, event.instances),
        );
        for (const { consumers } of this.#mailboxes.values()) {
          consumers.delete(event.agent);
        }
        return;
      case "unsubscribed":
        return this.#go(event);
    }
  }

  #know({ mailbox: name, pattern, queue }: Told & Subscribed): void {
    this.#left?.add(name, pattern);
    // After a restart, a number may be given twice to what the bus's own process subscribes to.
    if (this.#mailboxes.get(name)?.pattern === pattern) return;
    this.#mailboxes.set(name, { name, pattern, queue, consumers: new Map() });
  }

  #comeSoon(arrival: Arrival): void {
    // Where messages are kept, one may be on its way in since this very step.
    if (this.#isBusy || this.#left) this.#late.push(arrival);
    else this.#come(arrival);
  }

  #come({ agent, instances, mailbox }: Arrival): void {
    if (instances !== undefined) this.#instances.set(agent, instances);
    if (mailbox === undefined) return;
    const consumers = this.#mailboxes.get(mailbox)?.consumers;
    consumers?.set(agent, (consumers.get(agent) ?? 0) + 1);
  }

  #go({ agent, mailbox }: Told & Subscribed): void {
    const late = this.#late.findIndex((one) =>
      one.mailbox === mailbox && one.agent === agent
    );
    if (late >= 0) this.#late.splice(late, 1);
    const consumers = this.#mailboxes.get(mailbox)?.consumers;
    const count = (consumers?.get(agent) ?? 0) - 1;
    if (count > 0) consumers?.set(agent, count);
    else consumers?.delete(agent);
  }
}
