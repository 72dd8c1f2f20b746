import type { OutgoingFrame } from "../../transports/transport.ts";

/** Where an {@linkcode Outbox} sends. */
export interface OutboxTarget {
  /** Whether more should be sent now. */
  writable: () => boolean;
  /** Sends a frame. */
  send: (sent: OutgoingFrame) => void;
}

/**
 * Frames with large payloads, in order, that wait until the connection has room
 * for them. They are made when they are sent: what waits costs no more than
 * the payload that is there anyway. Bounded by what causes them: requests that
 * are open, and the pieces that were granted.
 */
export class Outbox {
  readonly #target: OutboxTarget;
  #waiting: (() => OutgoingFrame)[] = [];

  /** Nothing waits. */
  constructor(target: OutboxTarget) {
    this.#target = target;
  }

  /** Sends a frame, at once or when there is room. */
  send(make: () => OutgoingFrame): void {
    const isFree = this.#waiting.length === 0 && this.#target.writable();
    if (isFree) this.#target.send(make());
    else this.#waiting.push(make);
  }

  /** Sends what there is room for. */
  flush(): void {
    let sent = 0;
    for (const make of this.#waiting) {
      if (!this.#target.writable()) break;
      this.#target.send(make());
      sent++;
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
  }

  /** Drops what waits. */
  clear(): void {
    this.#waiting = [];
  }
}
