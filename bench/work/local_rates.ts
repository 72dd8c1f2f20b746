import { cpuUsage } from "node:process";
import { isWhole } from "../message.ts";

/** Takes a message. */
export type Take = (message: { readonly payload: unknown }) => void;

/** Messages between two looks at the clock, which costs as much as many calls. */
const BATCH = 256;
/** Part of a measurement that is done beforehand and not counted. */
const WARM_UP = 0.25;

/** What a message costs within a process. */
export interface LocalRate {
  readonly perSecond: number;
  /** Time that the process had a processor for each, in microseconds: steadier than the rate. */
  readonly ownUs: number;
}

/**
 * How many messages a second go to so many receivers of one process. `prepare`
 * sets the receivers up, and returns what sends a message to all of them.
 */
export async function sendRate(
  receivers: number,
  ms: number,
  prepare: (take: Take) => (() => unknown) | Promise<() => unknown>,
): Promise<LocalRate> {
  let arrived = 0;
  const send = await prepare(({ payload }) => {
    if (isWhole(payload)) arrived++;
  });
  const warmUp = await sendAll(ms * WARM_UP, send);
  while (arrived < warmUp * receivers) await nextTurn();
  arrived = 0;
  return await rateOf(async () => {
    const count = await sendAll(ms, send);
    while (arrived < count * receivers) await nextTurn();
    return count;
  });
}

/** How many requests a second are answered with so many in flight. */
export async function askRate(
  inFlight: number,
  ms: number,
  ask: () => unknown,
): Promise<LocalRate> {
  await askAll(inFlight, ms * WARM_UP, ask);
  return await rateOf(() => askAll(inFlight, ms, ask));
}

/** What a message costs while a task is done, which says how many there were. */
export async function rateOf(task: () => Promise<number>): Promise<LocalRate> {
  const usedBefore = cpuUsage();
  const startedAt = performance.now();
  const count = await task();
  const tookMs = performance.now() - startedAt;
  const { user, system } = cpuUsage(usedBefore);
  return {
    perSecond: count / tookMs * 1_000,
    ownUs: (user + system) / count,
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

async function sendAll(ms: number, send: () => unknown): Promise<number> {
  const endsAt = performance.now() + ms;
  let count = 0;
  while (performance.now() < endsAt) {
    let last: unknown;
    for (let index = 0; index < BATCH; index++) last = send();
    count += BATCH;
    // A program that sends much does not wait for each message, yet notices when it must.
    await last;
  }
  return count;
}

async function askAll(
  inFlight: number,
  ms: number,
  ask: () => unknown,
): Promise<number> {
  const endsAt = performance.now() + ms;
  let count = 0;
  const askInTurn = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      for (let index = 0; index < BATCH / inFlight; index++) {
        await ask();
        count++;
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askInTurn));
  return count;
}
