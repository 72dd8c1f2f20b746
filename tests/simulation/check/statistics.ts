import type { BusStats } from "../../../mod.ts";
import type { Line, MessageFacts } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Counting, isReply } from "./counted.ts";
import type { ToldLine } from "./copy.ts";
import { MessageRecords } from "./message_records.ts";
import {
  checkGauges,
  checkNumbers,
  compareCounters,
  compareHistory,
  compareLatencies,
} from "./stats_checks.ts";
import { Wall } from "./wall.ts";

type SnapshotLine = Line & { readonly type: "snapshot" };

/**
 * Statistics: every counter is what the told lines add up to, in total and by
 * name (X1); none falls, or is no number (X2); latencies are those of the
 * history (X3), and so are the last messages with what became of them (X4); a
 * bus that is closing takes nothing in (X7).
 */
export class Statistics implements Checker {
  readonly laws = ["X1", "X2", "X3", "X4", "X7"];
  readonly #counting = new Counting((copy, line, end, reason) => {
    if ("bus" in line) this.#records.get(line.bus)?.finish(copy, end, reason);
  });
  readonly #records = new Map<string, MessageRecords>();
  readonly #shown = new Map<string, BusStats>();
  /** When a bus began to close. */
  readonly #closing = new Map<string, Line>();
  readonly #wall = new Wall();

  /** Looks at the next line. */
  take(line: Line): void {
    this.#wall.take(line);
    switch (line.type) {
      case "told":
        this.#told(line);
        return this.#counting.take(line);
      case "gauges":
        checkGauges(line);
        break;
      case "snapshot":
        this.#counting.follow(line);
        return this.#compare(line);
    }
    this.#counting.follow(line);
    if (line.type === "bus_started") {
      const { maxHistoryEntries } = line.settings;
      this.#records.set(line.bus, new MessageRecords(maxHistoryEntries));
    } else if (line.type === "bus_ended") this.#end(line);
  }

  /** Nothing is left open. */
  end(): void {}

  #end(line: Line & { type: "bus_ended" }): void {
    if (line.how === "closing") this.#closing.set(line.bus, line);
    else {
      this.#records.delete(line.bus);
      this.#shown.delete(line.bus);
      this.#closing.delete(line.bus);
    }
  }

  #told(line: ToldLine): void {
    const { event, bus } = line;
    const records = this.#records.get(bus);
    if (!records) return;
    switch (event.type) {
      case "message_accepted": {
        const { message, mailboxes } = event;
        const reply = isReply(message);
        if (!reply) this.#checkOpen(line, message);
        records.accept(message.id, mailboxes.length, reply);
        break;
      }
      case "message_restored":
        records.restore(event.message.id);
        break;
      case "message_replayed":
        records.replay(event.messageId, event.mailboxes.length);
        break;
      case "delivery_started":
        records.start(event.messageId);
        break;
      case "message_dropped":
        if (event.mailbox === undefined) {
          records.endAtOnce(event.messageId, "dropped");
        }
        break;
      case "dead_letter_added":
        records.file(event.id, event.messageId, event.reason);
        if (event.mailbox === undefined) {
          records.endAtOnce(event.messageId, "dead");
        }
        break;
      case "dead_letter_removed": {
        const { id, messageId, cause } = event;
        records.removeLetter(id, messageId, cause === "replayed");
      }
    }
  }

  #checkOpen(line: ToldLine, message: MessageFacts): void {
    const closing = this.#closing.get(line.bus);
    if (closing === undefined || closing.step >= line.step) return;
    // One that is kept may have been on its way into the store.
    const isKept = this.#counting.copies.life(line.bus)?.keeps(message);
    const { timestamp = NaN } = message;
    if (isKept && this.#wall.hasShown(timestamp, closing.atMs)) return;
    const text = `${message.id} was accepted by a bus that is closing`;
    throw new Violation("X7", text, line);
  }

  #compare(line: SnapshotLine): void {
    const { stats, backpressure, lostEvents, history } = line.shown;
    const before = this.#shown.get(line.bus);
    this.#shown.set(line.bus, stats);
    checkNumbers(stats, before, line);
    const told = this.#counting.lives.get(line.bus);
    // Of what was lost on the way here, nothing can be said.
    if (!told || lostEvents > 0) return;
    compareCounters(stats, told, line);
    const open = this.#counting.copies.life(line.bus)?.open ?? 0;
    const pending = open + backpressure.reserved;
    if (stats.pendingMessages !== pending) {
      const text =
        `pendingMessages is ${stats.pendingMessages}, and should be ${pending}`;
      throw new Violation("X1", text, line);
    }
    compareLatencies(stats.latencyMs, told.latenciesMs, line);
    const records = this.#records.get(line.bus);
    if (records) compareHistory(history, records, line);
  }
}
