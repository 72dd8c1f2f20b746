import type { Clock } from "../core/clock.ts";
import { LIMITS } from "../core/limits.ts";
import type { Random } from "../core/random.ts";
import {
  type Accepted,
  Decision,
  type DecisionListener,
  idOf,
  toAccepted,
} from "./decision.ts";
import type { Envelope, MessageHead } from "./envelope.ts";
import { ID_WORDS, wordsOfText } from "./id_words.ts";
import { type LateSignal, signalOf } from "./late_signal.ts";
import { NamedSends, repeatOf } from "./named_sends.ts";
import { type SentAs, SentIds } from "./sent_ids.ts";
import { BY_ID, type KeyedSend, keyOf, type SendKeys } from "./send_keys.ts";
import type { Submission } from "./submission.ts";

/** Makes a send. */
type Make = () => Accepted | Decision;

/** Lets a message in that came over a connection. */
type Enter = (envelope: Envelope, signal?: LateSignal) => Accepted | Decision;

/** What tells a send from others, and what gives up waiting for the first. */
type Send = Omit<Submission, "body">;

/**
 * Which sends were made before: by the id that the sender's end of a connection
 * gave them, which every send over one has, and by the sender's own
 * `deduplicationId`. Either is remembered for two minutes; when there are too
 * many of a kind, the oldest is forgotten early.
 */
export class Deduplication {
  readonly #clock: Clock;
  readonly #random: Random;
  /** Made when the first is to be remembered. */
  #sent: SentIds | undefined;
  readonly #words = new Uint32Array(ID_WORDS);
  /** Those with an id that is no UUID are among these, too. */
  readonly #named: NamedSends;

  /** Remembers nothing yet. */
  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#named = new NamedSends(clock);
  }

  /** Whether a send could have been made before; no other needs to be remembered. */
  concerns({ id, fields }: Send): boolean {
    return fields.deduplicationId !== undefined ||
      (id !== undefined && fields.requiresAck === true);
  }

  /**
   * Makes a send unless it was made before: under the id of its client, which
   * sends it again if its connection is lost before it was told what became of
   * it, or under the sender's own `deduplicationId`.
   */
  submit(send: Send, make: Make): Accepted | Decision {
    const { id, signal, fields } = send;
    if (id === undefined || !fields.requiresAck) {
      return this.#makeNamed(fields, signal, make);
    }
    if (wordsOfText(id, this.#words)) return this.#makeSent(id, send, make);
    const key = keyOf(fields.sender, id);
    return toAccepted(this.#named.once(
      { key, isSame: true, signal },
      () => idOf(this.#makeNamed(fields, signal, make)),
    ));
  }

  /** The same of a message that came over a connection and requires an ack; its id is not made a text for it. */
  submitReceived(
    envelope: Envelope,
    signal: LateSignal | undefined,
    enter: Enter,
  ): Accepted | Decision {
    const { head } = envelope;
    if (!envelope.readId(this.#words)) {
      const send = { id: head.id, signal, fields: head };
      return this.submit(send, () => enter(envelope, signal));
    }
    const known = this.#known(head, head.sender, signal);
    if (known) return known;
    const place = this.#begin(head.sender);
    try {
      return this.#made(place, head, enter(envelope, signal));
    } catch (error) {
      this.#sentIds().become(place, Decision.refused(error));
      throw error;
    }
  }

  /** What tells a send from others, as {@linkcode Deduplication.submit} does; whether its client has given it an id is said. */
  keysOf(
    { sender, deduplicationId, requiresAck }: Send["fields"],
    isGiven: boolean,
  ): SendKeys | undefined {
    const byId = isGiven && requiresAck === true;
    if (deduplicationId === undefined) return byId ? BY_ID : undefined;
    return { name: keyOf(sender, deduplicationId), byId };
  }

  /** Remembers, for so long, a send that was made before a restart. */
  restore(key: string, id: string, leftMs: number): void {
    const untilMs = this.#clock.monotonic() + leftMs;
    const sender = this.#senderOf(key);
    const isOwn = sender.length + 1 + id.length === key.length &&
      key.endsWith(id) && wordsOfText(id, this.#words);
    if (isOwn) this.#restoreSent(sender, untilMs);
    else this.#named.restore(key, id, untilMs);
  }

  /** The same of sends of one sender, each with the id of its own, one behind the other in `words`. */
  restoreIds(sender: string, words: Uint32Array, leftMs: number): void {
    const untilMs = this.#clock.monotonic() + leftMs;
    for (let at = 0; at < words.length; at += ID_WORDS) {
      this.#words.set(words.subarray(at, at + ID_WORDS));
      this.#restoreSent(sender, untilMs);
    }
  }

  /** The id of the message of a send that was made before, and is not under way. */
  findMade({ envelope, sends }: KeyedSend): string | undefined {
    const { name, byId = false } = sends ?? {};
    const named = name === undefined ? undefined : this.#named.find(name);
    if (typeof named === "string") return named;
    return byId ? this.#findSent(envelope) : undefined;
  }

  /** One whose id is in `#words`. */
  #restoreSent(sender: string, untilMs: number): void {
    const sent = this.#sentIds();
    const known = sent.find(sender, this.#words);
    // One that waits for the store to be read is found out when its turn comes.
    if (known >= 0) sent.drop(known);
    sent.add(sender, this.#words, untilMs);
  }

  /** Makes a send that has an id, which is in `#words`, too, unless it was made before. */
  #makeSent(
    id: string,
    { signal, fields }: Send,
    make: Make,
  ): Accepted | Decision {
    const own = { id };
    const known = this.#known(own, fields.sender, signal);
    if (known) return known;
    const place = this.#begin(fields.sender);
    try {
      return this.#made(place, own, this.#makeNamed(fields, signal, make));
    } catch (error) {
      this.#sentIds().become(place, Decision.refused(error));
      throw error;
    }
  }

  /** What a send is told whose id is in `#words`, if it was made before. */
  #known(
    own: Accepted,
    sender: string,
    signal: Send["signal"],
  ): Accepted | Decision | undefined {
    const sent = this.#sentIds();
    const nowMs = this.#clock.monotonic();
    sent.forgetUntil(nowMs);
    const known = sent.find(sender, this.#words);
    if (known < 0) return undefined;
    if (sent.untilMs(known) > nowMs) {
      return again(own, sent.sentAs(known), signal);
    }
    sent.drop(known);
    return undefined;
  }

  /** Remembers a send whose id is in `#words`, and that is about to be made. @returns Its place. */
  #begin(sender: string): number {
    const untilMs = this.#clock.monotonic() + LIMITS.deduplicationWindowMs;
    return this.#sentIds().add(sender, this.#words, untilMs);
  }

  /** Remembers what a send became, or will. */
  #made(
    place: number,
    own: Accepted,
    made: Accepted | Decision,
  ): Accepted | Decision {
    const sent = this.#sentIds();
    if (made instanceof Decision) {
      sent.become(place, made);
      made.tell(new UndecidedSend(sent, { place, own, decision: made }));
    } else if (made !== own && made.id !== own.id) sent.become(place, made.id);
    return made;
  }

  /** Makes a send, unless one of its sender with the same `deduplicationId` was made before. */
  #makeNamed(
    { sender, deduplicationId }: Send["fields"],
    signal: Send["signal"],
    make: Make,
  ): Accepted | Decision {
    if (deduplicationId === undefined) return make();
    const key = keyOf(sender, deduplicationId);
    return toAccepted(
      this.#named.once({ key, isSame: false, signal }, () => idOf(make())),
    );
  }

  #sentIds(): SentIds {
    this.#sent ??= new SentIds(
      LIMITS.maxDeduplicationIds,
      Math.floor(this.#random.next() * 2 ** 32),
    );
    return this.#sent;
  }

  /** The id of the message that was made under this one's. */
  #findSent(envelope: Envelope): string | undefined {
    const { head } = envelope;
    const found = envelope.readId(this.#words)
      ? this.#sentAs(head)
      : this.#named.find(keyOf(head.sender, head.id));
    return typeof found === "string" ? found : undefined;
  }

  /** What the send became, or will, whose id is in `#words`. */
  #sentAs({ sender, id }: MessageHead): SentAs {
    const sent = this.#sent;
    const place = sent?.find(sender, this.#words) ?? -1;
    if (!sent || place < 0) return undefined;
    if (sent.untilMs(place) <= this.#clock.monotonic()) return undefined;
    return sent.sentAs(place) ?? id;
  }

  // Names have no spaces.
  #senderOf(key: string): string {
    return key.slice(0, Math.max(0, key.indexOf(" ")));
  }
}

/** What a send is told that was made before. */
function again(
  own: Accepted,
  sentAs: SentAs,
  signal: Send["signal"],
): Accepted | Decision {
  if (sentAs === undefined) return own;
  if (typeof sentAs === "string") return { id: sentAs };
  const givenUp = signalOf(signal);
  // Before there is a promise: who has given up hears of no refusal.
  givenUp?.throwIfAborted();
  const first = sentAs.toPromise();
  return Decision.of(repeatOf(first, givenUp, () => first));
}

/** Remembers what becomes of a send that waits. */
class UndecidedSend implements DecisionListener {
  readonly #sent: SentIds;
  readonly #place: number;
  readonly #own: Accepted;
  readonly #decision: Decision;

  constructor(
    sent: SentIds,
    { place, own, decision }: {
      place: number;
      own: Accepted;
      decision: Decision;
    },
  ) {
    this.#sent = sent;
    this.#place = place;
    this.#own = own;
    this.#decision = decision;
  }

  accepted(made: Accepted): void {
    const isOwn = made === this.#own || made.id === this.#own.id;
    const sentAs = isOwn ? undefined : made.id;
    this.#sent.become(this.#place, sentAs, this.#decision);
  }

  // Whoever sends it again is told the same; the decision itself holds on to the message.
  refused(error: unknown): void {
    const refused = Decision.refused(error);
    this.#sent.become(this.#place, refused, this.#decision);
  }
}
