import type { Overflow, RoutingRule } from "../../../mod.ts";

/** How a consumer takes messages in. */
export interface ConsumerSettings {
  readonly concurrency: number;
  readonly ackTimeoutMs?: number;
  readonly maxAttempts?: number;
  readonly maxMessages?: number;
  readonly overflow?: Overflow;
}

/** What a handler does at once with a message; `hold` leaves it to later commands. */
export type Act =
  | "hold" // works on until a command ends it, or its signal aborts
  | "hang" // the same, but deaf to its signal
  | "return"
  | "throw"
  | "fail" // a promise that rejects
  | "refuse" // throws code "rejected"
  | "ack"
  | "nack"
  | "reject";

/** How a delivery is settled by its holder. */
export type Verb = "ack" | "nack" | "reject" | "extend" | "leave";

/**
 * One step of a program. Everything it makes has its name from `id`, and
 * everything it touches is named, so that a program of which some commands were
 * taken out is a program still: what is not there is passed over.
 */
export type Command =
  | { do: "join"; id: string; name: string; durable: boolean }
  | { do: "leave"; instance: string }
  | ConsumeCommand
  | { do: "retire"; consumer: string }
  | SendCommand
  | { do: "abort" | "cancel"; call: string }
  | {
    do: "settle";
    delivery: string;
    verb: Verb;
    delayMs?: number;
    end?: "return" | "throw";
  }
  | { do: "rule"; rule: RoutingRule }
  | { do: "unrule"; rule: string }
  | { do: "enable"; rule: string; enabled: boolean }
  | { do: "replay"; id: string; letter: string }
  | { do: "discard"; letter: string }
  | { do: "clear" }
  | { do: "advance"; ms: number }
  /** The wall clock is set; nothing must come of it. */
  | { do: "jump"; ms: number };

/** A consumer of an agent. */
export interface ConsumeCommand {
  readonly do: "receive" | "respond" | "subscribe";
  readonly id: string;
  readonly instance: string;
  readonly pattern?: string;
  readonly queue?: string;
  readonly durable?: string;
  readonly settings: ConsumerSettings;
}

/** How a delivery goes on. */
export type SettleCommand = Command & { do: "settle" };

/** A message on its way. */
export interface SendCommand {
  readonly do: "send" | "publish" | "broadcast" | "request";
  readonly id: string;
  readonly instance: string;
  /** A recipient, or the topic of a publish. */
  readonly to: string;
  readonly bytes: number;
  readonly priority: number;
  readonly requiresAck: boolean;
  readonly ttlMs?: number;
  readonly timeoutMs?: number;
  readonly deduplicationId?: string;
}

/** What both buses are made with. */
export interface BusSettings {
  readonly maxPending: number;
  readonly maxPendingBytes: number;
  readonly waitTimeoutMs: number;
  readonly maxAttempts: number;
  readonly ackTimeoutMs: number;
  readonly agingStepMs: number;
  readonly maxMessages: number;
  readonly overflow: Overflow;
  readonly maxLetters: number;
  readonly whenFull: "stop" | "evict-oldest";
  readonly requestTimeoutMs: number;
  /** How long a send is known by its deduplication id. */
  readonly deduplicationMs: number;
  /** Waits after the first failure, the second, …; then the message is given up. */
  readonly retryMs: readonly number[];
  readonly act: (label: string, kind: string, attempt: number) => Act;
}

/** One start of a handler, as both buses tell of it. */
export interface Start {
  readonly id: string;
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly priority: number;
  readonly at: number;
}

/** Time that goes by before each command, in milliseconds, so that no two have one time. */
export const TICK_MS = 1;

/** The handler that throws. */
export const REFUSING_HANDLER = "refuse";

/** What both buses call a delivery: each has a name of its own. */
export function deliveryName(
  label: string,
  consumer: string,
  taken: { has(name: string): boolean },
): string {
  for (let nth = 1;; nth++) {
    const name = `${label}@${consumer}#${nth}`;
    if (!taken.has(name)) return name;
  }
}

/** What both buses call a letter. */
export function letterName(
  label: string,
  reason: string,
  attempts: number,
  agent: string | undefined,
): string {
  return `${label} ${reason} after ${attempts} at ${agent}`;
}

/** The type of the message that a command sends. */
export function typeOf(
  verb: SendCommand["do"],
): "direct" | "publish" | "request" {
  return verb === "send" || verb === "broadcast" ? "direct" : verb;
}
