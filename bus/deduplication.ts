import type { Clock } from "../core/clock.ts";
import { LIMITS } from "../core/limits.ts";
import type { Random } from "../core/random.ts";
import { type Accepted, idOf, toAccepted } from "./entrant.ts";
import type { Envelope, MessageHead } from "./envelope.ts";
import { ID_WORDS, wordsOfText } from "./id_words.ts";
import { NamedSends, repeatOf } from "./named_sends.ts";
import { type SentAs, SentIds } from "./sent_ids.ts";
import { BY_ID, type KeyedSend, keyOf, type SendKeys } from "./send_keys.ts";
import type { Submission } from "./submission.ts";

/** Makes a send. */
type Make = () => Accepted | Promise<Accepted>;

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
  submit(send: Send, make: Make): Accepted | Promise<Accepted> {
    const { id, signal, fields } = send;
    if (id === undefined || !fields.requiresAck) {
      return this.#makeNamed(fields, signal, make);
    }
    if (wordsOfText(id, this.#words)) return this.#makeSent({ id }, send, make);
    const key = keyOf(fields.sender, id);
    return toAccepted(this.#named.once(
      { key, isSame: true, signal },
      () => idOf(this.#makeNamed(fields, signal, make)),
    ));
  }

  /** The same of a message that came over a connection and requires an ack; its id is not made a text for it. */
  submitReceived(
    envelope: Envelope,
    signal: Send["signal"],
    make: Make,
  ): Accepted | Promise<Accepted> {
    const { head } = envelope;
    return envelope.readId(this.#words)
      ? this.#makeSent(head, { signal, fields: head }, make)
      : this.submit({ id: head.id, signal, fields: head }, make);
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

  /** Makes a send that has an id, which is in `#words`, unless it was made before. */
  #makeSent(
    own: Accepted,
    { signal, fields }: Send,
    make: Make,
  ): Accepted | Promise<Accepted> {
    const sent = this.#sentIds();
    const nowMs = this.#clock.monotonic();
    sent.forgetUntil(nowMs);
    const known = sent.find(fields.sender, this.#words);
    if (known >= 0) {
      if (sent.untilMs(known) > nowMs) {
        return again(own, sent.sentAs(known), signal);
      }
      sent.drop(known);
    }
    const untilMs = nowMs + LIMITS.deduplicationWindowMs;
    const place = sent.add(fields.sender, this.#words, untilMs);
    try {
      const accepted = this.#makeNamed(fields, signal, make);
      if (accepted instanceof Promise) decideLater(sent, place, own, accepted);
      else if (accepted !== own && accepted.id !== own.id) {
        sent.become(place, accepted.id);
      }
      return accepted;
    } catch (error) {
      const refused = Promise.reject(error);
      // Whoever sends it again is told.
      refused.catch(() => {});
      sent.become(place, refused);
      throw error;
    }
  }

  /** Makes a send, unless one of its sender with the same `deduplicationId` was made before. */
  #makeNamed(
    { sender, deduplicationId }: Send["fields"],
    signal: Send["signal"],
    make: Make,
  ): Accepted | Promise<Accepted> {
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
): Accepted | Promise<Accepted> {
  if (sentAs === undefined) return own;
  if (typeof sentAs === "string") return { id: sentAs };
  const givenUp = typeof signal === "function" ? signal() : signal;
  return repeatOf(sentAs, givenUp, () => sentAs);
}

/** Remembers what becomes of a send that waits. */
function decideLater(
  sent: SentIds,
  place: number,
  own: Accepted,
  accepted: Promise<Accepted>,
): void {
  sent.become(place, accepted);
  accepted.then((made) => {
    const isOwn = made === own || made.id === own.id;
    sent.become(place, isOwn ? undefined : made.id, accepted);
    // The refusal stays: whoever sends it again is told the same.
  }, () => {});
}
