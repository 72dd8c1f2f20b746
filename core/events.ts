import type { Message } from "./message.ts";

/** What happens on a bus, for whoever watches it. `at` is milliseconds since the Unix epoch. */
export type BusEvent =
  & { readonly at: number }
  & (
    | { readonly type: "message_accepted"; readonly message: Message }
    | {
      readonly type: "delivery_started";
      readonly messageId: string;
      readonly agent: string;
      readonly attempt: number;
    }
    | {
      readonly type: "delivery_ended";
      readonly messageId: string;
      readonly agent: string;
      readonly attempt: number;
      readonly outcome: DeliveryOutcome;
      readonly error?: string;
    }
    | {
      readonly type: "message_dropped";
      readonly messageId: string;
      readonly reason: string;
    }
    | {
      readonly type: "dead_letter_added";
      readonly id: string;
      readonly messageId: string;
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
