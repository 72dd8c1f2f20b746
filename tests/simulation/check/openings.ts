import type { Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";

type ToldLine = Line & { readonly type: "told" };

/** A life of a bus on a store. */
interface Life {
  isOpen: boolean;
  /** The store fails, as it has said. */
  isFailing: boolean;
  readonly stopsAtLetters: number;
  /** In this step it has worked, and not said that it is open. */
  early: ToldLine | undefined;
}

/**
 * A bus on a store is not ready before all that was left is back: until then it
 * says so, takes nothing in, and hands nothing out; nor while its store fails,
 * while it takes nothing in for its dead letters, or when it ends. At any other
 * time it is, and after all has healed it comes to be.
 */
export class Openings implements Checker {
  readonly laws = ["X7"];
  readonly #lives = new Map<string, Life>();

  /** Looks at the next line. */
  take(line: Line): void {
    this.#endStep(line.step);
    switch (line.type) {
      case "bus_started": {
        const { hasStore, maxDeadLetters, whenDeadLettersFull } = line.settings;
        if (!hasStore) return;
        const isStopped = whenDeadLettersFull === "stop";
        const stopsAtLetters = isStopped ? maxDeadLetters : Infinity;
        const life: Life = {
          isOpen: false,
          isFailing: false,
          stopsAtLetters,
          early: undefined,
        };
        this.#lives.set(line.bus, life);
        return;
      }
      case "bus_ended":
        this.#lives.delete(line.bus);
        return;
      case "told": {
        const life = this.#lives.get(line.bus);
        if (life) told(life, line);
        return;
      }
      case "gauges": {
        const life = this.#lives.get(line.bus);
        if (life) compare(life, line);
        return;
      }
      case "quiescent":
        for (const [bus, life] of this.#lives) {
          if (life.isOpen && !life.isFailing) continue;
          const what = life.isOpen ? "fails" : "is not open";
          fail(`the store of ${bus} ${what} when nothing is left`, line);
        }
    }
  }

  /** Judges the last step. */
  end(): void {
    this.#endStep(Infinity);
  }

  /** What a bus does at once when all is back, it may tell before it tells of that. */
  #endStep(step: number): void {
    for (const { early, isOpen } of this.#lives.values()) {
      if (!early || isOpen || early.step >= step) continue;
      fail(`${early.event.type} was told before the store was open`, early);
    }
  }
}

function told(life: Life, line: ToldLine): void {
  const { event } = line;
  switch (event.type) {
    case "store_opened":
      if (life.isOpen) fail("the store was opened twice", line);
      life.isOpen = true;
      return;
    case "store_failing":
    case "store_recovered": {
      const isFailing = event.type === "store_failing";
      if (life.isFailing === isFailing) fail(`${event.type} is no news`, line);
      life.isFailing = isFailing;
      return;
    }
    case "message_restored":
    case "dead_letter_restored":
      if (life.isOpen) fail("something is back after all was", line);
      return;
    case "message_accepted":
    case "message_replayed":
    case "delivery_started":
      if (!life.isOpen) life.early ??= line;
  }
}

function compare(
  { isOpen, isFailing, stopsAtLetters }: Life,
  line: Line & { type: "gauges" },
): void {
  if (line.ready === undefined) return;
  const isStopped = line.letters >= stopsAtLetters;
  if (line.ready === (isOpen && !isFailing && !isStopped)) return;
  const why = !isOpen
    ? "is not open"
    : isFailing
    ? "fails"
    : isStopped
    ? "is open, and the dead letters are full"
    : "is open, and works";
  const says = line.ready ? "ready" : "not ready";
  fail(`the bus says that it is ${says}, and its store ${why}`, line);
}

function fail(text: string, line: Line): never {
  throw new Violation("X7", text, line);
}
