import type { Message } from "./message.ts";

/** What happens on a bus, for whoever watches it. `at` is milliseconds since the Unix epoch. */
export type BusEvent =
  & { readonly at: number }
  & (
    | {
      readonly type: "message_accepted";
      readonly message: Message;
      /** What it counts for against the limits, in bytes, each copy. */
      readonly bytes: number;
      /** Where its copies wait: one copy in each. A reply waits nowhere. */
      readonly mailboxes: readonly string[];
    }
    | {
      /** A dead letter's message is on its way again, its attempts anew. */
      readonly type: "message_replayed";
      readonly messageId: string;
      /** Of its new copies: the rules may have changed since. */
      readonly priority: number;
      readonly bytes: number;
      readonly mailboxes: readonly string[];
    }
    | {
      readonly type: "delivery_started";
      readonly messageId: string;
      /** Where the copy came from. */
      readonly mailbox: string;
      readonly agent: string;
      readonly attempt: number;
    }
    | {
      readonly type: "delivery_ended";
      readonly messageId: string;
      readonly mailbox: string;
      readonly agent: string;
      readonly attempt: number;
      readonly outcome: DeliveryOutcome;
      readonly error?: string;
    }
    | {
      /** A copy whose delivery has ended waits again; for at least `delayMs` milliseconds. */
      readonly type: "delivery_requeued";
      readonly messageId: string;
      readonly mailbox: string;
      readonly delayMs: number;
    }
    | {
      readonly type: "message_dropped";
      readonly messageId: string;
      /** Which copy was dropped; absent where the message never had one. */
      readonly mailbox?: string;
      readonly reason: string;
    }
    | {
      /** A copy that an earlier process has left waits where it did; told before it is handed out. */
      readonly type: "message_restored";
      readonly message: Message;
      readonly bytes: number;
      readonly mailbox: string;
      /** How often it was handed out, as far as that is known. */
      readonly attempts: number;
      /** How often its handler failed. */
      readonly failures: number;
      /** How long it is not to be tried again, in milliseconds. */
      readonly delayMs: number;
    }
    | {
      readonly type: "dead_letter_added" | "dead_letter_restored";
      readonly id: string;
      readonly messageId: string;
      /** Which copy was given up; absent where the message never had one. */
      readonly mailbox?: string;
      readonly reason: string;
      readonly agent?: string;
    }
    | {
      readonly type: "dead_letter_removed";
      readonly id: string;
      readonly messageId: string;
      readonly cause: "replayed" | "discarded" | "evicted" | "expired";
    }
    | {
      readonly type: "agent_joined" | "agent_left";
      readonly agent: string;
      readonly instances: number;
    }
    | {
      readonly type: "subscribed" | "unsubscribed";
      readonly agent: string;
      /** Where its messages wait. */
      readonly mailbox: string;
      readonly pattern: string;
      readonly queue?: string;
    }
    | {
      readonly type: "backpressure";
      readonly saturated: boolean;
      readonly pending: number;
      readonly waiting: number;
    }
    | { readonly type: "rules_changed"; readonly ruleId: string }
    | {
      readonly type: "connection_opened" | "connection_closed";
      readonly remote: string;
      readonly agent?: string;
      readonly reason?: string;
    }
    /** All that an earlier process has left is back. */
    | { readonly type: "store_opened" }
    | {
      /** Nothing more can be kept: sends that are to be are refused until it can. */
      readonly type: "store_failing";
      readonly reason: string;
    }
    | { readonly type: "store_recovered" }
    | {
      /** A record of the store is not what was written; what is left of it was set aside. */
      readonly type: "record_damaged";
      readonly kind: string;
      readonly key: number;
      readonly problem: string;
    }
    | { readonly type: "closed" }
  );

/** How one delivery ended. */
export type DeliveryOutcome =
  | "acked" // handled
  | "nacked" // failed; tried again, or given up when it has failed as often as it may
  | "rejected" // refused for good
  | "lease_ended" // not settled in time
  | "returned"; // given back: its consumer left
