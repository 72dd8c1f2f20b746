/**
 * For tests: a bus whose time stands still and whose chance repeats itself,
 * messages that are expected, conversations that are recorded and played again,
 * faults on purpose, and the suites that a transport, a store or a topic table
 * of one's own has to pass.
 *
 * @module
 */
export { type Clock } from "../core/clock.ts";
export { type Random } from "../core/random.ts";
export type { TopicTable } from "../core/topic_table.ts";
export type { Store } from "../storage/store.ts";
export type {
  Connection,
  Transport,
  TransportListener,
} from "../transports/transport.ts";
export { FaultInjector, type FaultInjectorOptions } from "./fault_injector.ts";
export {
  FAULT_KINDS,
  type FaultKind,
  type FaultRule,
  type InjectedFault,
} from "./fault_rule.ts";
export type { MessageMatch } from "./message_match.ts";
export { parseRecording } from "./parse_recording.ts";
export {
  recordConversation,
  type RecordOptions,
} from "./record_conversation.ts";
export {
  type RecordedMessage,
  type Recording,
  RECORDING_VERSION,
} from "./recording.ts";
export {
  compareRecordings,
  type RecordingDifference,
  showDifference,
} from "./recording_differences.ts";
export {
  replayConversation,
  type ReplayOptions,
} from "./replay_conversation.ts";
export {
  testTopicTable,
  type TopicTableSubject,
} from "./router_conformance.ts";
export { seededRandom } from "./seeded_random.ts";
export {
  TestBus,
  type TestBusOptions,
  type TestConnectOptions,
} from "./test_bus.ts";
export {
  type ExpectedMessage,
  TestProbe,
  type TestProbeOptions,
} from "./test_probe.ts";
export * from "./store_conformance.ts";
export * from "./transport_conformance.ts";
export { VirtualClock, type VirtualClockOptions } from "./virtual_clock.ts";
