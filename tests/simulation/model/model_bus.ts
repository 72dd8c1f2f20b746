import type { DeadLetterReason } from "../../../mod.ts";
import type { Verb } from "./commands.ts";
import { type Box, type Consumer, ModelRoutes } from "./model_routes.ts";
import type { ModelMessage } from "./model_routes.ts";

/** One message for one mailbox, accepted and not finished; `call` is the request that waits for it. */
export interface Copy {
  readonly message: ModelMessage;
  readonly box: Box;
  readonly call?: Call;
  readonly at: number;
  readonly expiresAt: number;
  lease?: Lease;
  retryAt?: number;
  attempts?: number;
  failures: number;
}

/** One handing over, of which its holder has one word to say. Programs call it `id`. */
export interface Lease {
  id?: string;
  readonly copy: Copy;
  readonly consumer: Consumer;
  readonly at: number;
  readonly ms: number;
  until: number;
  isOver?: boolean;
  isAborted?: boolean;
  isSpoken?: boolean;
}

/** Something to be sent, the place in line, and how it ended; others with its key repeat it. */
export interface Call {
  readonly id: string;
  readonly message: ModelMessage;
  readonly letter?: Letter;
  at: number;
  place?: Place;
  key?: string;
  first?: Call;
  result?: string;
}

/** A dead letter; without a copy, the message had none. */
export interface Letter {
  readonly message: ModelMessage;
  readonly reason: DeadLetterReason;
  readonly at: number;
  readonly copy?: Copy;
}

type Place = Box | "bus";
type Plan = ReturnType<ModelRoutes["plan"]>;

/** What a bus should do, by its documents. Who calls it sets `now`, and does what `dues` and `soon` hold. */
export class ModelBus extends ModelRoutes {
  now = 0;
  readonly soon: (() => void)[] = [];
  readonly calls: Call[] = [];
  /** Senders that wait, the one that came first in front. */
  readonly line: Call[] = [];
  readonly copies: Copy[] = [];
  readonly leases: Lease[] = [];
  readonly letters: Letter[] = [];
  readonly accepted = new Map<string, Partial<ModelMessage>>();
  readonly facts: string[] = [];
  /** Which of the free consumers has a copy is not promised. */
  pick = (_: Copy, free: Consumer[]): Consumer | undefined => free[0];
  /** Told of a delivery whose handler starts, or is to stop: `isAborted` says which. */
  play = (_: Lease): void => {};

  get asking(): Call[] {
    return this.calls.filter(({ message, letter, result }) =>
      message.do === "request" && !letter && !result
    );
  }

  /** All that time will bring, and when. */
  *dues(): Generator<[number, () => void]> {
    for (const call of this.line) {
      const at = call.at + this.settings.waitTimeoutMs;
      yield [at, () => this.#refuse(call, "backpressure_timeout")];
    }
    for (const call of this.asking) {
      const at = call.at + (call.message.timeoutMs ?? Infinity);
      yield [at, () => this.cancel(call, "request_timeout")];
    }
    for (const copy of this.copies) {
      const { lease, retryAt = Infinity, expiresAt } = copy;
      if (lease) yield [lease.until, () => this.#fail(lease, 0, true)];
      else yield [expiresAt, () => this.#die(copy, "expired")];
      if (!lease) yield [retryAt, () => this.#wait(copy)];
    }
  }

  /** Q5: with its letter, a message is sent again. S3: what repeats another adds nothing; it has its own chance if that is refused. */
  send(call: Call): void {
    const { letter, message: { sender, deduplicationId, ttlMs } } = call;
    const key = !letter && deduplicationId && `${sender} ${deduplicationId}`;
    call.at = this.now;
    call.first = this.calls.find((one) =>
      key && one.key === key &&
      this.now < one.at + this.settings.deduplicationMs
    );
    if (call.first) return;
    call.key = key || undefined;
    const isSent = letter && this.line.some((one) => one.letter === letter);
    if (isSent) return this.#refuse(call, "rejected");
    if (ttlMs > 0) return this.#knock(call);
    if (!letter) this.#bury(call.message, "expired");
    this.#refuse(call, "expired");
  }

  /** A letter goes, and its replay with it. */
  discard(letter: Letter): void {
    remove(this.letters, letter);
    this.free();
    const call = this.line.find((one) => one.letter === letter);
    if (call) this.#refuse(call, "cancelled");
  }

  /** A sender gives up its wait, or its request: what asks for it is taken back, wherever it is. */
  cancel(call: Call, code: string): void {
    if (this.line.includes(call) || call.first) return this.#refuse(call, code);
    call.result = code;
    const copy = this.copies.find((one) => one.call === call);
    if (copy?.lease) this.#abort(copy.lease);
    if (copy) this.#finish(copy, "dropped");
  }

  /** It takes nothing more; what it has in hand it may still settle. */
  retire(id: string): void {
    this.consumers.delete(id);
    const work = this.leases.filter((one) => one.consumer.id === id);
    for (const lease of work) this.#abort(lease);
    this.#sweep();
  }

  /** What it has in hand goes back, its consumers retire, and its requests end. */
  leave(id: string): void {
    for (const lease of this.leases) {
      const isHeld = lease.copy.lease === lease;
      if (isHeld && lease.consumer.instance === id) this.#wait(lease.copy);
    }
    for (const [name, { instance }] of this.consumers) {
      if (instance === id) this.retire(name);
    }
    this.instances.delete(id);
    this.#sweep();
    const left = this.asking.filter(({ message }) => message.instance === id);
    for (const call of left) this.cancel(call, "closed");
  }

  settle(lease: Lease, verb: Verb, delayMs = 0): void {
    if (verb === "extend") lease.until = this.now + lease.ms;
    else if (verb !== "leave") this.#say(lease, verb, delayMs);
  }

  /** Its handler is over; that is its word, if it has not said one. */
  end(lease: Lease, how: "return" | "throw" | "refuse"): void {
    if (lease.isOver) return;
    lease.isOver = true;
    const isAsked = lease.copy.box.do === "respond";
    this.soon.push(() => this.handOut(lease.copy.box));
    if (how === "refuse") this.#say(lease, "reject");
    else if (how === "throw") this.#say(lease, isAsked ? "error" : "nack");
    else this.#say(lease, isAsked ? "response" : "ack");
  }

  /** B3: room may have come free there: who waits for it is let in, first come, first served. */
  free(place: Place = "bus"): void {
    this.soon.push(() => {
      for (const call of this.line.filter((one) => one.place === place)) {
        this.#knock(call);
        if (call.place === place) break;
      }
    });
  }

  /** P1, P2: what a mailbox holds, by the priority that waiting has lifted. */
  waiting(box: Box): Copy[] {
    const { agingStepMs } = this.settings;
    const urgencyOf = ({ message: { priority }, at }: Copy) =>
      Math.min(100, priority + Math.floor((this.now - at) / agingStepMs));
    return this.copies.filter((copy) => copy.box === box && !copy.lease)
      .sort((one, other) => urgencyOf(other) - urgencyOf(one));
  }

  #knock(call: Call): void {
    if (call.result) return;
    const plan = this.plan(call.message, call.letter?.copy?.box);
    const place = this.#obstacle(call, plan);
    if (place && !call.place) this.facts.push("waited");
    if (place && !call.place) this.line.push(call);
    call.place = place;
    if (!place && !call.result) this.#accept(call, plan);
  }

  /** B1, B2: what a call has to wait for; refuses it where waiting would be no use. */
  #obstacle(call: Call, { copies, end }: Plan): Place | undefined {
    const { message, letter, place: stood } = call;
    const { maxPending, maxPendingBytes, whenFull, maxLetters } = this.settings;
    const isAsking = letter ? letter.copy : message.do === "request" && !end;
    if (isAsking && !copies[0]?.box) return this.#refuse(call, "no_recipient");
    const isStopped = whenFull === "stop" && this.letters.length >= maxLetters;
    if (isStopped && !letter) return "bus";
    const boxes = copies.flatMap(({ box }) => box ?? []);
    if (boxes.length > maxPending) return this.#refuse(call, "overflow");
    const ahead = this.line.slice(0, stood && this.line.indexOf(call));
    const held = ahead.map(({ place }) => place);
    for (const box of boxes) {
      const isFull = this.waiting(box).length >= box.max;
      if (box.overflow === "wait" && (isFull || held.includes(box))) return box;
      if (box.overflow !== "reject" || !isFull) continue;
      return this.#refuse(call, "overflow");
    }
    let bytes = message.bytes * boxes.length;
    for (const { message } of this.copies) bytes += message.bytes;
    const isFull = this.copies.length + boxes.length > maxPending ||
      (this.copies.length > 0 && bytes > maxPendingBytes);
    const isHeldUp = isFull || held.includes("bus");
    return isHeldUp && boxes.length > 0 ? "bus" : undefined;
  }

  /** S8: all copies of a message at once, or none. */
  #accept(call: Call, { matched, copies, end, isFailed }: Plan): void {
    const { message, letter } = call;
    if (isFailed) this.free();
    if (isFailed && !letter) this.#bury(message, "routing_failed");
    if (isFailed) return this.#refuse(call, "routing_failed");
    remove(this.line, call);
    if (!this.accepted.has(message.id)) this.accepted.set(message.id, message);
    for (const { id } of matched) this.facts.push(`rule ${id}`);
    if (letter) this.discard(letter);
    if (message.do !== "request" || letter) call.result = `ok ${message.id}`;
    for (const { box, ...copy } of copies) {
      const asker = box?.do === "respond" && !call.result ? call : undefined;
      if (box) this.#put(copy, box, asker);
      else this.#bury(copy, "no_recipient");
    }
    if (end && !call.result) this.cancel(call, "rejected");
    if (end === "dead-letter") this.#bury(message, "rule");
    else if (!end && copies.length > 0) return;
    else if (end || !message.requiresAck) this.facts.push("dropped");
    else this.#bury(message, "no_subscriber");
  }

  #put(message: ModelMessage, box: Box, call?: Call): void {
    const [at, expiresAt] = [this.now, this.now + message.ttlMs];
    const copy: Copy = { message, box, call, at, expiresAt, failures: 0 };
    const held = this.copies.filter((one) => one.box === box && !one.lease);
    this.copies.push(copy);
    this.soon.push(() => this.handOut(box));
    if (held.length < box.max) return;
    const oldest = held.find(({ retryAt }) => !retryAt) ?? copy;
    this.#die(box.overflow === "drop-oldest" ? oldest : copy, "overflow");
  }

  #refuse(call: Call, code: string): undefined {
    remove(this.line, call);
    if (call.place) this.free(call.place);
    Object.assign(call, { result: code, key: undefined, place: undefined });
    this.facts.push(code, call.letter ? "kept" : "refused");
    const again = this.calls.filter((one) => one.first === call && !one.result);
    for (const one of again) this.soon.push(() => this.send(one));
  }

  /** Hands out the most urgent copies, as long as somebody is free. */
  handOut(box: Box): void {
    const takers = this.takersOf(box);
    const copy = this.waiting(box).find(({ retryAt }) => !retryAt);
    if (!copy || takers.length === 0) return;
    this.free(box);
    const work = this.leases.filter(({ isOver }) => !isOver);
    const idle = takers.filter(({ id, settings }) =>
      work.filter((one) => one.consumer.id === id).length < settings.concurrency
    );
    const consumer = this.pick(copy, idle);
    if (!consumer) return;
    const { ackTimeoutMs } = { ...this.settings, ...consumer.settings };
    const ms = copy.message.requiresAck ? ackTimeoutMs : Infinity;
    const [at, until] = [this.now, this.now + ms];
    const lease: Lease = { copy, consumer, at, ms, until };
    copy.attempts = (copy.attempts ?? 0) + 1;
    copy.lease = lease;
    this.leases.push(lease);
    this.play(lease);
    this.handOut(box);
  }

  /** K1: only the first word of the holder of a live lease counts; one that comes late is counted. */
  #say(lease: Lease, word: string, delayMs?: number): void {
    const { copy, consumer: { agent: sender } } = lease;
    const { call, message, box } = copy;
    const isReply = word === "response" || word === "error";
    if (lease.isSpoken || (word === "ack" && box.do === "respond")) return;
    lease.isSpoken = true;
    const isLive = copy.lease === lease;
    const isUnheard = !isLive || (word === "response" && !call);
    if (isUnheard) this.facts.push(isReply ? "late reply" : "stale");
    if (!isLive) return;
    if (word === "reject") return this.#die(copy, "rejected");
    const isFailure = word === "nack" || (word === "error" && !call);
    if (isFailure) return this.#fail(lease, delayMs);
    this.#finish(copy, message.requiresAck ? "acked" : "handled");
    if (!isReply || !call) return;
    this.accepted.set(`${word} to ${message.id}`, { sender });
    call.result = word === "error" ? "remote" : `reply ${lease.id}`;
  }

  #fail(lease: Lease, delayMs?: number, isLate = false): void {
    const { copy, consumer } = lease;
    const { maxAttempts, retryMs } = { ...this.settings, ...consumer.settings };
    if (isLate) this.#abort(lease);
    const delay = delayMs ?? retryMs[copy.failures];
    const isLast = ++copy.failures >= maxAttempts || delay === undefined;
    if (isLast || !copy.message.requiresAck) this.#die(copy, "handler_failed");
    else this.#wait(copy, delay);
  }

  #wait(copy: Copy, delayMs = 0): void {
    copy.lease = undefined;
    copy.retryAt = delayMs > 0 ? this.now + delayMs : undefined;
    this.soon.push(() => this.handOut(copy.box));
    const { message: { requiresAck }, box, expiresAt } = copy;
    const isStuck = !requiresAck || this.boxes.get(box.key) !== box;
    if (requiresAck && expiresAt <= this.now) this.#die(copy, "expired");
    else if (isStuck) this.#die(copy, "undeliverable");
  }

  #abort(lease: Lease): void {
    if (lease.isOver) return;
    lease.isAborted = true;
    this.play(lease);
  }

  #die(copy: Copy, reason: DeadLetterReason): void {
    const isLost = reason === "undeliverable" && !copy.message.requiresAck;
    this.#finish(copy, isLost ? "dropped" : "dead");
    if (!isLost) this.#bury(copy.message, reason, copy);
    if (copy.call) copy.call.result = reason;
  }

  #finish(copy: Copy, how: string): void {
    remove(this.copies, copy);
    if (!copy.lease) this.free(copy.box);
    copy.lease = undefined;
    this.facts.push(how);
    this.free();
  }

  /** Q1, Q3: one more letter; the oldest makes room, unless senders wait for it. */
  #bury(message: ModelMessage, reason: DeadLetterReason, copy?: Copy): void {
    const { maxLetters, whenFull } = this.settings;
    this.letters.push({ message, reason, at: this.now, copy });
    this.facts.push(`letter ${reason}`);
    const isExcess = whenFull !== "stop" && this.letters.length > maxLetters;
    if (isExcess && this.letters[0]) this.discard(this.letters[0]);
  }

  #sweep(): void {
    const there = [...this.instances.values(), ...this.durable];
    for (const box of this.boxes.values()) {
      const isTaken = box.durable || this.takersOf(box).length > 0;
      if (box.do ? isTaken : there.includes(box.owner)) continue;
      this.boxes.delete(box.key);
      const held = this.copies.filter((one) => one.box === box && !one.lease)
        .sort((a, b) => b.message.priority - a.message.priority);
      for (const copy of held) this.#die(copy, "undeliverable");
      this.free(box);
    }
    this.free();
  }
}

function remove<T>(list: T[], one: T): void {
  if (list.includes(one)) list.splice(list.indexOf(one), 1);
}
