import type { Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import {
  isRefused,
  type KnownCall,
  KnownCalls,
  typeOf,
} from "./known_calls.ts";

/** How long a bus remembers a deduplication id, in milliseconds. */
const WINDOW_MS = 120_000;
const DEFAULT_PRIORITY = 50;

/** A message that some life of a bus has accepted. */
interface Accepted {
  readonly token: number;
  readonly sender: string;
  /** The life that accepted it last. */
  bus: string;
}

/** What one life of a bus remembers of deduplication ids. */
interface Remembered {
  readonly id: string;
  /** No later than this it began to remember it. */
  readonly sinceMs: number;
}

interface Life {
  readonly remembered: Map<string, Remembered>;
  /** Priorities that a rule has given. */
  readonly priorities: Set<number>;
}

/**
 * What is accepted is what was sent, once: nothing that nobody sent, nothing
 * that was refused, nothing twice, nothing changed on the way; and whoever was
 * told that his message is accepted was told the truth.
 */
export class Accepts implements Checker {
  readonly laws = ["S1", "S2", "S3", "S7"];
  readonly #calls = new KnownCalls();
  readonly #lives = new Map<string, Life>();
  readonly #accepted = new Map<string, Accepted>();
  /** Messages made by each token, by id. */
  readonly #ids = new Map<number, Set<string>>();
  /** Letters that somebody wanted sent again. */
  readonly #replayed = new Set<string>();
  /** Messages that came out of a store. */
  readonly #isBack = new Set<string>();
  /** Of this step: what a bus tells may be written after them. */
  #resolved: (Line & { type: "resolved" })[] = [];
  #step = -1;

  take(line: Line): void {
    if (line.step !== this.#step) {
      this.#closeStep();
      this.#step = line.step;
    }
    this.#calls.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, {
          remembered: new Map(),
          priorities: new Set(),
        });
        return;
      case "bus_ended":
        if (line.how !== "closing") this.#lives.delete(line.bus);
        return;
      case "rules": {
        const priorities = this.#lives.get(line.bus)?.priorities;
        for (const { action } of line.rules) {
          if (action?.kind === "set-priority") priorities?.add(action.priority);
        }
        return;
      }
      case "called": {
        const { verb, letter } = line.what;
        if (verb === "replay" && letter) this.#replayed.add(letter);
        return;
      }
      case "resolved":
        this.#resolved.push(line);
        return;
      case "rejected":
        return this.#refused(line);
      case "told":
        if (line.event.type === "message_restored") {
          return this.#restore(line.event.message, line.bus, line);
        }
        if (line.event.type === "dead_letter_restored") {
          this.#isBack.add(line.event.messageId);
        }
        if (line.event.type !== "message_accepted") return;
        return this.#accept(line.event.message, line.bus, line);
    }
  }

  end(): void {
    this.#closeStep();
  }

  #accept(message: MessageFacts, bus: string, line: Line): void {
    const { id, token, type, requestId } = message;
    if (requestId !== undefined && type !== "request") return;
    const life = this.#lives.get(bus);
    if (!life) return;
    if (Number.isNaN(token)) fail("S7", `${id} has another payload`, line);
    const calls = this.#calls.of(token);
    // A letter that came back may be of a copy that a rule has made.
    if (this.#isBack.has(id)) return;
    const call = this.#callOf(message, calls, life, line);
    // The letter of one that was refused may be sent again.
    if (!this.#replayed.has(id) && calls.every(isRefused)) {
      fail("S2", `${id} is accepted after it was refused: ${call.code}`, line);
    }
    this.#checkOnce(message, bus, calls, line);
    this.#accepted.set(id, { token, sender: message.sender, bus });
    // A request is not compared with what was asked before; and what was
    // refused is not remembered, also if its letter is sent again.
    const isCompared = type !== "request" && calls.length === 1 &&
      !this.#replayed.has(id);
    if (isCompared) this.#checkWindow(message, call, life, line);
  }

  /** What is back was accepted, also if nobody came to tell. */
  #restore(message: MessageFacts, bus: string, line: Line): void {
    const { id, token, sender } = message;
    const calls = this.#calls.of(token);
    if (calls.length === 0) fail("S2", `nobody has sent ${id}`, line);
    if (!this.#replayed.has(id) && calls.every(isRefused)) {
      fail("S2", `${id} is back after it was refused`, line);
    }
    this.#accepted.set(id, { token, sender, bus });
    this.#isBack.add(id);
  }

  /** The call that sent it, or that may have. */
  #callOf(
    message: MessageFacts,
    calls: readonly KnownCall[],
    life: Life,
    line: Line,
  ): KnownCall {
    let difference: string | undefined;
    for (const call of calls) {
      difference = differenceOf(message, call, life);
      if (difference === undefined) return call;
    }
    const { id } = message;
    if (difference === undefined) fail("S2", `nobody has sent ${id}`, line);
    fail("S7", `${id} is not as it was sent: ${difference}`, line);
  }

  /** One send makes one message, and a life of a bus accepts that once. */
  #checkOnce(
    { id, token }: MessageFacts,
    bus: string,
    calls: readonly KnownCall[],
    line: Line,
  ): void {
    // Of one that is back, the letter of another copy may be sent again.
    if (this.#accepted.get(id)?.bus === bus && !this.#isBack.has(id)) {
      fail("S3", `${id} is accepted again by ${bus}`, line);
    }
    const ids = this.#ids.get(token) ?? new Set<string>();
    this.#ids.set(token, ids);
    ids.add(id);
    if (ids.size > calls.length) {
      const text = `${[...ids].join(" and ")} came of ${calls.length} sends`;
      fail("S3", text, line);
    }
  }

  #checkWindow(
    { id, sender }: MessageFacts,
    { what: { deduplicationId }, calledMs }: KnownCall,
    { remembered }: Life,
    line: Line,
  ): void {
    if (deduplicationId === undefined) return;
    const key = `${sender} ${deduplicationId}`;
    const first = remembered.get(key);
    if (first && line.atMs < first.sinceMs + WINDOW_MS) {
      const text =
        `${id} is accepted although ${first.id} of ${sender} had the same deduplicationId "${deduplicationId}"`;
      fail("S3", text, line);
    }
    remembered.set(key, { id, sinceMs: calledMs });
  }

  #refused(line: Line & { type: "rejected" }): void {
    const call = this.#calls.get(line.call);
    const token = call?.what.token;
    if (!call || token === undefined || !isRefused(call)) return;
    if (this.#calls.of(token).length > 1) return;
    for (const id of this.#ids.get(token) ?? []) {
      const bus = this.#accepted.get(id)?.bus ?? "";
      if (!this.#lives.has(bus) || this.#replayed.has(id)) continue;
      fail("S2", `${id} is refused after ${bus} has accepted it`, line);
    }
  }

  #closeStep(): void {
    if (this.#resolved.length === 0) return;
    const resolved = this.#resolved;
    this.#resolved = [];
    for (const line of resolved) this.#checkResolved(line);
  }

  #checkResolved(line: Line & { type: "resolved" }): void {
    const { id } = line;
    const call = this.#calls.get(line.call);
    if (!call || id === undefined || call.what.token === undefined) return;
    const { agent, local, what } = call;
    const accepted = this.#accepted.get(id);
    if (!accepted) {
      // At-most-once, over a connection, it was only handed over.
      if (!local && what.requiresAck !== true) return;
      fail("S1", `${id} was confirmed to ${agent}, and not accepted`, line);
    }
    if (accepted.token === what.token) return;
    const isRepeated = what.deduplicationId !== undefined &&
      accepted.sender === agent &&
      this.#calls.of(accepted.token).some((first) =>
        first.what.deduplicationId === what.deduplicationId
      );
    if (isRepeated) return;
    fail("S2", `call ${what.call} of ${agent} is told the id ${id}`, line);
  }
}

/** What differs between a message and what the call said of it; priorities may come from a rule. */
function differenceOf(
  message: MessageFacts,
  { what, agent }: KnownCall,
  { priorities }: Life,
): string | undefined {
  const { priority: wanted = DEFAULT_PRIORITY } = what;
  if (message.sender !== agent) return `sender ${message.sender}`;
  if (message.type !== typeOf(what)) return `type ${message.type}`;
  if (message.recipient !== what.recipient) {
    return `recipient ${message.recipient}`;
  }
  if (message.topic !== what.topic) return `topic ${message.topic}`;
  if (message.ttlMs !== what.ttlMs) return `ttlMs ${message.ttlMs}`;
  if (message.requiresAck !== (what.requiresAck ?? false)) {
    return `requiresAck ${message.requiresAck}`;
  }
  if (message.priority !== wanted && !priorities.has(message.priority)) {
    return `priority ${message.priority}`;
  }
  return undefined;
}

function fail(law: string, text: string, line: Line): never {
  throw new Violation(law, text, line);
}
