import { letterName, type Start, typeOf } from "./commands.ts";
import type { Copy, Letter, ModelBus } from "./model_bus.ts";
import type { Box } from "./model_routes.ts";

/** What is compared of both buses after each command. */
export interface View {
  /** Every counter that is not 0, by its name. */
  readonly tally: ReadonlyMap<string, number>;
  readonly agents: readonly unknown[];
  readonly backpressure: unknown;
  readonly requests: readonly { label: string; state: string }[];
  /** By what both call them, the oldest first. */
  readonly letters: readonly string[];
  /** Handlers that run, and were told to stop. */
  readonly aborted: readonly string[];
  readonly rules: readonly unknown[];
}

/** What the model shows of itself. */
export function viewOf(model: ModelBus): View {
  const { asking, copies, letters, line, leases, rules } = model;
  return {
    tally: tallyOf(model),
    agents: agentsOf(model),
    backpressure: {
      pending: copies.length,
      pendingBytes: copies.reduce((sum, { message }) => sum + message.bytes, 0),
      waiting: line.length,
    },
    requests: asking.map((call) => ({
      label: call.id,
      state: copies.some((copy) => copy.call === call && copy.lease)
        ? "in_progress"
        : "queued",
    })),
    letters: letters.map(nameOf),
    aborted: leases.filter(({ isAborted, isOver }) => isAborted && !isOver).map(
      ({ id }) => id ?? "",
    ).sort(),
    rules: rules.toSorted((one, other) => other.priority - one.priority)
      .map(({ id }) => id),
  };
}

/** How calls ended, in the words of the bus. */
export function resultsOf({ calls }: ModelBus): Map<string, string> {
  return new Map(calls.flatMap((call) => {
    const { id, result, first } = call;
    const ended = result ?? first?.result;
    return ended === undefined ? [] : [[id, CODES[ended] ?? ended]];
  }));
}

/** What a requester is told, where that is not the reason of the dead letter. */
const CODES: Readonly<Record<string, string>> = {
  handler_failed: "remote",
  undeliverable: "unreachable",
};

/** Counters that grow by one with a fact; none for what is left out. */
const COUNTED: Readonly<Record<string, string>> = {
  waited: "totalWaits",
  backpressure_timeout: "totalTimeouts",
  refused: "totalRefused",
  acked: "totalAcked",
  dropped: "totalDropped",
  stale: "staleSettlements",
  "late reply": "lateReplies",
  "letter expired": "totalExpired",
  "letter overflow": "totalDropped",
};

/** Every counter of the bus, from all that has ever happened. */
function tallyOf({ accepted, facts, leases, rules }: ModelBus) {
  const tally = new Map<string, number>();
  const count = (name: string) => tally.set(name, (tally.get(name) ?? 0) + 1);
  for (const [name, { do: verb, sender, to }] of accepted) {
    count("totalMessages");
    count(verb ? "totalSent" : "totalDelivered");
    count(`type ${verb ? typeOf(verb) : name.split(" ")[0]}`);
    count(`sender ${sender}`);
    if (verb === "publish") count(`topic ${to}`);
  }
  const handed = new Set<Copy>();
  for (const { copy } of leases) {
    count(handed.has(copy) ? "totalRedelivered" : "totalDelivered");
    handed.add(copy);
  }
  const standing = new Set(rules.map(({ id }) => `rule ${id}`));
  for (const fact of facts) {
    const counted = COUNTED[fact];
    if (counted || standing.has(fact)) count(counted ?? fact);
    else if (fact.startsWith("letter ")) count("totalFailed");
  }
  return tally;
}

/** The deliveries that began after the first so many, as both tell of them. */
export function startsOf({ leases }: ModelBus, before: number): Start[] {
  return leases.slice(before).map(({ id = "", copy, at }, nth) => {
    const earlier = leases.slice(0, before + nth)
      .filter((one) => one.copy === copy).length;
    const { priority } = copy.message;
    const redelivered = earlier > 0;
    return { id, attempt: earlier + 1, redelivered, priority, at };
  });
}

/** What both buses call a letter. */
export function nameOf({ message, reason, copy }: Letter): string {
  const isNamed = message.do === "send" || message.do === "request";
  const agent = copy?.box.owner ?? (isNamed ? message.to : undefined);
  return letterName(message.id, reason, copy?.attempts ?? 0, agent);
}

/** Those whose order is not promised. */
export function inOrder<T>(values: readonly T[]): T[] {
  const textOf = (value: T) => JSON.stringify(value);
  return values.map((value) => ({ ...value }))
    .toSorted((a, b) => textOf(a).localeCompare(textOf(b)));
}

function agentsOf(model: ModelBus): unknown[] {
  const { instances, durable } = model;
  const names = [...instances.values()];
  return [...new Set([...names, ...durable])].sort().map((name) => {
    const own = boxesOf(model, name);
    const inHand = model.copies.filter(({ lease }) =>
      lease?.consumer.agent === name
    );
    return {
      name,
      instances: names.filter((one) => one === name).length,
      durable: durable.has(name),
      mailboxDepth: own.filter(({ queue }) => queue === undefined)
        .reduce((sum, box) => sum + model.waiting(box).length, 0),
      inFlight: inHand.length,
      subscriptions: inOrder(
        own.filter(({ pattern }) => pattern !== undefined).map((box) => ({
          pattern: box.pattern,
          mailboxDepth: model.waiting(box).length,
          queue: box.queue,
        })),
      ),
    };
  });
}

/** Its own mailboxes, and those of its groups. */
function boxesOf(model: ModelBus, name: string): Box[] {
  return [...model.boxes.values()].filter((box) =>
    box.queue === undefined
      ? box.owner === name
      : model.takersOf(box).some(({ agent }) => agent === name)
  );
}
