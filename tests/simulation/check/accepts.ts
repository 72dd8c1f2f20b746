import type { Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { isKept, type ToldLine } from "./copy.ts";
import {
  isRefused,
  type KnownCall,
  KnownCalls,
  typeOf,
} from "./known_calls.ts";
import { SendsRemembered, WINDOW_MS } from "./sends_remembered.ts";

const DEFAULT_PRIORITY = 50;
/** Why a message is a dead letter as soon as it is accepted. */
const OF_ACCEPT = new Set(["no_recipient", "no_subscriber", "rule"]);

/** A message that some life of a bus has accepted. */
interface Accepted {
  readonly token: number;
  readonly sender: string;
  /** It has outlived the bus, or will. */
  readonly isKept: boolean;
  /** The life that accepted it last. */
  bus: string;
}

interface Life {
  readonly hasStore: boolean;
  readonly startedMs: number;
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
  readonly #sends = new SendsRemembered();
  /** Messages made by each token, by id. */
  readonly #ids = new Map<number, Set<string>>();
  /** Letters that somebody wanted sent again, and their messages. */
  readonly #replayed = new Set<string>();
  /** Messages of letters. */
  readonly #letters = new Map<string, string>();
  /** Messages that came out of a store. */
  readonly #isBack = new Set<string>();
  /** There was a rule that drops messages. */
  #isAnyDropped = false;
  /** When a `deduplicationId` was first used, by its sender and itself. */
  readonly #named = new Map<string, number>();
  /** Of this step: what a bus tells may be written after them. */
  #resolved: (Line & { type: "resolved" })[] = [];
  #step = -1;

  take(line: Line): void {
    if (line.step !== this.#step) {
      this.#closeStep();
      this.#step = line.step;
    }
    this.#calls.take(line);
    this.#sends.take(line);
    switch (line.type) {
      case "bus_started":
        this.#lives.set(line.bus, {
          hasStore: line.settings.hasStore ?? false,
          startedMs: line.atMs,
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
          if (action?.kind === "drop") this.#isAnyDropped = true;
        }
        return;
      }
      case "called": {
        const { verb, letter } = line.what;
        this.#name(this.#calls.get(line.what.call));
        if (verb !== "replay" || !letter) return;
        this.#replayed.add(letter);
        this.#replayed.add(this.#letters.get(letter) ?? letter);
        return;
      }
      case "resolved":
        this.#resolved.push(line);
        return;
      case "rejected":
        return this.#refused(line);
      case "told":
        return this.#told(line);
    }
  }

  end(): void {
    this.#closeStep();
  }

  #told(line: ToldLine): void {
    const { event, bus } = line;
    switch (event.type) {
      case "message_restored":
        return this.#restore(event.message, bus, line);
      case "message_accepted":
        return this.#accept(event.message, line);
      case "dead_letter_restored":
        this.#isBack.add(event.messageId);
        this.#letters.set(event.id, event.messageId);
        // Such a letter is kept with what the bus accepts.
        if (event.message && OF_ACCEPT.has(event.reason)) {
          this.#restore(event.message, bus, line);
        }
        return;
      case "dead_letter_added":
        this.#letters.set(event.id, event.messageId);
    }
  }

  #accept(
    message: MessageFacts,
    line: ToldLine,
  ): void {
    const { bus } = line;
    const { id, token, type, requestId } = message;
    if (requestId !== undefined && type !== "request") return;
    const life = this.#lives.get(bus);
    if (!life) return;
    if (Number.isNaN(token)) fail("S7", `${id} has another payload`, line);
    const calls = this.#calls.of(token);
    // A letter that came back may be of a copy that a rule has made.
    const isAgain = this.#replayed.has(id);
    if (isAgain && this.#isBack.has(id)) return;
    const call = this.#callOf(message, calls, life, line);
    // The letter of one that was refused may be sent again.
    if (!isAgain && calls.every(isRefused)) {
      fail("S2", `${id} is accepted after it was refused: ${call.code}`, line);
    }
    if (!isAgain) this.#checkAgain(message, bus, life, line);
    this.#checkOnce(message, bus, calls, line);
    const { sender } = message;
    const isStored = life.hasStore && isKept(message);
    const accepted = { token, sender, isKept: isStored, bus };
    this.#accepted.set(id, accepted);
    // A request is not compared with what was asked before; and what was
    // refused is not remembered, also if its letter is sent again.
    const isCompared = type !== "request" && calls.length === 1 && !isAgain;
    if (!isCompared) return;
    this.#checkWindow(message, call, accepted, line);
  }

  /** What is back was accepted, also if nobody came to tell. */
  #restore(message: MessageFacts, bus: string, line: ToldLine): void {
    const { id, token, sender, timestamp } = message;
    const calls = this.#calls.of(token);
    if (calls.length === 0) fail("S2", `nobody has sent ${id}`, line);
    if (!this.#replayed.has(id) && calls.every(isRefused)) {
      fail("S2", `${id} is back after it was refused`, line);
    }
    this.#isBack.add(id);
    const isNews = !this.#accepted.has(id);
    const known = { token, sender, isKept: true, bus };
    this.#accepted.set(id, known);
    const [call, another] = calls;
    const deduplicationId = call?.what.deduplicationId;
    const isSure = isNews && !another && !this.#replayed.has(id);
    if (!call || !deduplicationId || timestamp === undefined) return;
    if (!isSure) return;
    const madeAt = this.#sends.writtenAt(timestamp, call.calledMs);
    const untilMs = line.atMs + this.#sends.leftMs(madeAt, line.event.at);
    this.#sends.add(bus, `${sender} ${deduplicationId}`, {
      ...{ id, madeAt, untilMs, isKept: true },
    });
  }

  /** What was kept by an earlier life is known to come again, as it was there. */
  #checkAgain(
    { id }: MessageFacts,
    bus: string,
    { startedMs }: Life,
    line: Line,
  ): void {
    const known = this.#accepted.get(id);
    const isOfPast = known?.bus !== bus || this.#isBack.has(id);
    const isKnown = known?.isKept && isOfPast;
    if (!isKnown || line.atMs >= startedMs + WINDOW_MS) return;
    fail("S3", `${id} is accepted again by ${bus} after a restart`, line);
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
    message: MessageFacts,
    { what: { deduplicationId }, calledMs }: KnownCall,
    accepted: Accepted,
    line: ToldLine,
  ): void {
    if (deduplicationId === undefined) return;
    const { id, sender } = message;
    const key = `${sender} ${deduplicationId}`;
    const first = this.#sends.find(line.bus, key, line.atMs);
    if (first) {
      const text =
        `${id} is accepted although ${first.id} of ${sender} had the same deduplicationId "${deduplicationId}"`;
      fail("S3", text, line);
    }
    // It began to remember it when it was called, or later.
    const untilMs = calledMs + WINDOW_MS;
    const { at } = line.event;
    const madeAt = Math.min(at, message.timestamp ?? at);
    const { isKept } = accepted;
    this.#sends.add(line.bus, key, { id, untilMs, madeAt, isKept });
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
      // Its letter was back, and is evicted.
      if (this.#isBack.has(id) || this.#mayBeDropped(call)) {
        const { token = NaN } = what;
        const known = { token, sender: agent, isKept: true, bus: "" };
        return void this.#accepted.set(id, known);
      }
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

  #name(call: KnownCall | undefined): void {
    if (call?.what.deduplicationId === undefined) return;
    const key = `${call.agent} ${call.what.deduplicationId}`;
    if (!this.#named.has(key)) this.#named.set(key, call.calledMs);
  }

  /** Of what a rule dropped in an earlier life, which did not come to tell, only the send is kept. */
  #mayBeDropped({ agent, what, calledMs }: KnownCall): boolean {
    const key = `${agent} ${what.deduplicationId}`;
    const sinceMs = this.#named.get(key) ?? calledMs;
    const isOfPast = ({ hasStore, startedMs }: Life) =>
      hasStore && sinceMs <= startedMs;
    return this.#isAnyDropped && [...this.#lives.values()].some(isOfPast);
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
