import type { BusSettings, Line, Snapshot } from "../history.ts";
import { Violation } from "./checker.ts";
import type { ToldLine } from "./copy.ts";

/** A dead letter, as it was told. */
export interface Letter {
  readonly id: string;
  readonly messageId: string;
  readonly reason: string;
  readonly agent: string | undefined;
  readonly mailbox: string | undefined;
  /** Not known of a copy that cannot be told from another. */
  readonly attempts: number | undefined;
  /** It was kept when it was told: it is back as it was. */
  readonly isKept: boolean;
}

/** A message that is on its way again, and to where. */
interface Sent {
  readonly messageId: string;
  readonly mailboxes: readonly string[];
}

type Event = ToldLine["event"];
type Removed = Event & { readonly type: "dead_letter_removed" };

/** The dead letters of one life of a bus, oldest first, as they come and go. */
export class LetterBook {
  readonly settings: BusSettings;
  readonly letters: Map<string, Letter> = new Map();
  /** Letters of each message. */
  readonly #messages = new Map<string, number>();
  /** A message that was sent again just now, with its mailboxes; its letter goes next. */
  #sentAgain: Sent | undefined;
  /** A message that is accepted just now, and has a letter, as it had no copy before, or in an earlier life. */
  #accepted: Sent | undefined;
  /** Letters that went for the one that comes next. */
  readonly #evicted = new Set<string>();
  /** Messages with a letter of which the id is wrong, unless another was written before that is told later, as it is kept then. */
  readonly #early = new Map<string, Violation>();
  /** When letters went. */
  readonly #goneMs = new Map<string, number>();
  /** Letters whose messages were sent again, until their callers hear of it. */
  readonly #replayed = new Map<string, string[]>();

  /** No letters yet. */
  constructor(settings: BusSettings) {
    this.settings = settings;
  }

  /** A letter is back that an earlier life has left. Those that are too many go as they come. */
  restore(letter: Letter): void {
    this.#evicted.clear();
    this.#put(letter);
  }

  /** A letter comes. It may have been written at any time since `sinceMs`, as it is told when it is kept. */
  add(letter: Letter, line: Line, sinceMs = Infinity): void {
    const { id, messageId, reason } = letter;
    if (!REASONS.has(reason)) {
      throw new Violation("Q4", `${id} has the reason "${reason}"`, line);
    }
    const goneMs = this.#goneMs.get(messageId) ?? -Infinity;
    const isTaken = this.letters.has(messageId) ||
      this.#evicted.has(messageId) || goneMs >= sinceMs;
    if (this.letters.has(id) || (id !== messageId && !isTaken)) {
      const text = `${messageId} has a letter under the wrong id: ${id}`;
      const violation = new Violation("Q4", text, line);
      if (!this.settings.hasStore || id === messageId) throw violation;
      this.#early.set(messageId, violation);
    }
    if (id === messageId) this.#early.delete(id);
    this.#evicted.clear();
    this.#put(letter);
    const { maxDeadLetters, whenDeadLettersFull } = this.settings;
    const isBounded = whenDeadLettersFull === "evict-oldest";
    if (!isBounded || this.letters.size <= maxDeadLetters) return;
    const text =
      `${this.letters.size} letters are kept, and ${maxDeadLetters} may be`;
    throw new Violation("Q3", text, line);
  }

  /** A letter goes. */
  remove({ id, cause, messageId }: Removed, line: Line): void {
    const letter = this.letters.get(id);
    if (!letter || letter.messageId !== messageId) {
      const text = `the letter ${id} of ${messageId} is not there to go`;
      throw new Violation(LAW_OF[cause], text, line);
    }
    if (cause === "evicted") this.#checkEviction(id, line);
    if (cause === "replayed") this.#checkReplay(letter, line);
    this.letters.delete(id);
    this.#messages.set(messageId, (this.#messages.get(messageId) ?? 1) - 1);
    this.#goneMs.set(id, line.atMs);
  }

  /** All letters that were written are kept, and told. */
  checkQuiet(): void {
    for (const violation of this.#early.values()) throw violation;
  }

  /** A message that was accepted before is sent again. */
  sentAgain(messageId: string, mailboxes: readonly string[], line: Line): void {
    this.settle(line);
    if (this.#hasLetterOf(messageId)) {
      this.#sentAgain = { messageId, mailboxes };
      return;
    }
    const text = `${messageId} was sent again, and has no letter`;
    throw new Violation("Q5", text, line);
  }

  /** A message is accepted, perhaps because its letter was sent again. */
  accepted(messageId: string, mailboxes: readonly string[], line: Line): void {
    this.settle(line);
    this.#accepted = this.#hasLetterOf(messageId)
      ? { messageId, mailboxes }
      : undefined;
  }

  /** Whatever was sent again has left the letters by now. */
  settle(line: Line): void {
    const again = this.#sentAgain;
    this.#sentAgain = undefined;
    if (!again) return;
    const text = `${again.messageId} was sent again, and its letter stays`;
    throw new Violation("Q5", text, line);
  }

  /** A replay has resolved. @returns Whether the letter's message was sent again, and nobody was told before. */
  claim(id: string, messageId: string | undefined): boolean {
    const replays = this.#replayed.get(id);
    const index = replays?.indexOf(messageId ?? "") ?? -1;
    if (index < 0) return false;
    replays?.splice(index, 1);
    return true;
  }

  /** Compares with what the bus shows. */
  compare(shown: Snapshot["letters"], line: Line): void {
    const told = [...this.letters.values()].reverse();
    if (shown.length !== told.length) {
      const text =
        `${shown.length} letters are shown, and ${told.length} were told`;
      throw new Violation("Q1", text, line);
    }
    for (const [index, letter] of shown.entries()) {
      const one = told[index];
      const isSame = one?.id === letter.id &&
        one.messageId === letter.messageId && one.reason === letter.reason &&
        one.agent === letter.agent &&
        (one.attempts ?? letter.attempts) === letter.attempts;
      if (isSame) continue;
      const text = `the letter ${JSON.stringify(letter)} was told as ${
        JSON.stringify(one)
      }`;
      throw new Violation("Q4", text, line);
    }
  }

  #put(letter: Letter): void {
    const { id, messageId } = letter;
    this.letters.set(id, letter);
    this.#messages.set(messageId, (this.#messages.get(messageId) ?? 0) + 1);
  }

  #hasLetterOf(messageId: string): boolean {
    return (this.#messages.get(messageId) ?? 0) > 0;
  }

  #checkEviction(id: string, line: Line): void {
    const { maxDeadLetters, whenDeadLettersFull } = this.settings;
    const [oldest] = this.letters.keys();
    const { size } = this.letters;
    const isRight = whenDeadLettersFull === "evict-oldest" &&
      size >= maxDeadLetters && id === oldest;
    this.#evicted.add(id);
    if (isRight) return;
    const text =
      `the letter ${id} was pushed out of ${size}, where ${maxDeadLetters} may be and ${oldest} is the oldest`;
    throw new Violation("Q3", text, line);
  }

  #checkReplay({ id, messageId, mailbox }: Letter, line: Line): void {
    const again = this.#sentAgain ?? this.#accepted;
    if (again?.messageId !== messageId) {
      const text = `the letter ${id} went, and its message was not sent again`;
      throw new Violation("Q5", text, line);
    }
    const copies = again.mailboxes.length;
    if (mailbox !== undefined && copies !== 1) {
      const text = `the letter ${id} of one copy made ${copies}`;
      throw new Violation("Q5", text, line);
    }
    this.#sentAgain = undefined;
    this.#accepted = undefined;
    const replays = this.#replayed.get(id);
    if (replays) replays.push(messageId);
    else this.#replayed.set(id, [messageId]);
  }
}

const LAW_OF = {
  evicted: "Q3",
  replayed: "Q5",
  discarded: "Q1",
  expired: "Q1",
} as const;

/** Why a message may be dead: a closed list. */
const REASONS: ReadonlySet<string> = new Set([
  "too_large",
  "expired",
  "no_recipient",
  "no_subscriber",
  "routing_failed",
  "handler_failed",
  "rejected",
  "overflow",
  "rule",
  "undeliverable",
]);
