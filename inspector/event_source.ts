import type { Clock, MessageBus, Random } from "../mod.ts";
import type { Display } from "./display.ts";
import { EventLog } from "./event_log.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";

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
 * looks at makes no events.
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
    for await (const event of this.#options.bus.events({ signal })) {
      log.add(event);
    }
    log.end();
    // A bus that closed has no more to say: nobody needs to wait for it.
    if (this.#log === log) this.#stop();
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
