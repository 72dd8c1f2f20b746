import { BusError } from "../core/errors.ts";
import type { BusEvent } from "../core/events.ts";
import { LIMITS } from "../core/limits.ts";
import type { Message, MessageInit } from "../core/message.ts";
import { checkAddress, isWhole } from "../core/message_check.ts";
import { nameProblem } from "../core/topic.ts";
import type { DeadLetterQueue } from "../dlq/dead_letter_queue.ts";
import type { MessageRouter } from "../router/message_router.ts";
import type { Transport } from "../transports/transport.ts";
import type { Agent, RequestOptions } from "./agent.ts";
import { AgentEndpoint } from "./agent_endpoint.ts";
import type { BackpressureController } from "./backpressure.ts";
import { idOf } from "./decision.ts";
import { Engine } from "./engine.ts";
import { toBody } from "./link.ts";
import type { LatencySnapshot } from "./latency_snapshot.ts";
import { LocalLink } from "./local_link.ts";
import type { MessageBusOptions } from "./options.ts";
import type {
  AgentInfo,
  BusStats,
  HistoryEntry,
  HistoryQuery,
} from "./records.ts";
import {
  type Listener,
  type ListenOptions,
  startListener,
} from "./remote/listener.ts";
import { openRequest, requestReply } from "./request_reply.ts";
import type { RequestTracker } from "./requests.ts";

/** Options of {@linkcode MessageBus.agent}. */
export interface AgentOptions {
  /** The mailbox outlives the agent's presence. @default {false} */
  durable?: boolean;
}

/** A subscribed topic or pattern, as {@linkcode MessageBus.topics} shows it. */
export interface TopicInfo {
  /** The topic or pattern. */
  readonly topic: string;
  /** Who subscribes to it. */
  readonly subscribers: readonly string[];
  /** Messages accepted with this very topic. */
  readonly messages: number;
}

/** Whether a bus can do its work, as {@linkcode MessageBus.health} shows it. */
export interface BusHealth {
  /** Whether messages are taken in, and what is to be kept is kept. */
  readonly ready: boolean;
  /** Why not. */
  readonly problem?: string;
}

/**
 * A bus: agents in this process, and through {@linkcode MessageBus.listen} in
 * others, send each other messages over it.
 *
 * @example
 * ```ts
 * import { MessageBus } from "@busbar/busbar";
 *
 * await using bus = new MessageBus();
 * const coder = bus.agent("coder");
 * coder.respond((message) => `done: ${message.payload}`);
 * const planner = bus.agent("planner");
 * const reply = await planner.request("coder", "build");
 * ```
 */
export class MessageBus implements AsyncDisposable {
  /** Tells buses apart in logs and in the inspector. */
  readonly name: string;
  /** The rules that messages pass before they are delivered. */
  readonly router: MessageRouter;
  /** Messages that could not be handled. */
  readonly deadLetters: DeadLetterQueue;
  /** How full the bus is. */
  readonly backpressure: BackpressureController;
  /** Who waits for a reply. */
  readonly requests: RequestTracker;
  readonly #engine: Engine;
  readonly #agents = new Set<Agent>();
  readonly #listeners = new Set<Listener>();
  #state: "open" | "draining" | "closed" = "open";

  /**
   * A bus without agents.
   *
   * @throws {TypeError} If an option has the wrong type, or is none there is.
   * @throws {RangeError} If an option has no right value.
   */
  constructor(options: MessageBusOptions = {}) {
    const engine = this.#engine = new Engine(options);
    this.name = engine.options.name;
    this.router = engine.router;
    this.deadLetters = engine.deadLetters;
    this.backpressure = engine.backpressure;
    this.requests = engine.requests;
  }

  /** Whether the bus takes messages in, finishes what it has, or has ended. */
  get state(): "open" | "draining" | "closed" {
    return this.#state;
  }

  /**
   * An agent in this process. Several of one name share its messages.
   *
   * @throws {RangeError} If the name is not well-formed.
   * @throws {BusError} With code `"closed"` if the bus is.
   */
  agent(name: string, options: AgentOptions = {}): Agent {
    const problem = nameProblem(name);
    if (problem !== undefined) {
      const text =
        `Cannot add agent as its name is not well-formed: ${problem}`;
      throw typeof name === "string"
        ? new RangeError(text)
        : new TypeError(text);
    }
    this.#checkOpen("add agent");
    const { durable = false } = options;
    const { directory, ids } = this.#engine;
    const instance = directory.join(name, ids.next(), durable);
    const link = new LocalLink(instance, this.#engine, () => {
      this.#agents.delete(agent);
    });
    const agent = new AgentEndpoint(name, link);
    this.#agents.add(agent);
    return agent;
  }

  /**
   * Takes agents in from other processes.
   *
   * @throws {BusError} With code `"unreachable"` if the transport cannot listen
   * there, `"closed"` if the bus is, `"storage"` if its store cannot be opened.
   */
  async listen(
    transport: Transport,
    options: ListenOptions = {},
  ): Promise<Listener> {
    this.#checkOpen("listen");
    if (this.#engine.durability) await this.ready();
    const listener = await startListener(transport, options, this.#engine, {
      onClose: (closed) => this.#listeners.delete(closed),
    });
    if (this.#state === "closed") {
      await listener.close();
      this.#checkOpen("listen");
    }
    this.#listeners.add(listener);
    return listener;
  }

  /**
   * Sends a message in the name of any agent: for programs that stand above
   * the agents, such as a gateway. Agents send through {@linkcode Agent}.
   *
   * @returns The message's id, once it is accepted.
   * @throws {BusError} If it is refused.
   */
  async send<P>(message: MessageInit<P>): Promise<string> {
    const { payload, ...fields } = message;
    if (fields.type === "request") {
      throw new BusError(
        "invalid_message",
        'Cannot send message as one of type "request" needs somebody to reply to: use request()',
      );
    }
    const { counters, intake, maxMessageBytes } = this.#engine;
    const body = counters.orRefuse(() => {
      checkAddress(fields);
      return toBody(payload, maxMessageBytes);
    });
    return await idOf(intake.submit({ fields, body }));
  }

  /**
   * Sends a request in the name of any agent, and waits for its reply.
   *
   * @throws {BusError} If it is refused, fails, or is not answered in time.
   */
  async request<R = unknown>(
    message: MessageInit,
    options: RequestOptions = {},
  ): Promise<Message<R>> {
    const { payload, ...init } = message;
    const {
      timeoutMs = this.#engine.requestTimeoutMs,
      signal,
      ...sendOptions
    } = options;
    if (init.type !== "request") {
      throw new BusError(
        "invalid_message",
        `Cannot send request as its type must be "request": current value is "${init.type}"`,
      );
    }
    checkAddress(init);
    checkTimeout(timeoutMs);
    signal?.throwIfAborted();
    const engine = this.#engine;
    return await requestReply(
      {
        request: (fields, body, how, sink) =>
          openRequest(engine, { fields, body }, how, sink),
      },
      { ...init, ...sendOptions },
      toBody(payload, engine.maxMessageBytes),
      { timeoutMs, signal },
    );
  }

  /**
   * Resolves once what the store has kept is back, at once without a store.
   * Until then senders wait, and nothing is handed out.
   *
   * @throws {BusError} With code `"storage"` if the store cannot be opened: it
   * is in use, cannot be read, or was written by a newer version.
   */
  ready(): Promise<void> {
    return this.#engine.ready;
  }

  /** Whether the bus can do its work now, and why not. */
  get health(): BusHealth {
    const { durability, isStopped } = this.#engine;
    const problem = this.#state !== "open"
      ? `the bus is ${this.#state}`
      : durability && !durability.isOpen
      ? durability.failure?.message ?? "the store is being read"
      : durability?.problem?.message ??
        (isStopped ? "the dead letters are full" : undefined);
    return problem === undefined ? { ready: true } : { ready: false, problem };
  }

  /** The names that a publish now would reach. */
  subscribers(topic: string): string[] {
    return this.#engine.directory.subscribers(topic);
  }

  /** Who is there. */
  agents(): AgentInfo[] {
    return this.#engine.directory.agents();
  }

  /** The topics and patterns that are subscribed to, and the topics that were published. */
  topics(): TopicInfo[] {
    const perTopic = this.#engine.counters.perTopic;
    const subscribed = this.#engine.directory.patterns();
    const known = new Set(subscribed.map(({ pattern }) => pattern));
    const others = Object.keys(perTopic.toRecord())
      .filter((topic) => !known.has(topic))
      .map((topic) => ({
        pattern: topic,
        subscribers: this.subscribers(topic),
      }));
    return [...subscribed, ...others].map(({ pattern, subscribers }) => ({
      topic: pattern,
      subscribers,
      messages: perTopic.get(pattern),
    }));
  }

  /** What was counted since the bus was made, and what it holds now. */
  stats(): BusStats {
    return this.#engine.counters.snapshot({
      pendingMessages: this.backpressure.pending,
      deadLetters: this.deadLetters.size,
      store: this.#engine.durability?.stats,
    });
  }

  /**
   * Requests refused since the bus was made as nobody served the name, by that
   * name; beyond 10,000 names the rest is `(other)`.
   */
  unserved(): Record<string, number> {
    return this.#engine.counters.unserved.toRecord();
  }

  /** How long messages took from accept to the start of the handler, up to now. */
  latency(): LatencySnapshot {
    return this.#engine.counters.latency.snapshot();
  }

  /** The last messages, newest first, with what became of them. */
  history(query: HistoryQuery = {}): HistoryEntry[] {
    return this.#engine.history.entries(query);
  }

  /** One of the last messages. */
  message(id: string): HistoryEntry | undefined {
    return this.#engine.history.get(id)?.toEntry();
  }

  /**
   * What happens from now on. A reader that is more than 1,000 events behind
   * loses the oldest; {@linkcode MessageBus.lostEvents} counts them.
   */
  events(options: { signal?: AbortSignal } = {}): AsyncIterable<BusEvent> {
    return this.#engine.events.read(options);
  }

  /** Events that readers were too slow for. */
  get lostEvents(): number {
    return this.#engine.events.lost;
  }

  /**
   * Takes no more messages, and resolves once every message that somebody is
   * there to handle is finished.
   *
   * @throws {BusError} With code `"cancelled"` if that takes longer than
   * `timeoutMs` milliseconds (default 30,000); the bus stays as it is.
   */
  async drain(
    { timeoutMs = 30_000 }: { timeoutMs?: number } = {},
  ): Promise<void> {
    if (this.#state === "closed") return;
    const { backpressure, clock, deadlines, directory, gate, entrance, tasks } =
      this.#engine;
    this.#state = "draining";
    entrance.close();
    gate.close(() => new BusError("closed", "The bus takes no more messages"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const deadline = deadlines.add(clock.monotonic() + timeoutMs, () => {
      const text =
        `Gave up draining after ${timeoutMs} ms: ${backpressure.pending} copies are unfinished`;
      reject(new BusError("cancelled", text));
    });
    const check = () => {
      const isClosed = this.#state === "closed";
      if (isClosed || backpressure.pending <= directory.parked()) resolve();
    };
    // Looked at once all that finishes together has finished.
    const checkSoon = () => tasks.soon(check);
    const { onReleased } = this.#engine;
    onReleased.add(checkSoon);
    backpressure.draining = true;
    check();
    try {
      await promise;
    } finally {
      deadlines.remove(deadline);
      onReleased.delete(checkSoon);
    }
  }

  /**
   * Ends at once: agents leave, requests fail with `"closed"`, what is
   * unfinished is lost, except for what the store keeps. Safe to call twice.
   */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    const { deadlines, directory, events, gate, entrance, requests } =
      this.#engine;
    entrance.abort();
    const closed = () => new BusError("closed", "The bus is closed");
    gate.close(closed);
    requests.failAll(closed);
    await this.#engine.durability?.close();
    await Promise.all([...this.#listeners].map((one) => one.close()));
    await Promise.all([...this.#agents].map((one) => one.close()));
    directory.close();
    deadlines.close();
    events.emit({ type: "closed" });
    events.close();
    for (const told of this.#engine.onReleased) told();
  }

  /** Closes. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(verb: string): void {
    if (this.#state === "open") return;
    const state = this.#state === "draining" ? "drains" : "is closed";
    throw new BusError("closed", `Cannot ${verb} as the bus ${state}`);
  }
}

function checkTimeout(timeoutMs: unknown): void {
  if (isWhole(timeoutMs, LIMITS.maxDurationMs) && timeoutMs > 0) return;
  throw new RangeError(
    `Cannot send request as timeoutMs must be a whole number of milliseconds from 1: current value is ${timeoutMs}`,
  );
}
