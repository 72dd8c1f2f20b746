import assert from "node:assert/strict";
import type { BusEvent, Message } from "../../../mod.ts";

/** What responders that fail throw, so that their answer can be told from a nack. */
export const THROWN = "thrown";

/** One message in one mailbox: its lives, one more for each replay. */
interface Copy {
  readonly message: Message;
  readonly bytes: number;
  /** Accepted or replayed, and not ended. */
  live: number;
  /** Of those, in the hands of a consumer. */
  leased: number;
  /** How often it was accepted or replayed. */
  lives: number;
  starts: number;
  /** Deliveries that came back because their consumer left. */
  returns: number;
  attempt: number;
}

/** Every copy of a bus, from event to event; throws where an event cannot be. */
export class Copies {
  /** Copies that have not ended. */
  live = 0;
  /** Their bytes. */
  liveBytes = 0;
  /** Copies in the hands of consumers. */
  leased = 0;
  /** Deliveries started. */
  starts = 0;
  readonly #messages = new Map<string, { message: Message; bytes: number }>();
  readonly #copies = new Map<string, Copy>();
  readonly #lines = new Map<string, string[]>();
  readonly #maxAttempts: number;

  /** No copies yet, each to be tried so often. */
  constructor(maxAttempts: number) {
    this.#maxAttempts = maxAttempts;
  }

  /** Whether a message was accepted. */
  has(messageId: string): boolean {
    return this.#messages.has(messageId);
  }

  /** Requests that wait, or are in hand, and were never dead letters. */
  liveRequests(): string[] {
    return [...this.#copies.values()]
      .filter(({ message, live, lives }) =>
        message.type === "request" && live > 0 && lives === 1
      )
      .map(({ message }) => message.id);
  }

  /** Books an event. @returns Whether it is one that a copy ended with an ack. */
  book(event: BusEvent): boolean {
    this.#note(event);
    switch (event.type) {
      case "message_accepted": {
        const { message, bytes, mailboxes } = event;
        assert.ok(!this.has(message.id), `${message.id} was accepted twice`);
        this.#messages.set(message.id, { message, bytes });
        this.#open(message.id, mailboxes);
        return false;
      }
      case "message_replayed":
        this.#open(event.messageId, event.mailboxes);
        return false;
      case "delivery_started":
        this.#start(event);
        return false;
      case "delivery_ended":
        return this.#stop(event);
      case "message_dropped":
      case "dead_letter_added":
        if (event.mailbox !== undefined) this.#end(event, event.mailbox);
    }
    return false;
  }

  #open(messageId: string, mailboxes: readonly string[]): void {
    const known = this.#messages.get(messageId);
    assert.ok(known, `S2 ${messageId} was replayed, not accepted`);
    for (const mailbox of mailboxes) {
      const key = `${messageId} ${mailbox}`;
      const copy = this.#copies.get(key) ?? {
        ...known,
        live: 0,
        leased: 0,
        lives: 0,
        starts: 0,
        returns: 0,
        attempt: 0,
      };
      this.#copies.set(key, copy);
      copy.live++;
      copy.lives++;
      this.live++;
      this.liveBytes += copy.bytes;
    }
  }

  #start(event: BusEvent & { type: "delivery_started" }): void {
    const copy = this.#find(event, event.mailbox);
    const { message: { requiresAck }, lives, live, attempt } = copy;
    copy.leased++;
    copy.starts++;
    copy.attempt = event.attempt;
    this.leased++;
    this.starts++;
    this.#hold(copy.leased <= live, "K3 started after its end", event);
    const once = requiresAck ? this.#maxAttempts + copy.returns : 1;
    this.#hold(copy.starts <= once * lives, "S3, S4 started too often", event);
    const isNext = event.attempt === attempt + 1;
    const isAnew = lives > 1 && event.attempt === 1;
    this.#hold(isNext || isAnew, "S3 attempts grow by one", event);
  }

  #stop(event: BusEvent & { type: "delivery_ended" }): boolean {
    const copy = this.#find(event, event.mailbox);
    copy.leased--;
    this.leased--;
    this.#hold(copy.leased >= 0, "ended without a start", event);
    if (event.outcome === "returned") copy.returns++;
    // A responder that throws has answered, unless nobody is there to be told.
    const isAnswered = copy.message.type === "request" && copy.lives === 1 &&
      event.outcome === "nacked" && event.error === THROWN;
    if (event.outcome !== "acked" && !isAnswered) return false;
    this.#end(event, event.mailbox);
    return copy.message.requiresAck;
  }

  #end(event: BusEvent & { messageId: string }, mailbox: string): void {
    const copy = this.#find(event, mailbox);
    copy.live--;
    this.live--;
    this.liveBytes -= copy.bytes;
    this.#hold(copy.live >= copy.leased, "K4 ended twice, or in hand", event);
  }

  #find({ messageId }: { messageId: string }, mailbox: string): Copy {
    const copy = this.#copies.get(`${messageId} ${mailbox}`);
    assert.ok(copy, `S2 ${messageId} never had a copy in ${mailbox}`);
    return copy;
  }

  #note(event: BusEvent): void {
    if (!("messageId" in event)) return;
    const { messageId, at: _, ...rest } = event;
    const lines = this.#lines.get(messageId) ?? [];
    this.#lines.set(messageId, lines);
    lines.push(JSON.stringify(rest));
  }

  #hold(
    isSo: boolean,
    law: string,
    { messageId }: { messageId: string },
  ): void {
    const lines = this.#lines.get(messageId) ?? [];
    assert.ok(isSo, `${law}: ${messageId}\n  ${lines.join("\n  ")}`);
  }
}
