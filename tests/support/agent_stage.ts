import assert from "node:assert/strict";
import type { Agent } from "../../bus/agent.ts";
import type { AgentOptions, MessageBus } from "../../bus/message_bus.ts";
import type { MessageBusOptions } from "../../bus/options.ts";
import type { AgentInfo } from "../../bus/records.ts";
import { type Clock, sleep, systemClock } from "../../core/clock.ts";
import type { BusErrorCode } from "../../core/errors.ts";
import { systemTasks } from "../../core/tasks.ts";

/** A bus, and the way in which agents join it. */
export interface AgentStage extends AsyncDisposable {
  /** The bus, to look at. */
  readonly bus: MessageBus;
  /** Adds an agent, in the way that is tested. */
  join(name: string, options?: AgentOptions): Promise<Agent>;
  /** The clock of the bus and of its agents. */
  readonly clock: Clock;
  /** Lets time go by, at once where the clock is virtual. */
  pass(durationMs: number): Promise<void>;
}

/** Opens a stage whose bus has the given options. */
export type OpenStage = (options?: MessageBusOptions) => Promise<AgentStage>;

/** What the suite says of agents, by its sentence. */
export type AgentCases = Record<string, (open: OpenStage) => Promise<void>>;

/** How long a case waits for something before it fails, in milliseconds. */
const PATIENCE_MS = 5_000;

/** Waits until `condition` holds. */
export async function until(
  what: string,
  condition: () => boolean,
): Promise<void> {
  const startedAt = systemClock.monotonic();
  while (!condition()) {
    const waitedMs = systemClock.monotonic() - startedAt;
    assert.ok(waitedMs < PATIENCE_MS, `waited in vain until ${what}`);
    await sleep(systemClock, 1);
  }
}

/** Lets everything happen that is on its way, also over a socket. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise<void>((resolve) => systemTasks.later(resolve));
  }
  await sleep(systemClock, 2);
}

/** Resolves once the bus has done all that the agent asked of it so far. */
export async function settled(agent: Agent): Promise<void> {
  // Requests of one agent are done in order, and a subscription is answered.
  await using _ = await agent.subscribe("settled", () => {});
}

/** What the bus says of an agent, if it is there. */
export function agentOf(
  { bus }: AgentStage,
  name: string,
): AgentInfo | undefined {
  return bus.agents().find((agent) => agent.name === name);
}

/** The code of the error that `promise` fails with. */
export async function codeOf(promise: Promise<unknown>): Promise<BusErrorCode> {
  return (await failureOf(promise)).code;
}

/** The error of the bus that `promise` fails with. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<Error & { code: BusErrorCode }> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error, String(error));
    return error as Error & { code: BusErrorCode };
  }
  assert.fail("it did not fail");
}

/** A door that a test opens: whoever waits at it goes on then. */
export function door(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** The numbers from 0 up to, but not including, `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
