import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/random.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Tasks } from "../core/tasks.ts";
import type { Store } from "../storage/store.ts";
import type { Overflow } from "./agent.ts";

/** Options of {@linkcode MessageBus}. */
export interface MessageBusOptions {
  /** Tells buses apart in logs and in the inspector. @default {"bus"} */
  name?: string;
  /** Encoded size of one message, in bytes. @default {10_485_760} */
  maxMessageBytes?: number;
  /** Longest wait for a reply, in milliseconds. @default {30_000} */
  requestTimeoutMs?: number;
  /** How much unfinished work the bus takes in. */
  backpressure?: {
    /** Accepted, unfinished copies. @default {10_000} */
    maxPending?: number;
    /** Their payloads together, in bytes. @default {268_435_456} */
    maxPendingBytes?: number;
    /** A sender that waits longer than this raises a `backpressure` event, in milliseconds. @default {100} */
    waitMs?: number;
    /** A sender that waits longer than this is refused, in milliseconds. @default {30_000} */
    timeoutMs?: number;
  };
  /** How messages that require an ack are handed out. */
  delivery?: {
    /** How long a delivery may take, in milliseconds. @default {30_000} */
    ackTimeoutMs?: number;
    /** Failures after which a message becomes a dead letter. @default {5} */
    maxAttempts?: number;
    /** When to try again after a failure. @default {exponential with full jitter, 100 ms to 30 s} */
    retry?: RetryPolicy;
    /** Wait that lifts a message by one step of priority, in milliseconds. @default {1_000} */
    agingStepMs?: number;
  };
  /** What each mailbox holds, where a subscription does not say otherwise. */
  mailbox?: {
    /** Messages that may wait. @default {10_000} */
    maxMessages?: number;
    /** What happens to the next one then. @default {"wait"} */
    overflow?: Overflow;
  };
  /** What is kept of messages that could not be handled. */
  deadLetters?: {
    /** Letters kept. @default {1_000} */
    maxEntries?: number;
    /** How long each is kept, in milliseconds. @default {until it is replayed or discarded} */
    maxAgeMs?: number;
    /** Make room by forgetting the oldest, or take in no more messages. @default {"evict-oldest"; with a store "stop"} */
    whenFull?: "stop" | "evict-oldest";
  };
  /** How many messages are remembered with what became of them, or none. */
  history?: {
    /** @default {10_000} */
    maxEntries?: number;
    /** How long each is remembered, in milliseconds. @default {until newer ones push it out} */
    maxAgeMs?: number;
    /** Whether the store keeps what has ended: a kill loses the last half second. Needs a `store`. @default {false} */
    durable?: boolean;
  } | false;
  /**
   * Where messages are kept that must outlive the process: those that require
   * an acknowledgement, dead letters, rules, and who is durable. The bus closes
   * it when it closes. @default {none: everything is in memory}
   */
  store?: Store;
  /** Where time comes from. @default {the machine's} */
  clock?: Clock;
  /** Where chance comes from. @default {the machine's} */
  random?: Random;
  /** How work is put off. @default {the event loop's} */
  tasks?: Tasks;
}
