import type { Line } from "../history.ts";
import { type Checker, Violation } from "./checker.ts";
import { Copies } from "./copies.ts";
import { type Copy, type End, isKept, type ToldLine } from "./copy.ts";
import { type KeptLetter, keyOf, type LeftCopy, Outlived } from "./outlived.ts";

type Event = ToldLine["event"];

/**
 * What a bus on a store has back when it is started again: every copy that was
 * accepted and not finished (S1), in its order (O5), none that was acknowledged
 * (K3), and each either in its mailbox or among the dead letters, never both,
 * never neither (Q2); and nothing that was never there (S2). What was under way
 * when the bus ended may have happened or not.
 */
export class Survival implements Checker {
  readonly laws = ["S1", "S2", "K3", "Q2", "O5"];
  readonly #copies = new Copies({
    made: (copy) => this.#made(copy),
    finished: (copy, _, end) => this.#finished(copy, end),
    lost: (copy) => this.#lost(copy),
  });
  /** What is there, as far as is told; after the end of a bus, what it has left. */
  #left = new Outlived();
  /** What has come back. */
  #back = new Outlived();
  /** Letters that came back, and had to go as there were too many. */
  readonly #pushedOut = new Set<string>();
  /** Whether there was a life of the bus before the one that is. */
  #hasPast = false;
  #hasStore = false;
  #isReady = false;
  /** How copies have ended that were kept. */
  readonly #ends = new Map<string, End>();
  /** By message: what handlers have said, and no bus has told of. */
  readonly #acksSaid = new Map<string, number>();
  readonly #handlings = new Map<number, string>();
  /** By call: letters that somebody wants sent again, or discarded. */
  readonly #wanted = new Map<number, Pick<KeptLetter, "id" | "messageId">>();
  /** Places in the order of accepting; none for what was sent again since. */
  readonly #order = new Map<string, number>();
  #seq = 0;
  #lastBack = 0;
  /** There was a rule that makes copies for others. */
  #hasAdded = false;

  /** Looks at the next line. */
  take(line: Line): void {
    if (line.type === "bus_started") this.#start(line);
    if (this.#hasStore) this.#follow(line);
  }

  /** Nothing is left open. */
  end(): void {}

  #follow(line: Line): void {
    switch (line.type) {
      case "handling":
        this.#handlings.set(line.handling, line.message.id);
        return;
      case "settling":
        if (line.verb === "ack") this.#ackSaid(line.handling);
        return;
      case "handled":
        if (line.how === "returned") this.#ackSaid(line.handling);
        this.#handlings.delete(line.handling);
        return;
      case "called": {
        const { call, letter } = line.what;
        if (letter !== undefined) this.#want(call, letter);
        return;
      }
      case "resolved":
      case "rejected":
        this.#wanted.delete(line.call);
        return;
      case "rules":
        for (const { action } of line.rules) {
          const kind = action?.kind;
          if (kind === "forward" || kind === "republish") this.#hasAdded = true;
        }
        return;
      case "told":
        this.#told(line.event, line);
    }
    this.#copies.take(line);
    const isOver = line.type === "bus_ended" && line.how !== "closing";
    if (isOver) this.#hasPast = true;
  }

  /** Somebody wants a letter's message sent again, which gives it a new place, or the letter discarded. */
  #want(call: number, letter: string): void {
    const { messageId = letter } = this.#left.letters.get(letter) ?? {};
    this.#wanted.set(call, { id: letter, messageId });
    this.#order.set(messageId, 0);
  }

  #start({ settings }: Line & { type: "bus_started" }): void {
    this.#back = new Outlived();
    this.#pushedOut.clear();
    this.#isReady = false;
    this.#lastBack = 0;
    this.#hasStore = settings.hasStore ?? false;
  }

  #told(event: Event, line: ToldLine): void {
    switch (event.type) {
      case "message_accepted":
        // One without a copy has no place: all that is kept of it is its letter.
        if (event.mailboxes.length > 0) this.#accepted(event.message.id);
        return;
      case "message_replayed":
        this.#order.set(event.messageId, 0);
        return;
      case "message_restored":
        return this.#restored(event, line);
      case "store_opened":
        return this.#ready(line);
      case "dead_letter_restored": {
        const { id, messageId, mailbox } = event;
        const letter = { id, messageId, mailbox, isSure: true };
        this.#back.letters.set(id, letter);
        return;
      }
      case "dead_letter_added": {
        const { id, messageId, mailbox } = event;
        const copy = this.#copies.life(line.bus)?.find(mailbox, messageId);
        const isSure = copy !== undefined && isKept(copy.message);
        const letter = { id, messageId, mailbox, isSure };
        this.#left.letters.set(id, letter);
        this.#back.letters.set(id, letter);
        return;
      }
      case "dead_letter_removed": {
        const { letters, discarded } = this.#left;
        const letter = letters.get(event.id);
        letters.delete(event.id);
        if (event.cause === "discarded" && letter) {
          discarded.set(event.id, letter);
        }
        // One that is pushed out as others come back was there.
        if (this.#isReady) this.#back.letters.delete(event.id);
        else this.#pushedOut.add(event.id);
      }
    }
  }

  /** One that was accepted before comes out of a letter that an earlier life has left: it has a new place. */
  #accepted(messageId: string): void {
    const place = this.#order.has(messageId) ? 0 : ++this.#seq;
    this.#order.set(messageId, place);
  }

  #restored(
    { message, mailbox }: Event & { type: "message_restored" },
    line: ToldLine,
  ): void {
    if (!isKept(message)) {
      fail("S2", `${message.id} is back, which is not to be kept`, line);
    }
    const name = { messageId: message.id, mailbox };
    const isVague = this.#left.copies.get(keyOf(name))?.isVague ?? false;
    const state = "waiting" as const;
    const copy = { ...name, isVague, state, outcome: undefined };
    // One that was being sent again may have come beside one that was there.
    const mayBeTwins = isVague || this.#wantedOf(message.id) !== undefined;
    if (this.#back.copies.has(keyOf(copy)) && !mayBeTwins) {
      fail("S2", `${message.id} is back twice`, line);
    }
    this.#back.add(copy);
    const place = this.#order.get(message.id) ?? ++this.#seq;
    this.#order.set(message.id, place);
    if (place > 0 && place < this.#lastBack) {
      const text = `${message.id} is back behind one that was accepted later`;
      fail("O5", text, line);
    }
    this.#lastBack = Math.max(place, this.#lastBack);
  }

  #made(copy: Copy): void {
    if (!isKept(copy.message) || copy.isRestored) return;
    this.#ends.delete(keyOf(copy));
  }

  #finished(copy: Copy, end: End): void {
    if (!isKept(copy.message)) return;
    const key = keyOf(copy);
    this.#ends.set(key, end);
    this.#left.copies.delete(key);
    this.#back.copies.delete(key);
    if (end !== "acked") return;
    const said = this.#acksSaid.get(copy.messageId) ?? 0;
    this.#acksSaid.set(copy.messageId, said - 1);
  }

  /** The bus has ended with a copy in it. */
  #lost(copy: Copy): void {
    if (isKept(copy.message)) this.#left.add(copy);
  }

  #ackSaid(handling: number): void {
    const messageId = this.#handlings.get(handling);
    if (messageId === undefined) return;
    this.#handlings.delete(handling);
    const said = this.#acksSaid.get(messageId) ?? 0;
    this.#acksSaid.set(messageId, said + 1);
  }

  #ready(line: Line): void {
    if (this.#isReady) return;
    this.#isReady = true;
    const left = this.#left;
    const back = this.#back;
    if (!this.#hasPast && back.copies.size + back.letters.size > 0) {
      fail("S2", "something came out of a store that was empty", line);
    }
    for (const copy of left.copies.values()) this.#checkLeft(copy, line);
    for (const copy of back.copies.values()) this.#checkBack(copy, line);
    this.#checkLetters(line);
    this.#left = new Outlived();
    for (const id of this.#pushedOut) back.letters.delete(id);
    for (const [id, letter] of back.letters) this.#left.letters.set(id, letter);
    // Whatever was under way has happened by now, or never will.
    this.#wanted.clear();
    this.#acksSaid.clear();
  }

  /** A copy that was there is there, or has ended while the bus did. */
  #checkLeft(copy: LeftCopy, line: Line): void {
    const { messageId, mailbox, isVague, state, outcome } = copy;
    const isBack = this.#back.copies.has(keyOf(copy));
    const isBuried = this.#back.buried(copy, this.#left);
    if (isVague) return;
    const what = `${messageId} of "${mailbox}"`;
    if (isBack && isBuried) {
      fail("Q2", `${what} is back, and so is a letter of it`, line);
    }
    if (isBack || isBuried) return;
    if (this.#back.takeRenamed(copy, this.#left)) return;
    const acks = this.#acksSaid.get(messageId) ?? 0;
    if (acks > 0 || outcome === "acked") {
      this.#acksSaid.set(messageId, acks - 1);
      this.#ends.set(keyOf(copy), "acked");
      return;
    }
    if (state === "ended") {
      fail("Q2", `${what} had failed for good, and has no letter`, line);
    }
    fail("S1", `${what} was accepted, and is gone`, line);
  }

  /** A copy that is back was there, or was on its way in. */
  #checkBack(copy: LeftCopy, line: Line): void {
    const key = keyOf(copy);
    const { messageId, mailbox, isVague } = copy;
    if (this.#left.copies.has(key) || isVague) return;
    const end = this.#ends.get(key);
    this.#ends.delete(key);
    if (end === undefined) return;
    const what = `${messageId} of "${mailbox}"`;
    // While it was sent again, its letter may have been pushed out; and that of
    // a mailbox which is gone goes to another one of its agent.
    const letter = this.#wantedOf(messageId);
    if (!letter && end === "acked") {
      fail("K3", `${what} is back after its ack`, line);
    }
    if (!letter) fail("Q2", `${what} is back, and was ${end}`, line);
    const back = this.#back.letters.get(letter.id);
    // Where a rule adds copies, those go their way, and who was missing has a letter again.
    const mayBeAnew = this.#hasAdded && back?.mailbox === undefined;
    if (!back || mayBeAnew) return;
    fail("Q2", `${what} was sent again, and its letter is back, too`, line);
  }

  #checkLetters(line: Line): void {
    const { letters } = this.#back;
    for (const letter of this.#left.letters.values()) {
      if (!letter.isSure) continue;
      if (letters.has(letter.id) || this.#isWanted(letter)) continue;
      fail("S1", `the letter ${letter.id} is gone`, line);
    }
    for (const { id, messageId, mailbox = "" } of letters.values()) {
      if (this.#left.letters.has(id)) continue;
      if (this.#ends.get(keyOf({ messageId, mailbox })) !== "acked") continue;
      const text = `${messageId} of "${mailbox}" was acked, and has a letter`;
      fail("K3", text, line);
    }
  }

  /** A letter of this message that somebody wanted sent again. */
  #wantedOf(messageId: string) {
    for (const letter of this.#wanted.values()) {
      if (letter.messageId === messageId) return letter;
    }
    return undefined;
  }

  #isWanted({ id }: KeptLetter): boolean {
    for (const letter of this.#wanted.values()) {
      if (letter.id === id) return true;
    }
    return false;
  }
}

function fail(law: string, text: string, line: Line): never {
  throw new Violation(law, text, line);
}
