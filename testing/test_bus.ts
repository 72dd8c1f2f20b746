import type { Agent } from "../bus/agent.ts";
import { type AgentOptions, MessageBus } from "../bus/message_bus.ts";
import type { MessageBusOptions } from "../bus/options.ts";
import { connect, type ConnectOptions } from "../bus/remote/connect.ts";
import type { Listener, ListenOptions } from "../bus/remote/listener.ts";
import type { Random } from "../core/random.ts";
import type { Transport } from "../transports/transport.ts";
import { FaultInjector } from "./fault_injector.ts";
import { withoutFaults } from "./faulty_agent.ts";
import { seededRandom } from "./seeded_random.ts";
import { TestProbe } from "./test_probe.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** Options of {@linkcode TestBus}: those of a bus, but for time and chance. */
export interface TestBusOptions
  extends Omit<MessageBusOptions, "clock" | "random"> {
  /** Where chance begins: the same seed gives the same ids, waits and faults. @default {1} */
  seed?: number;
  /** Wall time at the start, in milliseconds since the Unix epoch. @default {1_750_000_000_000} */
  nowMs?: number;
}

/** Options of {@linkcode TestBus.connect}: those of `connect`, but for time and chance. */
export type TestConnectOptions = Omit<ConnectOptions, "clock" | "random">;

/**
 * A bus for a test: its time stands still until the test moves it, its chance
 * repeats itself, and what its agents are handed can go wrong on purpose. Two
 * runs of a test are the same, ids and all.
 *
 * @example
 * ```ts
 * import { TestBus } from "@busbar/busbar/testing";
 *
 * await using bus = new TestBus();
 * const boss = bus.probe("boss");
 * await bus.agent("worker").send("boss", "done");
 * await boss.expectMessage({ sender: "worker", payload: "done" });
 * ```
 */
export class TestBus extends MessageBus {
  /** The time of the bus and of its agents. */
  readonly clock: VirtualClock;
  /** The chance of the bus and of its agents. */
  readonly random: Random;
  /** What may go wrong; nothing until it is told. */
  readonly faults: FaultInjector;
  readonly #listeners = new Map<Transport, Promise<Listener>>();
  readonly #connected = new Set<Agent>();

  /**
   * A bus without agents.
   *
   * @throws {TypeError} If an option has the wrong type, or is none there is.
   * @throws {RangeError} If an option has no right value.
   */
  constructor(options: TestBusOptions = {}) {
    const { seed = 1, nowMs, ...busOptions } = options;
    const clock = new VirtualClock({ nowMs });
    const random = seededRandom(seed);
    super({ ...busOptions, clock, random });
    this.clock = clock;
    this.random = random;
    // Of its own, so that a fault more or less changes no id.
    this.faults = new FaultInjector({ clock, random: seededRandom(~seed) });
  }

  /**
   * An agent in this process.
   *
   * @throws {RangeError} If the name is not well-formed.
   * @throws {BusError} With code `"closed"` if the bus is.
   */
  override agent(name: string, options?: AgentOptions): Agent {
    return this.faults.wrap(super.agent(name, options));
  }

  /** Takes agents in that connect. */
  override listen(
    transport: Transport,
    options?: ListenOptions,
  ): Promise<Listener> {
    const listener = super.listen(transport, options);
    this.#listeners.set(transport, listener);
    listener.catch(() => this.#listeners.delete(transport));
    return listener;
  }

  /**
   * An agent at the other end of a connection, by the clock and chance of this
   * bus, which listens on the transport if it does not yet. It leaves when the
   * bus closes.
   *
   * @throws {BusError} With code `"unreachable"` if the transport cannot be
   * listened on or dialed.
   * @throws {RangeError} If the name is not well-formed.
   */
  async connect(
    transport: Transport,
    options: TestConnectOptions,
  ): Promise<Agent> {
    await (this.#listeners.get(transport) ?? this.listen(transport));
    const { clock, random } = this;
    const agent = await connect(transport, { ...options, clock, random });
    this.#connected.add(agent);
    return this.faults.wrap(agent);
  }

  /** An agent in the hands of the test, with which nothing goes wrong: one of this name, or one that is there. */
  probe(agent: string | Agent): TestProbe {
    const { clock } = this;
    const made = typeof agent === "string" ? this.agent(agent) : agent;
    return new TestProbe(withoutFaults(made), { clock });
  }

  /** Ends at once; agents that connected leave first. Safe to call twice. */
  override async close(): Promise<void> {
    for (const agent of this.#connected) await agent.close();
    this.#connected.clear();
    await super.close();
  }
}
