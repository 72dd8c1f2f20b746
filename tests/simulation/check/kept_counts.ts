import { LIMITS } from "../../../core/limits.ts";
import type { Line } from "../history.ts";
import { Violation } from "./checker.ts";
import { Copies } from "./copies.ts";
import { type Copy, isKept, type ToldLine } from "./copy.ts";
import { KeptSteps } from "./kept_steps.ts";
import { keyOf } from "./outlived.ts";

type Restored = ToldLine["event"] & { readonly type: "message_restored" };

/** How often a copy was handed out, and how often its handler failed. */
interface Counts {
  readonly attempts: number;
  readonly failures: number;
}

/** What was told of a copy, and when. */
type Told = Counts & {
  readonly step: number;
  /** Of what nobody waited for: it is written a while later. */
  readonly lazyMs?: number;
};

/** What a life of a bus has left of a copy. */
interface Left {
  /** So much is surely kept. */
  readonly least: Counts;
  readonly most: Counts;
  /** The longest that it was ever to wait before it is tried again. */
  readonly mostDelayMs: number;
}

/**
 * What is kept of copies that go on: after a restart it is there, and no more
 * than was told (S3).
 */
export class KeptCounts {
  readonly #copies = new Copies({
    started: (copy, line) => this.#started(copy, line),
    requeued: (copy, line, delayMs) => this.#requeued(copy, line, delayMs),
    finished: (copy) => void this.#told.delete(copy),
    lost: (copy) => this.#leave(copy),
  });
  readonly #told = new Map<Copy, Told[]>();
  readonly #delays = new Map<Copy, number>();
  #left = new Map<string, Left>();
  readonly #kept = new KeptSteps();

  /** Looks at the next line. @throws {Violation} If what is back is not as it was. */
  take(line: Line): void {
    this.#copies.take(line);
    this.#kept.take(line);
    if (line.type !== "told") return;
    const { event, bus } = line;
    switch (event.type) {
      case "message_restored": {
        const { mailbox, message: { id } } = event;
        const copy = this.#copies.life(bus)?.find(mailbox, id);
        if (copy && !copy.isVague) this.#restored(copy, event, line);
        return;
      }
      case "store_opened":
        this.#left.clear();
    }
  }

  #restored(copy: Copy, event: Restored, line: Line): void {
    const left = this.#leftOf(copy);
    const { attempts, failures, delayMs } = event;
    this.#told.set(copy, [{ step: -1, attempts, failures }]);
    this.#delays.set(copy, left.mostDelayMs);
    for (const name of ["attempts", "failures"] as const) {
      const count = event[name];
      const least = left.least[name];
      const most = left.most[name];
      if (count >= least && count <= most) continue;
      const text =
        `${copy.messageId} of "${copy.mailbox}" is back with ${count} ${name}, and should with ${least} to ${most}`;
      throw new Violation("S3", text, line);
    }
    if (delayMs <= left.mostDelayMs) return;
    const text =
      `${copy.messageId} of "${copy.mailbox}" is back to wait ${delayMs} ms, and was to wait ${left.mostDelayMs}`;
    throw new Violation("S3", text, line);
  }

  /** The subscriptions of the bus's own process may have other names after a restart: any of them may be it. */
  #leftOf(copy: Copy): Left {
    const known = this.#left.get(keyOf(copy));
    if (known || !copy.mailbox.startsWith(LOCAL)) return known ?? FRESH;
    const { messageId } = copy;
    const begin = keyOf({ messageId, mailbox: LOCAL });
    return [...this.#left].filter(([key]) => key.startsWith(begin))
      .map(([, left]) => left).reduce(either, FRESH);
  }

  #started(copy: Copy, { event, step, atMs }: ToldLine): void {
    if (!isKept(copy.message) || event.type !== "delivery_started") return;
    const { failures } = copy;
    const lazyMs = atMs + LIMITS.lazyCommitMs;
    this.#note(copy, { step, lazyMs, attempts: event.attempt, failures });
  }

  #requeued(copy: Copy, { step }: ToldLine, delayMs: number): void {
    if (!isKept(copy.message)) return;
    const { attempts, failures } = copy;
    this.#note(copy, { step, attempts, failures });
    const known = this.#delays.get(copy) ?? 0;
    this.#delays.set(copy, Math.max(known, delayMs));
  }

  #note(copy: Copy, told: Told): void {
    const notes = this.#told.get(copy);
    if (notes) notes.push(told);
    else this.#told.set(copy, [told]);
  }

  #leave(copy: Copy): void {
    if (!isKept(copy.message)) return;
    const { attempts, failures, isVague } = copy;
    const told = this.#told.get(copy) ?? [];
    this.#told.delete(copy);
    const { keptStep, keptMs } = this.#kept;
    const kept = told.findLast(({ step, lazyMs = -Infinity }) =>
      step < keptStep && lazyMs <= keptMs
    );
    const least = isVague ? NONE : kept ?? NONE;
    const most = isVague ? ANY : { attempts, failures };
    const mostDelayMs = isVague ? Infinity : this.#delays.get(copy) ?? 0;
    this.#delays.delete(copy);
    this.#left.set(keyOf(copy), { least, most, mostDelayMs });
  }
}

const NONE: Counts = { attempts: 0, failures: 0 };
const ANY: Counts = { attempts: Infinity, failures: Infinity };
/** Of one that nobody was told of. */
const FRESH: Left = { least: NONE, most: NONE, mostDelayMs: 0 };
const LOCAL = "local ";

/** What is right for one of the two. */
function either(one: Left, other: Left): Left {
  return {
    least: merge(one.least, other.least, Math.min),
    most: merge(one.most, other.most, Math.max),
    mostDelayMs: Math.max(one.mostDelayMs, other.mostDelayMs),
  };
}

function merge(
  one: Counts,
  other: Counts,
  choose: (one: number, other: number) => number,
): Counts {
  return {
    attempts: choose(one.attempts, other.attempts),
    failures: choose(one.failures, other.failures),
  };
}
