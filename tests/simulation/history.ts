import { createHash, type Hash } from "node:crypto";
import type {
  AgentInfo,
  BackpressureStats,
  BusEvent,
  BusStats,
  DeadLetterReason,
  MessageOutcome,
  MessageType,
  Overflow,
  RoutingRuleInfo,
} from "../../mod.ts";

/** How a bus was made: what its promises depend on. */
export interface BusSettings {
  readonly maxPending: number;
  readonly maxPendingBytes: number;
  readonly waitTimeoutMs: number;
  readonly maxMessageBytes: number;
  readonly maxMailboxMessages: number;
  readonly overflow: Overflow;
  readonly ackTimeoutMs: number;
  readonly maxAttempts: number;
  readonly agingStepMs: number;
  readonly maxDeadLetters: number;
  readonly whenDeadLettersFull: "stop" | "evict-oldest";
  readonly maxHistoryEntries: number;
  readonly requestTimeoutMs: number;
  /** How long what belongs to a lost connection waits for it. */
  readonly reconnectGraceMs: number;
  /** What must be handled outlives the bus, in a store that the next one opens. */
  readonly hasStore?: boolean;
}

/** What a program asks of an agent, or of a bus. */
export interface Call {
  /** Tells calls apart; they are numbered as they begin. */
  readonly call: number;
  /** Who asks; `agent#n` for the n-th object of that name. */
  readonly instance: string;
  readonly verb:
    | "send"
    | "publish"
    | "broadcast"
    | "request"
    | "stream"
    | "replay"
    | "discard"
    | "drain";
  /** Of a message: what makes its payload its own. */
  readonly token?: number;
  readonly recipient?: string;
  readonly topic?: string;
  readonly priority?: number;
  readonly ttlMs?: number;
  readonly requiresAck?: boolean;
  readonly deduplicationId?: string;
  readonly timeoutMs?: number;
  /** Of a message that must be refused: what is wrong with it. */
  readonly fault?: "priority" | "ttl" | "name" | "topic" | "too_large";
  /** Of a replay or discard: the letter. */
  readonly letter?: string;
}

/** A consumer, as its program has set it up. */
export interface ConsumerFacts {
  /** Tells consumers apart; they are numbered as they begin. */
  readonly consumer: number;
  readonly instance: string;
  readonly agent: string;
  readonly kind: "direct" | "requests" | "topic" | "inbox";
  readonly pattern?: string;
  readonly queue?: string;
  readonly durable?: string;
  readonly concurrency: number;
  readonly maxAttempts?: number;
  readonly ackTimeoutMs?: number;
  readonly maxMessages?: number;
  readonly overflow?: Overflow;
}

/** A message as somebody sees it. */
export interface MessageFacts {
  readonly id: string;
  readonly type: MessageType;
  readonly sender: string;
  readonly recipient?: string;
  readonly topic?: string;
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly priority: number;
  readonly ttlMs?: number;
  readonly requiresAck: boolean;
  readonly attempt: number;
  /** When the bus accepted it, by the wall clock. */
  readonly timestamp?: number;
  /** What makes the payload its own; `NaN` where the payload is not one that was sent. */
  readonly token: number;
}

/** What a bus tells, its messages without their payloads. */
export type Told = BusEvent extends infer E
  ? E extends { message: unknown }
    ? Omit<E, "message"> & { readonly message: MessageFacts }
  : E extends { type: "dead_letter_added" | "dead_letter_restored" }
    // Of one that is back, nobody else tells what it is about.
    ? E & { readonly message?: MessageFacts }
  : E
  : never;

/** What a bus shows of itself when it is asked. */
export interface Snapshot {
  readonly stats: BusStats;
  readonly backpressure: BackpressureStats;
  readonly agents: readonly AgentInfo[];
  readonly requests: number;
  readonly lostEvents: number;
  readonly letters: readonly {
    readonly id: string;
    readonly messageId: string;
    readonly reason: DeadLetterReason;
    readonly attempts: number;
    readonly agent?: string;
  }[];
  /** Newest first. */
  readonly history: readonly {
    readonly messageId: string;
    readonly outcome: MessageOutcome;
    readonly deliveries: number;
  }[];
}

/** Something that happened. `bus` is one life of a bus: `bus#2` came after `bus#1` died. */
export type Entry =
  // The world.
  | {
    readonly type: "bus_started";
    readonly bus: string;
    readonly settings: BusSettings;
  }
  | {
    readonly type: "bus_ended";
    readonly bus: string;
    /** `closing` is the moment `close()` is called, `closed` when it has resolved. */
    readonly how: "killed" | "closing" | "closed";
  }
  | { readonly type: "process_started"; readonly process: string }
  | { readonly type: "process_killed"; readonly process: string }
  | { readonly type: "fault"; readonly kind: string; readonly on: string }
  | { readonly type: "wall_set"; readonly byMs: number }
  /** From here on there are no faults, and every handler does what it should. */
  | { readonly type: "healed" }
  /** Nothing is left that could happen without somebody asking for more. */
  | { readonly type: "quiescent" }
  // What programs do, and what they see.
  | {
    readonly type: "joined";
    readonly instance: string;
    readonly agent: string;
    readonly process: string;
    readonly durable: boolean;
    /** In the process of the bus. */
    readonly local: boolean;
    /** The life of the bus it joined first. */
    readonly bus: string;
  }
  | { readonly type: "leaving"; readonly instance: string }
  | { readonly type: "left"; readonly instance: string }
  | { readonly type: "called"; readonly what: Call }
  /** `id` is the message's, where the call gives one; `reply` of a request what it was answered with. */
  | {
    readonly type: "resolved";
    readonly call: number;
    readonly id?: string;
    readonly reply?: MessageFacts;
  }
  | {
    readonly type: "rejected";
    readonly call: number;
    /** A code of `BusError`; else the name of the error, or `aborted` for the signal's own reason. */
    readonly code: string;
  }
  /** The program has given a call up, by its signal. */
  | { readonly type: "cancelled"; readonly call: number }
  /** A piece of a streamed reply, numbered by its responder from 0. */
  | {
    readonly type: "piece";
    readonly call: number;
    readonly token: number;
    readonly index: number;
  }
  | { readonly type: "attaching"; readonly consumer: ConsumerFacts }
  | { readonly type: "attached"; readonly consumer: number }
  /** `how` is `drain` where what is in hand is to be finished. */
  | {
    readonly type: "detaching";
    readonly consumer: number;
    readonly how: "close" | "drain";
  }
  | { readonly type: "detached"; readonly consumer: number }
  /** A handler starts. */
  | {
    readonly type: "handling";
    readonly handling: number;
    readonly consumer: number;
    readonly message: MessageFacts;
    readonly redelivered: boolean;
  }
  /** A handler says what becomes of its delivery. */
  | {
    readonly type: "settling";
    readonly handling: number;
    readonly verb: "ack" | "nack" | "reject" | "extend";
    readonly delayMs?: number;
  }
  /** A handler's delivery is no longer its own. */
  | {
    readonly type: "aborted";
    readonly handling: number;
    readonly code: string;
  }
  | {
    readonly type: "handled";
    readonly handling: number;
    readonly how: "returned" | "threw" | "threw_rejected";
  }
  // What a bus tells of itself.
  | { readonly type: "told"; readonly bus: string; readonly event: Told }
  /** The rules in the order they are evaluated, whenever they have changed. */
  | {
    readonly type: "rules";
    readonly bus: string;
    readonly rules: readonly RoutingRuleInfo[];
  }
  /** After each step in which it told something. */
  | {
    readonly type: "gauges";
    readonly bus: string;
    readonly pending: number;
    readonly pendingBytes: number;
    readonly reserved: number;
    readonly waiting: number;
    readonly requests: number;
    readonly letters: number;
    /** Whether it says that it is ready; of one without a store nobody asks. */
    readonly ready?: boolean;
  }
  /** Now and then, and once when all is quiet. */
  | {
    readonly type: "snapshot";
    readonly bus: string;
    readonly quiet: boolean;
    readonly shown: Snapshot;
  };

/** An entry with its place: which step of the run, and when by the monotonic clock of the world. */
export type Line = Entry & { readonly step: number; readonly atMs: number };

/** What happened in a run, in order. */
export class History {
  readonly #hash: Hash | undefined;
  readonly #kept: Line[] | undefined;
  readonly #watchers: readonly ((line: Line) => void)[];
  #unhashed: string[] = [];
  #size = 0;
  #objection: { readonly error: unknown } | undefined;

  /**
   * An empty history; each line is shown to the watchers as it is written, kept
   * if `keep` is set, and hashed if `hash` is.
   */
  constructor(
    watchers: readonly ((line: Line) => void)[],
    { keep = false, hash = false }: { keep?: boolean; hash?: boolean } = {},
  ) {
    this.#watchers = watchers;
    this.#hash = hash ? createHash("sha256") : undefined;
    this.#kept = keep ? [] : undefined;
  }

  /** Lines written. */
  get size(): number {
    return this.#size;
  }

  /** The lines, where they are kept. */
  get lines(): readonly Line[] {
    return this.#kept ?? [];
  }

  /**
   * What a watcher threw first; nothing is shown to them after that. Kept here,
   * as a line is written by whoever sees something happen, often in the middle
   * of the code under test, which would take the error for its own.
   */
  get objection(): { readonly error: unknown } | undefined {
    return this.#objection;
  }

  /** Writes a line. */
  add(line: Line): void {
    this.#size++;
    this.#kept?.push(line);
    if (this.#hash) this.#note(line, this.#hash);
    if (this.#objection) return;
    try {
      for (const watch of this.#watchers) watch(line);
    } catch (error) {
      this.#objection = { error };
    }
  }

  /** The SHA-256 of all lines, in hexadecimal: the same for the same seed. Nothing if they are not hashed. */
  digest(): string {
    if (!this.#hash) return "";
    this.#flush(this.#hash);
    return this.#hash.copy().digest("hex");
  }

  #note(line: Line, hash: Hash): void {
    this.#unhashed.push(JSON.stringify(line));
    if (this.#unhashed.length >= LINES_AT_ONCE) this.#flush(hash);
  }

  #flush(hash: Hash): void {
    if (this.#unhashed.length === 0) return;
    hash.update(this.#unhashed.join("\n") + "\n");
    this.#unhashed = [];
  }
}

/** Hashed together, as each call of the hash costs more than a line. */
const LINES_AT_ONCE = 256;
