import type { Line, MessageFacts } from "../history.ts";
import type { Copy, Span, ToldLine } from "./copy.ts";
import { keyOf } from "./outlived.ts";
import { Wall } from "./wall.ts";

/** A message that is sent again. */
interface Replay {
  readonly messageId: string;
  /** Between what the wall clock has shown at least and at most since the call. */
  wall: Span;
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
    const { atMs } = line;
    const shownMs = this.#wall.showsAt(atMs) ?? -Infinity;
    this.#wall.take(line);
    switch (line.type) {
      case "bus_started":
        this.#youngest = BEFORE_ALL;
        return;
      case "wall_set": {
        const setMs = this.#wall.showsAt(atMs) ?? -Infinity;
        for (const replay of this.#replays.values()) {
          replay.wall = around(replay.wall, shownMs, setMs);
        }
        return;
      }
      case "called": {
        const { call, verb, letter = "" } = line.what;
        if (verb !== "replay") return;
        const messageId = this.#letters.get(letter) ?? letter;
        // The clock may show up to a millisecond less than has passed.
        const wall = { fromMs: shownMs - 1, toMs: shownMs };
        this.#replays.set(call, { messageId, wall, endedAt: undefined });
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
    const shown = this.#shownSince(id, line.step);
    const isAgain = isReplay || shown !== undefined;
    return {
      accepted: exactly(atMs),
      // It is kept with the time of a moment between the call and this one.
      wall: isAgain ? around(shown ?? exactly(at), at) : exactly(timestamp),
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
    const shown = this.#shownSince(id);
    if (shown) return { fromMs: shown.fromMs, toMs: Infinity };
    return exactly(timestamp ?? at);
  }

  /** What the wall clock has shown since it was to be sent again, where it was. */
  #shownSince(id: string, step = -1): Span | undefined {
    let shown: Span | undefined;
    for (const [call, { messageId, wall, endedAt }] of this.#replays) {
      if (endedAt !== undefined && endedAt < step) this.#replays.delete(call);
      else if (messageId === id) {
        shown = around(shown ?? wall, wall.fromMs, wall.toMs);
      }
    }
    return shown;
  }
}

const BEFORE_ALL: Span = { fromMs: -Infinity, toMs: -Infinity };

/** The span that has these times in it as well. */
function around({ fromMs, toMs }: Span, ...ms: number[]): Span {
  return { fromMs: Math.min(fromMs, ...ms), toMs: Math.max(toMs, ...ms) };
}

function exactly(ms: number): Span {
  return { fromMs: ms, toMs: ms };
}
