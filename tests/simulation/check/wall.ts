import type { Line } from "../history.ts";

/** A while in which nobody sets the clock. */
interface Stretch {
  readonly sinceMs: number;
  /** How far the clock is ahead of the time of the history. */
  readonly aheadMs: number;
}

/** What the wall clock shows, as far as buses tell: each of their events says. */
export class Wall {
  /** The newest last. */
  readonly #stretches: Stretch[] = [];

  /** Looks at the next line. */
  take(line: Line): void {
    const { atMs } = line;
    const last = this.#stretches.at(-1);
    if (line.type === "told" && !last) {
      this.#stretches.push({
        sinceMs: -Infinity,
        aheadMs: line.event.at - atMs,
      });
    } else if (line.type === "wall_set" && last) {
      const aheadMs = last.aheadMs + line.byMs;
      this.#stretches.push({ sinceMs: atMs, aheadMs });
    }
  }

  /** What it shows at this time of the history, but for a part of a millisecond; `undefined` while nobody has told. */
  showsAt(atMs: number): number | undefined {
    const last = this.#stretches.at(-1);
    return last && last.aheadMs + atMs;
  }

  /** The least that it was set to between two times of the history. */
  lowestSet(fromMs: number, untilMs: number): number {
    const set = this.#stretches.filter(({ sinceMs }) =>
      sinceMs >= fromMs && sinceMs <= untilMs
    );
    return Math.min(...set.map(({ sinceMs, aheadMs }) => sinceMs + aheadMs));
  }

  /** Whether it can have shown this before a time of the history. */
  hasShown(timestamp: number, untilMs: number): boolean {
    let endMs = untilMs;
    for (const { sinceMs, aheadMs } of this.#stretches.toReversed()) {
      const atMs = timestamp - aheadMs;
      if (atMs < endMs + 1 && atMs > sinceMs - 1) return true;
      endMs = Math.min(untilMs, sinceMs);
    }
    return false;
  }
}
