import type { Line, MessageFacts } from "../history.ts";
import type { Copy, Span, ToldLine } from "./copy.ts";
import { keyOf } from "./outlived.ts";
import { Wall } from "./wall.ts";

/** A message that is sent again. */
interface Replay {
  readonly messageId: string;
  /** No earlier, by the wall clock. */
  readonly fromMs: number;
  /** The step in which its call has ended. */
  endedAt: number | undefined;
}

/** How old a copy is: what its time to live and its priority depend on. */
export type Age = Pick<Copy, "accepted" | "wall" | "deadline">;

/**
 * Ages of copies, also of those that come out of a store: there the wall clock
 * tells how long they have lived, if it goes forward, and nothing if it went
 * back (T5). A message that is sent again is as young as its new copies.
 */
export class Ages {
  readonly #wall = new Wall();
  /** Of copies that a life of a bus has left. */
  readonly #left = new Map<string, Span>();
  /** Messages of letters. */
  readonly #letters = new Map<string, string>();
  /** By call: messages that are being sent again, or were when the bus ended, and since when. */
  readonly #replays = new Map<number, Replay>();
  #youngest: Span = BEFORE_ALL;

  /** Looks at the next line, before anything is made of it. */
  take(line: Line): void {
    this.#wall.take(line);
    switch (line.type) {
      case "bus_started":
        this.#youngest = BEFORE_ALL;
        return;
      case "called": {
        const { call, verb, letter = "" } = line.what;
        if (verb !== "replay") return;
        const messageId = this.#letters.get(letter) ?? letter;
        // The clock may show up to a millisecond less than has passed.
        const fromMs = (this.#wall.showsAt(line.atMs) ?? -Infinity) - 1;
        this.#replays.set(call, { messageId, fromMs, endedAt: undefined });
        return;
      }
      case "resolved":
      case "rejected": {
        // The bus may tell in the same step what it has done.
        const replay = this.#replays.get(line.call);
        if (replay) replay.endedAt = line.step;
        return;
      }
      case "told":
        return this.#told(line);
    }
  }

  /** Of one that is accepted, or sent again, just now. */
  ofNew(facts: MessageFacts, isReplay: boolean, line: ToldLine): Age {
    const { atMs, event: { at } } = line;
    const { id, ttlMs = Infinity, timestamp = at } = facts;
    const sinceMs = this.#replayedSince(id, line.step);
    const isAgain = isReplay || sinceMs !== undefined;
    return {
      accepted: exactly(atMs),
      wall: isAgain ? { fromMs: sinceMs ?? at, toMs: at } : exactly(timestamp),
      deadline: exactly(atMs + ttlMs),
    };
  }

  /** Of one that is back. */
  ofRestored(
    mailbox: string,
    { id, timestamp, ttlMs = Infinity }: MessageFacts,
    { atMs, event: { at } }: ToldLine,
  ): Age {
    const wall = this.#left.get(keyOf({ messageId: id, mailbox })) ??
      this.#unknown(id, timestamp, at);
    const mostMs = Math.max(0, at - wall.fromMs);
    const leastMs = Math.max(0, at - wall.toMs);
    this.#youngest = {
      fromMs: Math.max(this.#youngest.fromMs, atMs - mostMs),
      toMs: Math.max(this.#youngest.toMs, atMs - leastMs),
    };
    return {
      wall,
      accepted: this.#youngest,
      deadline: {
        fromMs: atMs + Math.max(0, ttlMs - mostMs),
        toMs: atMs + Math.max(0, ttlMs - leastMs),
      },
    };
  }

  /** A life of a bus has ended with this copy. */
  left({ messageId, mailbox, wall }: Copy): void {
    if (wall) this.#left.set(keyOf({ messageId, mailbox }), wall);
  }

  #told({ event }: ToldLine): void {
    switch (event.type) {
      case "dead_letter_added":
      case "dead_letter_restored":
        this.#letters.set(event.id, event.messageId);
        return;
      case "dead_letter_removed":
        this.#letters.delete(event.id);
        return;
      case "store_opened":
        // Whatever was under way has happened by now, or never will.
        this.#left.clear();
        this.#replays.clear();
    }
  }

  /** It was on its way in when the bus ended, so that nobody was told. */
  #unknown(id: string, timestamp: number | undefined, at: number): Span {
    const fromMs = this.#replayedSince(id);
    if (fromMs !== undefined) return { fromMs, toMs: Infinity };
    return exactly(timestamp ?? at);
  }

  #replayedSince(id: string, step = -1): number | undefined {
    let sinceMs: number | undefined;
    for (const [call, { messageId, fromMs, endedAt }] of this.#replays) {
      if (endedAt !== undefined && endedAt < step) this.#replays.delete(call);
      else if (messageId === id) sinceMs = Math.min(sinceMs ?? fromMs, fromMs);
    }
    return sinceMs;
  }
}

const BEFORE_ALL: Span = { fromMs: -Infinity, toMs: -Infinity };

function exactly(ms: number): Span {
  return { fromMs: ms, toMs: ms };
}
