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
      readonly type: "dead_letter_added";
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
      readonly cause: "replayed" | "discarded" | "evicted";
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
    | { readonly type: "closed" }
  );

/** How one delivery ended. */
export type DeliveryOutcome =
  | "acked" // handled
  | "nacked" // failed; tried again, or given up when it has failed as often as it may
  | "rejected" // refused for good
  | "lease_ended" // not settled in time
  | "returned"; // given back: its consumer left
