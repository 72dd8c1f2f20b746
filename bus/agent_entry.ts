import type { Attachment, Mailbox } from "./mailbox.ts";
import type { AgentInfo, SubscriptionInfo } from "./records.ts";

/** One process, or one object in this process, that serves an agent's name. */
export interface Instance {
  /** Tells instances apart, also when one comes back on a new connection. */
  readonly id: string;
  /** The agent. */
  readonly agent: AgentEntry;
  /** Its consumers. */
  readonly attachments: Set<Attachment>;
  /** Consumers that take nothing more, with something still in hand. */
  readonly detached: Set<Attachment>;
}

/** What is known of a name. */
export interface AgentEntry {
  /** The name. */
  readonly name: string;
  /** Its direct messages and broadcasts. */
  readonly direct: Mailbox;
  /** Its requests, by the pattern that responders narrow them with. */
  readonly responders: Map<string, Mailbox>;
  /** The subscriptions it takes part in. */
  readonly subscriptions: Set<Mailbox>;
  /** Who serves the name now. */
  readonly instances: Set<Instance>;
  /** Whether it outlives its instances. */
  durable: boolean;
  /** When it last joined or sent something, in milliseconds since the Unix epoch. */
  lastSeen: number;
}

/** An instance without consumers. */
export function newInstance(id: string, agent: AgentEntry): Instance {
  return { id, agent, attachments: new Set(), detached: new Set() };
}

/** What users see of a name. */
export function toInfo(agent: AgentEntry): AgentInfo {
  const {
    name,
    direct,
    responders,
    subscriptions,
    instances,
    durable,
    lastSeen,
  } = agent;
  const own = [direct, ...responders.values(), ...subscriptions]
    .filter(({ options }) => options.queue === undefined);
  let inFlight = 0;
  for (const { attachments, detached } of instances) {
    for (const { leases } of attachments) inFlight += leases.size;
    // What a closed subscription has in hand it may still settle.
    for (const { leases } of detached) inFlight += leases.size;
  }
  return {
    name,
    instances: instances.size,
    mailboxDepth: own.reduce((sum, { waiting }) => sum + waiting, 0),
    inFlight,
    lastSeen,
    durable,
    subscriptions: [...subscriptions].map(toSubscriptionInfo),
  };
}

function toSubscriptionInfo({ options, waiting }: Mailbox): SubscriptionInfo {
  const { pattern = "", queue } = options;
  return {
    pattern,
    mailboxDepth: waiting,
    ...(queue === undefined ? {} : { queue }),
  };
}
