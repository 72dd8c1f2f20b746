import { type Clock, systemClock } from "../../core/clock.ts";
import { BusError } from "../../core/errors.ts";
import { IdSource, type Random, systemRandom } from "../../core/random.ts";
import { exponentialBackoff, type RetryPolicy } from "../../core/retry.ts";
import { systemTasks, type Tasks } from "../../core/tasks.ts";
import { nameProblem } from "../../core/topic.ts";
import type { Transport } from "../../transports/transport.ts";
import type { Agent } from "../agent.ts";
import { AgentEndpoint } from "../agent_endpoint.ts";
import { RemoteLink } from "./remote_link.ts";

/** How a lost connection is made again. */
export interface ReconnectOptions {
  /** Upper bound of the wait before the first try, in milliseconds. @default {50} */
  minDelayMs?: number;
  /** Upper bound of every wait, in milliseconds; the wait is random below a bound that doubles. @default {5_000} */
  maxDelayMs?: number;
}

/** Options of {@linkcode connect}. */
export interface ConnectOptions {
  /** The agent's name. Several processes may serve one. */
  name: string;
  /** Gives up connecting; afterwards, leaves the bus. */
  signal?: AbortSignal;
  /** The mailbox outlives the agent's presence. @default {false} */
  durable?: boolean;
  /** Whether, and how, a lost connection is made again. @default {true} */
  reconnect?: boolean | ReconnectOptions;
  /**
   * Frames carry checksums, both ways, so that bits which are turned over on
   * the way break the connection, which is made again, and never arrive as a
   * message that nobody sent. For a stream that does not see to that itself:
   * a Unix socket does. Costs 8 bytes a frame and, for a message of 450 bytes,
   * about 0.2 µs at each end. A bus that does not know checksums, or takes no
   * more connections, is `"unreachable"` then: what it says without them is not
   * believed.
   *
   * @default {false}
   */
  checksums?: boolean;
  /** Longest wait for room or for the connection before a send or a handler is refused, in milliseconds. @default {30_000} */
  sendTimeoutMs?: number;
  /** Where time comes from. @default {the machine's} */
  clock?: Clock;
  /** Where chance comes from. @default {the machine's} */
  random?: Random;
  /** How work is put off. @default {the event loop's} */
  tasks?: Tasks;
}

/**
 * Joins a bus in another process. The agent is the same as one of the bus's
 * own process; a connection that is lost is made again, with its handlers and
 * subscriptions, and what required an ack and was not confirmed is sent again.
 *
 * @throws {BusError} With code `"unreachable"` if no bus listens there,
 * `"protocol"` if it does not speak this protocol; the `reason` of `signal`.
 * @throws {RangeError} If the name is not well-formed.
 */
export async function connect(
  transport: Transport,
  options: ConnectOptions,
): Promise<Agent> {
  const {
    name,
    signal,
    durable = false,
    reconnect = true,
    checksums = false,
    sendTimeoutMs = 30_000,
    clock = systemClock,
    random = systemRandom,
    tasks = systemTasks,
  } = options;
  const problem = nameProblem(name);
  if (problem !== undefined) {
    const text = `Cannot connect as the name is not well-formed: ${problem}`;
    throw typeof name === "string" ? new RangeError(text) : new TypeError(text);
  }
  signal?.throwIfAborted();
  const ids = new IdSource(clock, random);
  const link = new RemoteLink({
    transport,
    hello: { name, instance: ids.next(), durable },
    checksums,
    backoff: backoffOf(reconnect, random),
    sendTimeoutMs,
    clock,
    tasks,
    ids,
  });
  await link.open(signal);
  const agent = new AgentEndpoint(name, link);
  const onAbort = () => void agent.close();
  signal?.addEventListener("abort", onAbort, { once: true });
  link.onClosed = () => {
    signal?.removeEventListener("abort", onAbort);
    // Without a bus to come back to, the agent has left it.
    void agent.close();
  };
  if (link.closed) {
    throw new BusError("unreachable", "Cannot connect as the bus has closed");
  }
  return agent;
}

/** When a lost connection is made again; never, if there is nothing to say when. */
function backoffOf(
  reconnect: boolean | ReconnectOptions,
  random: Random,
): RetryPolicy | undefined {
  if (reconnect === false) return undefined;
  const { minDelayMs = 50, maxDelayMs = 5_000 } = typeof reconnect === "object"
    ? reconnect
    : {};
  return exponentialBackoff({ minDelayMs, maxDelayMs, random });
}
