import type { Deadlines } from "../core/deadlines.ts";
import type { BusError } from "../core/errors.ts";
import type { EventHub } from "../core/event_stream.ts";
import type { DeadLetterReason } from "../dlq/dead_letter.ts";
import type { Backpressure } from "./backpressure.ts";
import type { Copy } from "./copy.ts";
import {
  type DeadLetterOffice,
  outcomeOf,
  requestError,
} from "./dead_letter_office.ts";
import type { EndListener } from "./durable/copy_end.ts";
import type { Keeper } from "./durable/keeper.ts";
import type { History } from "./history.ts";
import type { FinalOutcome } from "./message_record.ts";
import type { Replies } from "./replies.ts";
import type { Counters } from "./stats.ts";

/** What {@linkcode Endings} work with. */
export interface EndingsOptions {
  /** Where waits are bounded. */
  deadlines: Deadlines;
  /** What is counted. */
  counters: Counters;
  /** Who watches. */
  events: EventHub;
  /** What finished copies give their room back to. */
  backpressure: Backpressure;
  /** Where it is remembered what became of them. */
  history: History;
  /** Where copies that are given up go. */
  office: DeadLetterOffice;
  /** Who waits for replies. */
  replies: Replies;
  /** Where copies are kept that outlive the process. */
  keeper?: Keeper;
}

/**
 * How copies end: each once, in `#release`, whichever way it takes. One that is
 * kept has ended when its end is kept too.
 */
export class Endings implements EndListener {
  readonly #options: EndingsOptions;

  /** Nothing has ended yet. */
  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  /** Its handler is done with it. */
  handled(copy: Copy): void {
    const { counters, keeper } = this.#options;
    const { requiresAck } = copy.envelope.head;
    if (copy.kept) {
      this.#close(copy);
      return keeper?.finish(copy, copy.kept, this);
    }
    if (requiresAck) counters.acked++;
    this.#close(copy);
    this.#release(copy, requiresAck ? "acked" : "delivered");
  }

  /** That its handler is done with it is kept; or, with an error, never will be. */
  finished(copy: Copy, error?: BusError): void {
    if (error) return this.#leave(copy);
    this.#options.counters.acked++;
    this.#release(copy, "acked");
  }

  /** Its time to live has ended. */
  expire(copy: Copy): void {
    const { ttlMs } = copy.envelope.head;
    this.giveUp(copy, "expired", `its ${ttlMs} ms have ended`);
  }

  /** Whoever should have it has left: a letter where an ack was required, else a counted drop. */
  undeliverable(copy: Copy): void {
    const { agent } = copy.mailbox.options;
    if (copy.envelope.head.requiresAck) {
      return this.giveUp(copy, "undeliverable", `"${agent}" has left`);
    }
    this.drop(copy, "undeliverable", `"${agent}" has left`);
  }

  /** Makes a dead letter of it. */
  giveUp(copy: Copy, reason: DeadLetterReason, detail?: string): void {
    const { office, keeper, replies, history } = this.#options;
    const { request, envelope, mailbox, attempts, kept } = copy;
    const { agent } = mailbox.options;
    const record = history.recordOf(copy);
    const outcome = outcomeOf(reason);
    const init = { envelope, mailbox, record, reason, detail, attempts, agent };
    this.#close(copy);
    if (kept) {
      const letter = office.compose(init);
      const done = (error?: BusError) => {
        if (error) return this.#leave(copy);
        this.#count(outcome);
        office.add(letter);
        this.#release(copy, outcome);
      };
      return keeper?.bury(kept, letter, done);
    }
    this.#count(outcome);
    office.file(init);
    this.#release(copy, outcome);
    if (request) replies.fail(request, requestError(reason, detail));
  }

  /** Loses it, by its mode or as nobody waits for it any more; counted. */
  drop(copy: Copy, reason: string, detail?: string): void {
    const { counters, events, replies } = this.#options;
    const { request } = copy;
    counters.dropped++;
    this.#close(copy);
    this.#release(copy, "dropped");
    events.emit({
      type: "message_dropped",
      messageId: copy.envelope.head.id,
      mailbox: copy.mailbox.name,
      reason,
    });
    if (request) replies.fail(request, requestError("undeliverable", detail));
  }

  #count(outcome: FinalOutcome): void {
    const { counters } = this.#options;
    if (outcome === "expired") counters.expired++;
    else if (outcome === "dropped") counters.dropped++;
    else counters.failed++;
  }

  /** Nothing more happens to it: its timer goes, and nobody waits for its reply. */
  #close(copy: Copy): void {
    copy.state = "done";
    if (copy.expiry) this.#options.deadlines.remove(copy.expiry);
    if (copy.request) copy.request.copy = undefined;
    copy.request = undefined;
  }

  /** The one end of every copy: its room is given back. */
  #release(copy: Copy, outcome: FinalOutcome): void {
    const { history } = this.#options;
    history.ended(history.recordOf(copy), outcome);
    this.#options.backpressure.release(1, copy.envelope.bytes);
  }

  /** It ends here only: the bus is closed, and what is kept stays for the next one. */
  #leave(copy: Copy): void {
    this.#options.backpressure.release(1, copy.envelope.bytes);
  }
}
