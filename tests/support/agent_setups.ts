import type { Agent } from "../../bus/agent.ts";
import { type AgentOptions, MessageBus } from "../../bus/message_bus.ts";
import type { MessageBusOptions } from "../../bus/options.ts";
import { connect, type ConnectOptions } from "../../bus/remote/connect.ts";
import { sleep, systemClock } from "../../core/clock.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { memoryTransport } from "../../transports/memory.ts";
import type { Transport } from "../../transports/transport.ts";
import { unixTransport } from "../../transports/unix.ts";
import { type AgentStage, turns } from "./agent_stage.ts";
import { SocketDirectory } from "./socket_directory.ts";

/** A bus whose agents are in its own process. */
export function localStage(
  options: MessageBusOptions = {},
): Promise<AgentStage> {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock, ...options });
  return Promise.resolve({
    bus,
    clock,
    join: (name, agentOptions) =>
      Promise.resolve(bus.agent(name, agentOptions)),
    pass: (durationMs) => passVirtually(clock, durationMs),
    [Symbol.asyncDispose]: () => bus.close(),
  });
}

/** A bus whose agents join over a memory transport. */
export function memoryStage(options?: MessageBusOptions): Promise<AgentStage> {
  return stageOverMemory(options, false);
}

/** A bus whose agents join over a memory transport, with checksums. */
export function checksumStage(
  options?: MessageBusOptions,
): Promise<AgentStage> {
  return stageOverMemory(options, true);
}

async function stageOverMemory(
  options: MessageBusOptions = {},
  checksums: boolean,
): Promise<AgentStage> {
  const clock = new VirtualClock();
  const bus = new MessageBus({ clock, ...options });
  const transport = memoryTransport();
  await bus.listen(transport);
  const agents: Agent[] = [];
  return {
    bus,
    clock,
    join: (name, agentOptions) =>
      joinOver(transport, agents, {
        name,
        clock,
        checksums,
        ...agentOptions,
      }),
    pass: (durationMs) => passVirtually(clock, durationMs),
    [Symbol.asyncDispose]: () => closeAll(agents, bus),
  };
}

/** A bus whose agents join over a Unix socket, in real time. */
export async function unixStage(
  options: MessageBusOptions = {},
): Promise<AgentStage> {
  const directory = await SocketDirectory.create();
  const bus = new MessageBus(options);
  const transport = unixTransport(directory.file("bus.sock"));
  await bus.listen(transport);
  const agents: Agent[] = [];
  return {
    bus,
    clock: systemClock,
    join: (name, agentOptions) =>
      joinOver(transport, agents, { name, ...agentOptions }),
    pass: async (durationMs) => {
      await turns();
      // A timer may be up to a millisecond early.
      await sleep(systemClock, durationMs + 1);
      await turns();
    },
    [Symbol.asyncDispose]: async () => {
      await closeAll(agents, bus);
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function joinOver(
  transport: Transport,
  agents: Agent[],
  options: AgentOptions & Pick<ConnectOptions, "name" | "clock" | "checksums">,
): Promise<Agent> {
  const agent = await connect(transport, { ...options, reconnect: false });
  agents.push(agent);
  return agent;
}

async function closeAll(
  agents: readonly Agent[],
  bus: MessageBus,
): Promise<void> {
  await Promise.all(agents.map((agent) => agent.close()));
  await bus.close();
}

async function passVirtually(
  clock: VirtualClock,
  durationMs: number,
): Promise<void> {
  await turns();
  await clock.advance(durationMs);
  await turns();
}
