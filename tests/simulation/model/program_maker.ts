import type { Overflow, RoutingRule } from "../../../mod.ts";
import { seededRandom } from "../../../testing/mod.ts";
import type {
  Act,
  BusSettings,
  Command,
  ConsumerSettings,
  Verb,
} from "./commands.ts";
import type { Letter, ModelBus } from "./model_bus.ts";

/**
 * Every duration is a multiple of this, and each command takes a millisecond:
 * so things fall due at one time only if they began with one command.
 */
const SECOND = 1_000;
const DAY_MS = 86_400_000;
const NAMES = ["a", "b", "c", "d"];
const UNKNOWN = "nobody";
const TOPICS = ["jobs.build", "jobs.test", "logs.web.error"];
const PATTERNS = ["jobs.*", "jobs.build", "logs.>", ">", "*.web.*"];
const OVERFLOWS: Overflow[] = [
  "wait",
  "wait",
  "reject",
  "drop-oldest",
  "drop-newest",
];
const VERBS: Verb[] = ["ack", "ack", "nack", "reject", "extend", "leave"];
const ACTS: Act[] = [
  "return",
  "throw",
  "fail",
  "refuse",
  "ack",
  "nack",
  "reject",
];
const SENDS = ["send", "publish", "broadcast", "request"] as const;

/** How likely each command is, before a program draws its own likes. */
const WEIGHTS = {
  join: 4,
  leave: 2,
  receive: 8,
  respond: 6,
  subscribe: 8,
  retire: 2,
  send: 20,
  publish: 12,
  broadcast: 3,
  request: 12,
  abort: 1,
  cancel: 1,
  settle: 40,
  rule: 1,
  unrule: 1,
  enable: 1,
  replay: 3,
  discard: 1,
  clear: 0.2,
  advance: 20,
  jump: 0.5,
};
type Kind = keyof typeof WEIGHTS;

/**
 * Makes a random program, command by command, looking at what the model has by
 * then. Each seed draws what it likes to do (swarm testing): a program that
 * never leaves, or never acknowledges, gets to places that an even one does not.
 */
export class ProgramMaker {
  readonly settings: BusSettings;
  readonly #next: () => number;
  readonly #weights: [Kind, number][];
  readonly #likes: {
    readonly ttl: number;
    readonly ack: number;
    readonly deduplication: number;
    readonly ends: number;
  };
  readonly #sends: string[] = [];
  #made = 0;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#next = () => random.next();
    this.#weights = Object.entries(WEIGHTS).map(([kind, weight]) => [
      kind as Kind,
      weight * this.#pick([0, 0.3, 1, 1, 1, 2]),
    ]);
    this.#likes = {
      ttl: this.#pick([0, 0, 0.3, 0.8]),
      ack: this.#pick([0, 0.5, 0.5, 1]),
      deduplication: this.#pick([0, 0, 0.3]),
      ends: this.#pick([0.3, 0.9, 1]),
    };
    this.settings = this.#settings(seed);
  }

  /** The next command, for what there is now. */
  next(model: ModelBus): Command {
    if (model.instances.size === 0) return this.#command("join", model);
    const kind = this.#kind();
    return this.#command(kind, model);
  }

  #settings(seed: number): BusSettings {
    const acts = this.#pick([0, 0, 0.3, 0.9]);
    const deaf = this.#pick([0, 0.3]);
    const act = (label: string, kind: string, attempt: number): Act => {
      const dice = seededRandom(hash(`${seed} ${label} ${kind} ${attempt}`));
      dice.next();
      if (dice.next() < acts) {
        return ACTS[Math.floor(dice.next() * ACTS.length)] ?? "return";
      }
      return dice.next() < deaf ? "hang" : "hold";
    };
    return {
      maxPending: this.#pick([2, 5, 20, 100]),
      maxPendingBytes: this.#pick([60, 200, 1_000_000, 1_000_000]),
      waitTimeoutMs: SECOND * this.#pick([50, 1_000]),
      maxAttempts: this.#int(1, 4),
      ackTimeoutMs: SECOND * this.#pick([20, 200, 5_000]),
      agingStepMs: this.#pick([1, 7, 1_000, 20_000]),
      maxMessages: this.#pick([1, 3, 100]),
      overflow: this.#pick(OVERFLOWS),
      maxLetters: this.#pick([1, 5, 100]),
      whenFull: this.#chance(0.2) ? "stop" : "evict-oldest",
      requestTimeoutMs: 300 * SECOND,
      deduplicationMs: 120 * SECOND,
      retryMs: this.#pick([[0, 0, 0, 0], [10, 20, 40, 80], [5, 100]])
        .map((delay) => delay * SECOND),
      act,
    };
  }

  #kind(): Kind {
    const sum = this.#weights.reduce((all, [, weight]) => all + weight, 0);
    let left = this.#next() * sum;
    for (const [kind, weight] of this.#weights) {
      left -= weight;
      if (left < 0) return kind;
    }
    return "advance";
  }

  #command(kind: Kind, model: ModelBus): Command {
    const id = `${kind[0]}${++this.#made}`;
    const instance = this.#pick([...model.instances.keys(), "none"]);
    const call = this.#pick([
      ...model.asking.map((call) => call.id),
      ...model.line.map((entrant) => entrant.id),
      ...this.#sends.slice(-3),
      "none",
    ]);
    const rule = this.#pick([
      ...model.rules.map(({ id }) => id),
      "none",
    ]);
    const letter = this.#pick([
      ...replayable(model),
      "none",
    ]);
    switch (kind) {
      case "join":
        return {
          do: kind,
          id,
          name: this.#pick(NAMES),
          durable: this.#chance(0.2),
        };
      case "leave":
        return { do: kind, instance: this.#leaver(model, instance) };
      case "receive":
      case "respond":
        return { do: kind, id, instance, settings: this.#consumer() };
      case "subscribe":
        return this.#subscribe(id, instance);
      case "retire":
        return {
          do: kind,
          consumer: this.#pick([...model.consumers.keys(), "none"]),
        };
      case "send":
      case "publish":
      case "broadcast":
      case "request":
        return this.#send(kind, id, instance);
      case "abort":
      case "cancel":
        return { do: kind, call };
      case "settle":
        return this.#settle(model);
      case "rule":
        return { do: kind, rule: this.#rule(id) };
      case "unrule":
        return { do: kind, rule };
      case "enable":
        return { do: kind, rule, enabled: this.#chance(0.5) };
      case "replay":
        return { do: kind, id, letter };
      case "discard":
        return { do: kind, letter };
      case "clear":
        return { do: kind };
      case "jump":
        return { do: kind, ms: this.#int(-DAY_MS, DAY_MS) };
      case "advance":
        return {
          do: kind,
          ms: SECOND * this.#pick([0, 1, 5, 20, 100, 1_000, 10_000]),
        };
    }
  }

  /**
   * Who may leave: in which order the copies in its hands become dead letters is
   * not promised, and so neither which of them would have to make room.
   */
  #leaver({ leases }: ModelBus, instance: string): string {
    const { whenFull, maxLetters } = this.settings;
    const isTight = whenFull !== "stop" && maxLetters < 100;
    const isBusy = leases.some((lease) =>
      lease.consumer.instance === instance && lease.copy.lease === lease
    );
    return isTight && isBusy ? "none" : instance;
  }

  #subscribe(id: string, instance: string): Command {
    const pattern = this.#pick(PATTERNS);
    const how = this.#int(0, 3);
    return {
      do: "subscribe",
      id,
      instance,
      pattern,
      ...(how === 1 ? { queue: `q${PATTERNS.indexOf(pattern)}` } : {}),
      ...(how === 2 ? { durable: `d${PATTERNS.indexOf(pattern)}` } : {}),
      settings: {
        ...this.#consumer(),
        ...(this.#chance(0.2) ? { maxMessages: this.#int(1, 3) } : {}),
        ...(this.#chance(0.3) ? { overflow: this.#pick(OVERFLOWS) } : {}),
      },
    };
  }

  #consumer(): ConsumerSettings {
    return {
      concurrency: this.#pick([1, 1, 2, 5]),
      ...(this.#chance(0.2)
        ? { ackTimeoutMs: SECOND * this.#pick([10, 500]) }
        : {}),
      ...(this.#chance(0.2) ? { maxAttempts: this.#int(1, 5) } : {}),
    };
  }

  #send(kind: typeof SENDS[number], id: string, instance: string): Command {
    const { ttl, ack, deduplication } = this.#likes;
    this.#sends.push(id);
    return {
      do: kind,
      id,
      instance,
      to: kind === "publish"
        ? this.#pick(TOPICS)
        : this.#chance(0.05)
        ? UNKNOWN
        : this.#pick(NAMES),
      bytes: this.#int(8, 40),
      priority: this.#pick([0, 10, 50, 50, 50, 100]),
      requiresAck: this.#chance(ack),
      ...(this.#chance(ttl)
        ? { ttlMs: SECOND * this.#pick([0, 1, 20, 500]) }
        : {}),
      ...(kind === "request"
        ? { timeoutMs: SECOND * this.#pick([15, 300, 5_000]) }
        : {}),
      ...(kind !== "request" && this.#chance(deduplication)
        ? { deduplicationId: this.#pick(["x", "y"]) }
        : {}),
    };
  }

  #settle(model: ModelBus): Command {
    const all = model.leases;
    const running = all.filter(({ isOver }) => !isOver);
    const found = this.#pick(this.#chance(0.1) ? all : running);
    const verb = this.#pick(VERBS);
    const ends = verb !== "extend" && this.#chance(this.#likes.ends);
    return {
      do: "settle",
      delivery: found?.id ?? "none",
      verb,
      ...(verb === "nack"
        ? { delayMs: SECOND * this.#pick([0, 0, 30, 300]) }
        : {}),
      ...(ends
        ? { end: this.#chance(0.7) ? "return" as const : "throw" as const }
        : {}),
    };
  }

  #rule(id: string): RoutingRule {
    const actions: Partial<RoutingRule>[] = [
      { handler: "look" },
      { handler: "refuse" },
      { action: { kind: "set-priority", priority: this.#int(0, 100) } },
      { action: { kind: "drop" } },
      { action: { kind: "dead-letter", reason: "by a rule" } },
      {
        action: { kind: "forward", recipient: this.#pick([...NAMES, UNKNOWN]) },
      },
      { action: { kind: "republish", topic: this.#pick(TOPICS) } },
    ];
    return {
      id,
      priority: this.#pick([10, 50, 50, 90]),
      match: this.#pick([
        { sender: this.#pick(NAMES) },
        { type: this.#pick(["direct", "publish", "request"] as const) },
        { topic: this.#pick(PATTERNS) },
        { recipient: this.#pick(NAMES) },
        { type: "publish" as const, sender: this.#pick(NAMES) },
      ]),
      ...this.#pick(actions),
      final: this.#chance(0.2),
    };
  }

  #int(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  #chance(share: number): boolean {
    return this.#next() < share;
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#int(0, values.length - 1)] as T;
  }
}

/**
 * Messages of the letters that go, when they are sent again, where the model
 * knows.
 */
function replayable(model: ModelBus): string[] {
  const ids = model.letters.map(({ message }) => message.id);
  const unknown = model.letters.filter((letter) => !isKnown(model, letter))
    .map(({ message }) => message.id);
  return ids.filter((id) => !unknown.includes(id));
}

/** Whether the model knows of a letter what comes of sending it again. */
function isKnown(model: ModelBus, { message, copy, reason }: Letter): boolean {
  // Its subscription may end meanwhile, and another have its place.
  if (copy?.box.do === "subscribe") {
    return (copy.box.queue ?? copy.box.durable) !== undefined;
  }
  if (copy) return true;
  // A rule that is gone by now may have changed its priority.
  const isChanged = reason === "no_subscriber" || reason === "rule";
  const isRuled = model.facts.some((fact) => fact.startsWith("rule "));
  // A rule may have sent it elsewhere, in vain.
  const call = model.calls.find(({ id }) => id === message.id);
  return !(isChanged && isRuled) && call?.message.do === message.do;
}

/** A number for a text, the same each time. */
function hash(text: string): number {
  let sum = 0;
  for (const char of text) sum = (Math.imul(sum, 31) + char.charCodeAt(0)) | 0;
  return sum >>> 0;
}
