import type { Clock, MessageBus, Random } from "../mod.ts";
import type { Display } from "./display.ts";
import { EventLog } from "./event_log.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { pause } from "./pause.ts";

/** Where an {@linkcode EventSourceOfBus} takes its parts from. */
export interface EventSourceOptions {
  /** Whose events. */
  bus: MessageBus;
  /** Waits. */
  clock: Clock;
  /** Names the log. */
  random: Random;
  /** Shows events. */
  display: Display;
  /** Ends it. */
  signal: AbortSignal;
}

/**
 * Reads a bus's events while somebody watches, and for a minute after the last
 * one has left: who comes back within it has missed nothing. A bus that nobody
 * looks at makes no events. Of one that makes more than readers could be told,
 * samples are read: making events costs as much as delivering messages.
 */
export class EventSourceOfBus {
  readonly #options: EventSourceOptions;
  /** Tells this log from one of an earlier process, or before a pause. */
  #name = "";
  #log: EventLog | undefined;
  #reading: AbortController | undefined;
  #readers = 0;
  #cancelRest: (() => void) | undefined;

  /** Reads nothing yet. */
  constructor(options: EventSourceOptions) {
    this.#options = options;
  }

  /** A reader comes. @returns The log, and its name. */
  open(): { log: EventLog; name: string } {
    this.#readers++;
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    const log = this.#log ?? this.#start();
    return { log, name: this.#name };
  }

  /** A reader has left. */
  close(): void {
    this.#readers--;
    if (this.#readers > 0 || !this.#log) return;
    if (this.#options.signal.aborted) return this.#stop();
    this.#cancelRest = this.#options.clock.schedule(
      INSPECTOR_LIMITS.resumeMs,
      () => this.#stop(),
    );
  }

  #start(): EventLog {
    const { display, random, signal } = this.#options;
    this.#name = random.next().toString(36).slice(2, 10);
    const log = this.#log = new EventLog(display);
    const reading = this.#reading = new AbortController();
    const stop = () => this.#stop();
    signal.addEventListener("abort", stop);
    reading.signal.addEventListener(
      "abort",
      () => signal.removeEventListener("abort", stop),
    );
    void this.#read(log, reading.signal);
    if (signal.aborted) this.#stop();
    return log;
  }

  async #read(log: EventLog, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      const restMs = await this.#readTurns(log, signal);
      if (restMs === undefined) break;
      log.addGap();
      await pause(clock, restMs, signal);
    }
    log.end();
    // A bus that closed has no more to say: nobody needs to wait for it.
    if (this.#log === log) this.#stop();
  }

  /** Reads until the events end, or there were too many in one turn. @returns What was left of that turn, in milliseconds. */
  async #readTurns(
    log: EventLog,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { bus, clock } = this.#options;
    const { eventBatchMs, maxKeptEvents } = INSPECTOR_LIMITS;
    let turnEndsAt = clock.monotonic() + eventBatchMs;
    let events = 0;
    for await (const event of bus.events({ signal })) {
      log.add(event);
      if (++events < maxKeptEvents) continue;
      const now = clock.monotonic();
      if (now < turnEndsAt) return turnEndsAt - now;
      turnEndsAt = now + eventBatchMs;
      events = 0;
    }
    return undefined;
  }

  #stop(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
    this.#log?.end();
    this.#log = undefined;
    this.#reading?.abort();
    this.#reading = undefined;
  }
}
