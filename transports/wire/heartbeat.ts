import type { Clock } from "../../core/clock.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";

/** What a {@linkcode Heartbeat} asks of the connection that it watches. */
export interface HeartbeatSubject {
  /** When bytes were last sent, by the monotonic clock. */
  lastSentAt(): number;
  /** Sends a sign of life that the peer answers. */
  ping(): void;
  /** Called when nothing came for two intervals; the heartbeat has stopped then. */
  onSilence(failure: BusError): void;
}

/** Tells when a peer has fallen silent, and keeps this side from seeming so. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #subject: HeartbeatSubject;
  #intervalMs: number;
  #heardAt = 0;
  #cancel: (() => void) | undefined;

  /**
   * A heartbeat that does nothing until it is started.
   *
   * @throws {RangeError} If the interval is not a whole number of milliseconds above 0.
   */
  constructor(clock: Clock, intervalMs: number, subject: HeartbeatSubject) {
    this.#clock = clock;
    this.#intervalMs = checkedInterval(intervalMs);
    this.#subject = subject;
  }

  /** Silence after which a sign of life is due, in milliseconds. */
  get intervalMs(): number {
    return this.#intervalMs;
  }
  set intervalMs(intervalMs: number) {
    this.#intervalMs = checkedInterval(intervalMs);
    if (this.#cancel) this.start();
  }

  /** Begins to watch, from now on. */
  start(): void {
    this.stop();
    this.heard();
    this.#wait(this.#intervalMs);
  }

  /** Notes that something came from the peer. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  /** Watches no more. Safe to call twice. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(delayMs: number): void {
    const dueAt = this.#clock.monotonic() + delayMs;
    this.#cancel = this.#clock.schedule(Math.ceil(delayMs), () => {
      const now = this.#clock.monotonic();
      // A timer this late means that this process slept: what the peer sent
      // meanwhile has still to be read.
      if (now - dueAt > this.#intervalMs / 2) {
        this.#heardAt = Math.max(this.#heardAt, now - this.#intervalMs);
      }
      this.#check(now);
    });
  }

  #check(now: number): void {
    const silentMs = now - this.#heardAt;
    const goneMs = 2 * this.#intervalMs;
    if (silentMs >= goneMs) {
      this.stop();
      return this.#subject.onSilence(
        new BusError(
          "unreachable",
          `Cannot reach peer as it must send something within ${goneMs} ms: it was silent for ${
            Math.round(silentMs)
          } ms`,
        ),
      );
    }
    let pingInMs = this.#intervalMs - (now - this.#subject.lastSentAt());
    if (pingInMs <= 0) {
      this.#subject.ping();
      pingInMs = this.#intervalMs;
    }
    this.#wait(Math.max(1, Math.min(pingInMs, goneMs - silentMs)));
  }
}

function checkedInterval(intervalMs: number): number {
  if (
    Number.isInteger(intervalMs) && intervalMs > 0 &&
    intervalMs <= LIMITS.maxDurationMs
  ) {
    return intervalMs;
  }
  throw new RangeError(
    `Cannot set heartbeat as its interval must be a whole number of milliseconds above 0: current value is ${intervalMs}`,
  );
}
