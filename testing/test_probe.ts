import { AssertionError } from "node:assert/strict";
import type { Agent, SubscribeOptions } from "../bus/agent.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { LIMITS } from "../core/limits.ts";
import type { Message } from "../core/message.ts";
import { isWhole } from "../core/message_check.ts";
import {
  type Matcher,
  matcherOf,
  type MessageMatch,
  showMessage,
} from "./message_match.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** Options of {@linkcode TestProbe}. */
export interface TestProbeOptions {
  /**
   * The clock of the agent's bus. A {@linkcode VirtualClock} is moved on while a
   * message is expected; with any other, that takes the time it takes.
   *
   * @default {the machine's}
   */
  clock?: Clock;
}

/** A message that is expected, see {@linkcode TestProbe.expectMessage}. */
export interface ExpectedMessage<P = unknown> extends MessageMatch<P> {
  /**
   * How much time may pass until it comes, in milliseconds.
   *
   * @default {0: it is there, or comes without time passing}
   */
  readonly withinMs?: number;
}

/** Answers one request. */
interface OpenRequest {
  readonly answer: (payload: unknown) => void;
  readonly fail: (error: Error) => void;
}

/**
 * An agent in the hands of a test, which says one by one which messages it
 * expects: direct messages, broadcasts and requests, and publishes on what it
 * {@linkcode TestProbe.subscribe}s to. Takes an agent of the test's process or
 * one from `connect`; whatever it is handed is acknowledged, and a request waits
 * for {@linkcode TestProbe.reply}. The bus hears of one that connects a moment
 * later: requests and broadcasts of the same moment may find nobody there, unless
 * `await clock.advance(0)` goes before.
 *
 * It holds 1,000 messages that nobody expected yet, then forgets the oldest.
 */
export class TestProbe implements AsyncDisposable {
  /** The agent. */
  readonly agent: Agent;
  readonly #clock: Clock;
  readonly #messages: Message[] = [];
  readonly #open = new Map<string, OpenRequest>();
  readonly #watchers = new Set<() => void>();
  #forgotten = 0;

  /** Takes in what the agent is sent from now on. */
  constructor(agent: Agent, { clock = systemClock }: TestProbeOptions = {}) {
    this.agent = agent;
    this.#clock = clock;
    agent.receive((message) => this.#arrive(message));
    agent.respond((message, { signal }) => this.#ask(message, signal), {
      concurrency: LIMITS.maxProbeMessages,
    });
  }

  /** Its agent's name. */
  get name(): string {
    return this.agent.name;
  }

  /** What came and was not yet expected, in the order in which it came. */
  get messages(): readonly Message[] {
    return [...this.#messages];
  }

  /** Takes in publishes as well. Resolves once the bus will send them. */
  async subscribe(pattern: string, options?: SubscribeOptions): Promise<void> {
    const take = (message: Message) => this.#arrive(message);
    await this.agent.subscribe(pattern, take, options);
  }

  /**
   * Takes the first message that matches, of those that came and those that
   * come before `withinMs` have passed. The others stay for later expectations,
   * so that two senders may come in any order.
   *
   * @throws {AssertionError} If none does; it says what came instead.
   * @throws {RangeError} If a pattern is not well-formed, or `withinMs` no duration.
   * @throws {TypeError} If the payload is nothing that a message can have.
   */
  async expectMessage<P = unknown>(
    expected: ExpectedMessage<P> = {},
  ): Promise<Message<P>> {
    const { withinMs = 0 } = expected;
    checkWithin(withinMs);
    const matcher = matcherOf(expected, "expect message");
    const find = () => this.#messages.findIndex(matcher.matches);
    await this.#until(() => find() >= 0, withinMs);
    const found = find();
    if (found < 0) this.#missed(matcher, withinMs);
    const [message] = this.#messages.splice(found, 1);
    return message as Message<P>;
  }

  /**
   * Resolves once `withinMs` have passed and no message matches, of those that
   * came and were not yet expected and those that came meanwhile.
   *
   * @throws {AssertionError} If one does, as soon as it is there.
   * @throws {RangeError} If a pattern is not well-formed, or `withinMs` no duration.
   * @throws {TypeError} If the payload is nothing that a message can have.
   */
  async expectNoMessage<P = unknown>(
    unexpected: ExpectedMessage<P> = {},
  ): Promise<void> {
    const { withinMs = 0 } = unexpected;
    checkWithin(withinMs);
    const matcher = matcherOf(unexpected, "expect no message");
    const found = () => this.#messages.filter(matcher.matches);
    await this.#until(() => found().length > 0, withinMs);
    if (found().length === 0) return;
    failed(
      `Expected "${this.name}" to receive no message${matcher.text}${
        spanOf(withinMs)
      }: ${listOf(found())}`,
      matcher,
    );
  }

  /**
   * Answers a request that it was sent.
   *
   * @throws {RangeError} If it is none, was answered, or nobody waits any more.
   */
  reply(request: Message, payload: unknown): void {
    this.#take(request).answer(payload);
  }

  /**
   * Fails a request that it was sent: who asked gets a `BusError` with code
   * `"remote"` and this text.
   *
   * @throws {RangeError} If it is none, was answered, or nobody waits any more.
   */
  fail(request: Message, text: string): void {
    this.#take(request).fail(new Error(text));
  }

  /** Its agent leaves the bus. */
  close(): Promise<void> {
    return this.agent.close();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #arrive(message: Message): void {
    this.#messages.push(message);
    if (this.#messages.length > LIMITS.maxProbeMessages) {
      this.#messages.shift();
      this.#forgotten++;
    }
    for (const watch of this.#watchers) watch();
  }

  #ask(request: Message, signal: AbortSignal): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#open.set(request.id, { answer: resolve, fail: reject });
    const onAbort = () => {
      this.#open.delete(request.id);
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#arrive(request);
    return promise;
  }

  #take(request: Message): OpenRequest {
    const open = this.#open.get(request.id);
    if (!open) {
      throw new RangeError(
        `Cannot answer message as it must be a request that waits for "${this.name}": nobody waits for ${request.id}`,
      );
    }
    this.#open.delete(request.id);
    return open;
  }

  async #until(condition: () => boolean, withinMs: number): Promise<void> {
    const clock = this.#clock;
    if (clock instanceof VirtualClock) {
      await clock.advanceUntil(condition, withinMs);
      return;
    }
    if (condition()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = () => {
      if (condition()) resolve();
    };
    this.#watchers.add(watch);
    const cancel = clock.schedule(withinMs, resolve);
    await promise;
    cancel();
    this.#watchers.delete(watch);
  }

  #missed(matcher: Matcher, withinMs: number): never {
    const forgotten = this.#forgotten === 0
      ? ""
      : `\n  ${this.#forgotten} older ones were forgotten`;
    failed(
      `Expected "${this.name}" to receive a message${matcher.text}${
        spanOf(withinMs)
      }: ${listOf(this.#messages)}${forgotten}`,
      matcher,
    );
  }
}

function failed(
  message: string,
  { thrown }: Matcher,
): never {
  const error = new AssertionError({ message });
  if (thrown !== undefined) error.cause = thrown;
  throw error;
}

function spanOf(withinMs: number): string {
  return withinMs === 0 ? "" : ` within ${withinMs} ms`;
}

/** What came, as lines; as many as help. */
function listOf(messages: readonly Message[]): string {
  const { maxListedMessages } = LIMITS;
  if (messages.length === 0) return "nothing came";
  const lines = messages.slice(0, maxListedMessages).map(showMessage);
  const more = messages.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  return `there came\n  ${lines.join("\n  ")}`;
}

function checkWithin(withinMs: number): void {
  if (isWhole(withinMs, LIMITS.maxDurationMs)) return;
  throw new RangeError(
    `Cannot expect message as withinMs must be a whole number of milliseconds from 0: current value is ${withinMs}`,
  );
}
