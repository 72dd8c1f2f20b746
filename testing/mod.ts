/**
 * For tests: a clock that stands still, chance that repeats itself, and the
 * suites that a transport or a topic table of one's own has to pass.
 *
 * @module
 */
export { type Clock } from "../core/clock.ts";
export { type Random } from "../core/random.ts";
export type { TopicTable } from "../core/topic_table.ts";
export type {
  Connection,
  Transport,
  TransportListener,
} from "../transports/transport.ts";
export {
  testTopicTable,
  type TopicTableSubject,
} from "./router_conformance.ts";
export { seededRandom } from "./seeded_random.ts";
export * from "./transport_conformance.ts";
export { VirtualClock, type VirtualClockOptions } from "./virtual_clock.ts";
