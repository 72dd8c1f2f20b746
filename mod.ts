/**
 * Busbar: a message bus for programs made of agents.
 *
 * @example
 * ```ts
 * import { MessageBus } from "@busbar/busbar";
 *
 * await using bus = new MessageBus();
 * bus.agent("coder").respond((message) => `built ${message.payload}`);
 * const reply = await bus.agent("planner").request("coder", "the house");
 * console.log(reply.payload); // built the house
 * ```
 *
 * @module
 */
export * from "./connect.ts";
export type { BackpressureController } from "./bus/backpressure.ts";
export {
  type AgentOptions,
  type BusHealth,
  MessageBus,
  type TopicInfo,
} from "./bus/message_bus.ts";
export type { LatencySnapshot } from "./bus/latency_snapshot.ts";
export type { Listener, ListenOptions } from "./bus/remote/listener.ts";
export type { MessageBusOptions } from "./bus/options.ts";
export type {
  AgentInfo,
  BackpressureStats,
  BusStats,
  DeliveryRecord,
  HistoryEntry,
  HistoryQuery,
  MessageOutcome,
  PendingRequest,
  StoreStats,
  SubscriptionInfo,
} from "./bus/records.ts";
export type { RequestTracker } from "./bus/requests.ts";
export { systemClock } from "./core/clock.ts";
export type { BusEvent, DeliveryOutcome } from "./core/events.ts";
export { MESSAGE_TYPES, type MessageInit } from "./core/message.ts";
export { systemRandom } from "./core/random.ts";
export { systemTasks } from "./core/tasks.ts";
export {
  DEAD_LETTER_REASONS,
  type DeadLetter,
  type DeadLetterQuery,
  type DeadLetterReason,
} from "./dlq/dead_letter.ts";
export type { DeadLetterQueue } from "./dlq/dead_letter_queue.ts";
export {
  MessageRouter,
  type MessageRouterOptions,
} from "./router/message_router.ts";
export type {
  PlannedHandler,
  Routable,
  RouteEnd,
  RoutePlan,
} from "./router/route_plan.ts";
export type {
  RoutingRule,
  RoutingRuleInfo,
  RuleAction,
  RuleHandler,
  RuleMatch,
} from "./router/rule.ts";
export {
  type Change,
  RECORD_KINDS,
  type RecordKind,
  type Store,
  type StoredRecord,
  type StoreSize,
} from "./storage/store.ts";
export { memoryTransport } from "./transports/memory.ts";
