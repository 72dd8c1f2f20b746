import type { Agent, Delivery } from "../bus/agent.ts";
import { type Clock, sleep } from "../core/clock.ts";
import type { Message } from "../core/message.ts";
import type { FaultRule } from "./fault_rule.ts";

/** A handler or a responder, whatever its messages carry. */
// deno-lint-ignore no-explicit-any -- a handler of any payload is one.
export type Work = (message: Message<any>, delivery: Delivery<any>) => any;

/** A message that goes wrong in a handler's hands. */
export interface FaultyHandling {
  /** How it goes wrong. */
  readonly rule: FaultRule;
  /** Who handles it. */
  readonly agent: Agent;
  /** Where time comes from. */
  readonly clock: Clock;
  /** What handles it. */
  readonly work: Work;
  /** The message. */
  readonly message: Message;
  /** Its delivery. */
  readonly delivery: Delivery;
}

/** Has a message handled, and lets it go wrong. @returns What the bus is to take for the handler's result. */
export function handleWithFault(
  handling: FaultyHandling,
): Promise<unknown> {
  switch (handling.rule.kind) {
    case "drop":
      return dropped(handling);
    case "delay":
      return delayed(handling);
    case "duplicate":
      return duplicated(handling);
    case "throw":
      return threw(handling);
    case "disconnect":
      return disconnected(handling);
  }
}

/** The delivery whose end the bus never hears of: its connection is lost. */
export function unheard<P>(delivery: Delivery<P>): Delivery<P> {
  return {
    message: delivery.message,
    get redelivered() {
      return delivery.redelivered;
    },
    get signal() {
      return delivery.signal;
    },
    ack: () => {},
    nack: () => {},
    reject: () => {},
    extend: () => delivery.extend(),
  };
}

/** The same delivery, as it is when the message comes again. */
export function comingAgain<P>(delivery: Delivery<P>): Delivery<P> {
  const { message } = delivery;
  return {
    // What requires no ack is not counted: somebody has sent it twice.
    message: message.requiresAck
      ? { ...message, attempt: message.attempt + 1 }
      : message,
    redelivered: message.requiresAck || delivery.redelivered,
    get signal() {
      return delivery.signal;
    },
    ack: () => delivery.ack(),
    nack: (options) => delivery.nack(options),
    reject: (reason) => delivery.reject(reason),
    extend: () => delivery.extend(),
  };
}

/** What an injected throw throws. */
export function injectedError({ kind }: FaultRule): Error {
  return new Error(`Injected fault: ${kind}`);
}

async function dropped(
  { message, delivery: { signal } }: FaultyHandling,
): Promise<void> {
  if (!message.requiresAck && message.type !== "request") return;
  // In nobody's hands until the bus gives it up: its lease ends, or whoever
  // asked has waited long enough.
  await aborted(signal);
  throw signal.reason;
}

async function delayed(handling: FaultyHandling): Promise<unknown> {
  const { rule, clock, work, message, delivery } = handling;
  const { delayMs = 0 } = rule;
  await sleep(clock, delayMs, { signal: delivery.signal });
  return await work(message, delivery);
}

async function duplicated(
  { work, message, delivery }: FaultyHandling,
): Promise<unknown> {
  try {
    const pieces = await work(message, unheard(delivery));
    if (isAsyncIterable(pieces)) await readThrough(pieces);
  } catch {
    // Nobody hears of it, as of the rest.
  }
  const again = comingAgain(delivery);
  return await work(again.message, again);
}

async function threw(
  { rule, work, message, delivery }: FaultyHandling,
): Promise<unknown> {
  if (rule.point === "before") throw injectedError(rule);
  const pieces = await work(message, delivery);
  if (isAsyncIterable(pieces)) return thenThrow(pieces, injectedError(rule));
  throw injectedError(rule);
}

async function disconnected(
  { rule, agent, work, message, delivery }: FaultyHandling,
): Promise<never> {
  try {
    // Goes on by itself: a handler does not notice that its agent has left.
    Promise.resolve(work(message, delivery)).catch(() => {});
  } catch {
    // Thrown too late for anybody to hear.
  }
  await agent.close();
  throw injectedError(rule);
}

async function* thenThrow(
  pieces: AsyncIterable<unknown>,
  error: Error,
): AsyncGenerator<unknown> {
  yield* pieces;
  throw error;
}

async function readThrough(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null &&
    Symbol.asyncIterator in value;
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
