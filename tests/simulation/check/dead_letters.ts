import type { Call, Line } from "../history.ts";
import { AttemptLimits } from "./attempt_limits.ts";
import { type Checker, Violation } from "./checker.ts";
import { Copies } from "./copies.ts";
import type { Copy, End, ToldLine } from "./copy.ts";
import { type Letter, LetterBook } from "./letter_book.ts";

type Resolved = Line & { readonly type: "resolved" };
type LetterEvent = ToldLine["event"] & {
  readonly type: "dead_letter_added" | "dead_letter_restored";
};

/** Deliveries of one copy whose consumer left, after which it is given up. */
const MOST_RETURNS = 20;

/**
 * Dead letters: whatever fails for good leaves one, and what is shown is what
 * was told (Q1); within their bound, the oldest going first where that is
 * wanted (Q3); each says what it is (Q4); one that is sent again goes, once,
 * and starts anew (Q5); a handler that always fails does so exactly as often as
 * it may (Q6).
 */
export class DeadLetters implements Checker {
  readonly laws = ["Q1", "Q3", "Q4", "Q5", "Q6"];
  readonly #books = new Map<string, LetterBook>();
  readonly #limits = new AttemptLimits();
  readonly #copies = new Copies({
    started: (copy, line) => checkAttempt(copy, line),
    requeued: (copy, line) => this.#requeued(copy, line),
    finished: (copy, line, end, reason) =>
      this.#finished(copy, line, end, reason),
  });
  /** Requests whose reply has begun: they are not tried again. */
  readonly #answered = new Set<string>();
  readonly #replays = new Map<number, Call>();
  #resolved: Resolved[] = [];
  #newest: LetterBook | undefined;
  /** Letters that a life of a bus on a store has left. */
  #left: ReadonlyMap<string, Letter> = new Map();
  #reserved = 0;
  #last: Line | undefined;

  /** Looks at the next line. */
  take(line: Line): void {
    if (this.#last && line.step !== this.#last.step) this.#endStep();
    this.#last = line;
    switch (line.type) {
      case "bus_started":
        this.#newest = new LetterBook(line.settings);
        this.#books.set(line.bus, this.#newest);
        break;
      case "bus_ended":
        if (line.how === "closing") return;
        this.#left = this.#books.get(line.bus)?.letters ?? this.#left;
        this.#books.delete(line.bus);
        this.#answered.clear();
        break;
      case "attaching":
        return this.#limits.add(line.consumer);
      case "called":
        if (line.what.verb === "replay") {
          this.#replays.set(line.what.call, line.what);
        }
        return;
      case "rejected":
        this.#replays.delete(line.call);
        return;
      case "resolved":
        if (this.#replays.has(line.call)) this.#resolved.push(line);
        return;
      case "told":
        this.#limits.take(line);
        this.#told(line);
        return;
      case "gauges":
        this.#gauge(line);
        break;
      case "quiescent":
        for (const book of this.#books.values()) book.checkQuiet();
        break;
      case "snapshot":
        this.#books.get(line.bus)?.compare(line.shown.letters, line);
        return;
    }
    this.#copies.take(line);
  }

  /** Judges the last step. */
  end(): void {
    this.#endStep();
  }

  #told(line: ToldLine): void {
    const { event, bus } = line;
    const book = this.#books.get(bus);
    if (!book) return;
    // A letter is compared with its copy, which the letter ends.
    if (event.type === "dead_letter_added") this.#addLetter(book, line);
    if (event.type === "dead_letter_restored") {
      this.#restore(book, event, line);
    }
    this.#copies.take(line);
    if (event.type === "dead_letter_removed") book.remove(event, line);
    if (event.type === "message_replayed") {
      book.sentAgain(event.messageId, event.mailboxes, line);
    }
    if (event.type === "message_accepted") this.#accepted(book, line);
  }

  #accepted(book: LetterBook, line: ToldLine): void {
    const { event } = line;
    if (event.type !== "message_accepted") return;
    const { id, type, requestId } = event.message;
    book.accepted(id, event.mailboxes, line);
    const isReply = requestId !== undefined && type !== "request";
    if (isReply) {
      this.#answered.add(requestId);
      return;
    }
    const { letters, settings } = book;
    const isStopped = settings.whenDeadLettersFull === "stop" &&
      letters.size >= settings.maxDeadLetters && this.#reserved === 0;
    if (!isStopped || letters.has(id)) return;
    const text =
      `${id} was accepted while the ${letters.size} letters are full`;
    throw new Violation("Q3", text, line);
  }

  #addLetter(book: LetterBook, line: ToldLine): void {
    const { event, bus } = line;
    if (event.type !== "dead_letter_added") return;
    const { id, messageId, mailbox, reason, agent } = event;
    const life = this.#copies.life(bus);
    const copy = life?.find(mailbox, messageId);
    if (mailbox !== undefined && !copy) {
      const text =
        `${messageId} left a letter in "${mailbox}", where it is not`;
      throw new Violation("Q1", text, line);
    }
    const attempts = copy?.isVague ? undefined : copy?.attempts ?? 0;
    const isKept = copy !== undefined && life?.keeps(copy.message) === true;
    const letter = { id, messageId, mailbox, reason, agent, attempts, isKept };
    book.add(letter, line, isKept ? copy.accepted.toMs : Infinity);
  }

  /** What is back is as it was. */
  #restore(
    book: LetterBook,
    { id, messageId, mailbox, reason, agent }: LetterEvent,
    line: Line,
  ): void {
    const left = this.#left.get(id);
    const isKept = left?.isKept ?? false;
    const isSame = left?.messageId === messageId && left.mailbox === mailbox &&
      left.reason === reason && left.agent === agent;
    if (isKept && !isSame) {
      const text = `the letter ${id} is back as another than it was`;
      throw new Violation("Q4", text, line);
    }
    const attempts = isKept ? left?.attempts : undefined;
    book.restore({ id, messageId, mailbox, reason, agent, attempts, isKept });
  }

  #requeued(copy: Copy, line: ToldLine): void {
    const { messageId, failures, returns, outcome } = copy;
    if (outcome === "returned") {
      if (returns < MOST_RETURNS) return;
      const text = `${messageId} is tried again after ${returns} returns`;
      throw new Violation("Q6", text, line);
    }
    const most = this.#limitsOf(copy, line)?.most ?? Infinity;
    if (failures < most) return;
    const text =
      `${messageId} is tried again after ${failures} failures of ${most}`;
    throw new Violation("Q6", text, line);
  }

  #finished(copy: Copy, line: Line, end: End, reason?: string): void {
    if (copy.isVague) return;
    const { messageId, mailbox, outcome, failures, message } = copy;
    if (end === "answered") {
      const isAnswer = outcome === "nacked" && mailbox.startsWith("requests ");
      if (isAnswer || line.type === "bus_ended") return;
      const text =
        `${messageId} vanished from "${mailbox}" after its delivery was ${outcome}`;
      throw new Violation("Q1", text, line);
    }
    if (reason !== "handler_failed" || line.type !== "told") return;
    const { requestId = "" } = message;
    const mayFailEarlier = !message.requiresAck ||
      this.#answered.has(requestId);
    const least = mayFailEarlier ? 1 : this.#limitsOf(copy, line)?.least ?? 1;
    if (failures >= least) return;
    const text =
      `${messageId} was given up after ${failures} failures of ${least}`;
    throw new Violation("Q6", text, line);
  }

  #limitsOf({ mailbox, agent }: Copy, { bus }: ToldLine) {
    const settings = this.#books.get(bus)?.settings;
    return settings && agent !== undefined
      ? this.#limits.of(mailbox, agent, settings)
      : undefined;
  }

  #gauge(line: Line & { type: "gauges" }): void {
    this.#reserved = line.reserved;
    const book = this.#books.get(line.bus);
    if (!book) return;
    book.settle(line);
    if (book.letters.size === line.letters) return;
    const text =
      `the bus keeps ${line.letters} letters, and told of ${book.letters.size}`;
    throw new Violation("Q1", text, line);
  }

  /** What a replay resolves with was sent again. */
  #endStep(): void {
    if (this.#resolved.length === 0) return;
    for (const line of this.#resolved) {
      const { letter = "" } = this.#replays.get(line.call) ?? {};
      this.#replays.delete(line.call);
      if (this.#newest?.claim(letter, line.id)) continue;
      const text = `call ${line.call} sent ${letter} again, and nothing went`;
      throw new Violation("Q5", text, line);
    }
    this.#resolved = [];
  }
}

/** What comes from the letters starts anew. */
function checkAttempt({ isReplay, attempts, messageId }: Copy, line: ToldLine) {
  const { event } = line;
  if (event.type !== "delivery_started" || !isReplay || attempts > 0) return;
  if (event.attempt === 1) return;
  const text = `${messageId}, sent again, starts with attempt ${event.attempt}`;
  throw new Violation("Q5", text, line);
}
