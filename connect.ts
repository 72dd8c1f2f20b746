/**
 * What a program needs that joins a bus in another process, and no more: it
 * starts a third sooner than with all of the library, of which this is a part.
 *
 * @example
 * ```ts
 * import { connect } from "@busbar/busbar/connect";
 * import { unixTransport } from "@busbar/busbar/transports/unix";
 *
 * await using agent = await connect(unixTransport("/tmp/crew/bus.sock"), {
 *   name: "planner",
 * });
 * await agent.send("coder", "the house");
 * ```
 *
 * @module
 */
export type {
  Agent,
  Delivery,
  Handler,
  Overflow,
  ReceiveOptions,
  RequestOptions,
  Responder,
  RespondOptions,
  SendOptions,
  SubscribeOptions,
  Subscription,
} from "./bus/agent.ts";
export {
  connect,
  type ConnectOptions,
  type ReconnectOptions,
} from "./bus/remote/connect.ts";
export { type Clock, systemClock } from "./core/clock.ts";
export {
  BusError,
  type BusErrorCode,
  type BusErrorOptions,
} from "./core/errors.ts";
export type { Message, MessageType } from "./core/message.ts";
export type { Random } from "./core/random.ts";
export {
  exponentialBackoff,
  type ExponentialBackoffOptions,
  type RetryContext,
  type RetryPolicy,
} from "./core/retry.ts";
export type { Tasks } from "./core/tasks.ts";
export type {
  Connection,
  Transport,
  TransportListener,
} from "./transports/transport.ts";
