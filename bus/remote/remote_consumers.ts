import { BusError, errorText } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import {
  type Frame,
  frame,
  FrameFlag,
  FrameKind,
  Slab,
} from "../../transports/transport.ts";
import type {
  Body,
  Consumer,
  ConsumerSpec,
  HeldLease,
  LeaseEnd,
  Verdict,
} from "../consumer.ts";
import type { Envelope } from "../envelope.ts";
import type { LinkAttachment } from "../link.ts";
import { payloadOf } from "./message_frame.ts";
import { Outbox } from "./outbox.ts";
import { encodeJson } from "./protocol.ts";
import { readEnvelope } from "./remote_requests.ts";
import type { RemotePorts } from "./remote_sends.ts";

/** What is said of a request. */
type Answer = Extract<Verdict, { kind: "reply" | "end" | "fail" }>;
/** What is said of any other delivery, or of a request that is not answered. */
type Settlement = Exclude<Verdict, Answer>;

const ENCODER = new TextEncoder();

/** By its number on the wire, why a lease has ended. */
const LEASE_ENDS: readonly (LeaseEnd | undefined)[] = [
  undefined,
  "timeout",
  "cancelled",
  "deadline",
  "closed",
  "disconnected",
];

/** A delivery that came over a connection. */
class RemoteLease implements HeldLease {
  readonly attempt: number;
  readonly isRequest: boolean;
  readonly requiresAck: boolean;
  readonly consumer: Consumer;
  readonly #envelope: Envelope;
  readonly #settle: (lease: RemoteLease, verdict: Verdict) => void;
  readonly #send: (kind: FrameKind, fields: Partial<Frame>) => void;

  constructor(
    received: Frame,
    slab: Slab,
    { spec, consumer }: Attached,
    settle: (lease: RemoteLease, verdict: Verdict) => void,
    send: (lease: RemoteLease, kind: FrameKind, fields: Partial<Frame>) => void,
  ) {
    const { envelope, attempt } = readEnvelope(received, slab);
    this.attempt = attempt;
    this.isRequest = spec.kind === "requests";
    this.requiresAck = (received.flags & FrameFlag.requiresAck) !== 0;
    this.consumer = consumer;
    this.#envelope = envelope;
    this.#settle = settle;
    this.#send = (kind, fields) => send(this, kind, fields);
  }

  message(): Message {
    return this.#envelope.onAttempt(this.attempt);
  }

  settle(verdict: Verdict): void {
    this.#settle(this, verdict);
  }

  extend(): void {
    this.#send(FrameKind.extend, {});
  }

  piece(body: Body): void {
    const { bytes, binary } = payloadOf(body);
    const flags = binary ? FrameFlag.binary : 0;
    this.#send(FrameKind.piece, { flags, payload: bytes });
  }
}

/** A consumer of this client. */
interface Attached {
  readonly spec: ConsumerSpec;
  readonly consumer: Consumer;
  readonly attached: PromiseWithResolvers<void>;
  readonly detached: PromiseWithResolvers<void>;
}

/** The consumers of a client, and the leases they hold. */
export class RemoteConsumers {
  readonly #ports: RemotePorts;
  readonly #consumers = new Map<number, Attached>();
  readonly #detaching = new Map<number, Attached>();
  readonly #leases = new Map<number, RemoteLease>();
  /** The same the other way round. */
  readonly #numbers = new Map<RemoteLease, number>();

  readonly #slab = new Slab();
  readonly #outbox: Outbox;

  /** No consumers yet. */
  constructor(ports: RemotePorts) {
    this.#ports = ports;
    this.#outbox = new Outbox({ writable: ports.writable, send: ports.write });
  }

  /** Sends what has waited for room. */
  flush(): void {
    this.#outbox.flush();
  }

  /** Adds a consumer, now and whenever there is a new connection. */
  attach(
    operation: number,
    spec: ConsumerSpec,
    consumer: Consumer,
  ): LinkAttachment {
    const attached = Promise.withResolvers<void>();
    const detached = Promise.withResolvers<void>();
    // Not everybody waits for it; whoever does gets the error all the same.
    attached.promise.catch(() => {});
    const one = { spec, consumer, attached, detached };
    this.#consumers.set(operation, one);
    this.#sendAttach(operation, one);
    return {
      attached: attached.promise,
      wake: () => {},
      detach: ({ giveBack }) => this.#detach(operation, giveBack),
    };
  }

  /** A new connection: every consumer is attached anew, under its number. */
  attachAgain(): void {
    for (const [operation, one] of this.#consumers) {
      this.#sendAttach(operation, one);
    }
  }

  /**
   * Does what a frame says of consumers and leases.
   *
   * @throws {BusError} With code `"protocol"` if it is none of those.
   */
  take(received: Frame): void {
    const { id, kind, aux } = received;
    switch (kind) {
      case FrameKind.deliver:
        return this.#deliver(received);
      case FrameKind.attached:
        return this.#consumers.get(id)?.attached.resolve();
      case FrameKind.detached:
        this.#detaching.get(id)?.detached.resolve();
        return void this.#detaching.delete(id);
      case FrameKind.leaseEnd:
        return this.#endLease(id, LEASE_ENDS[aux] ?? "closed");
      case FrameKind.grant: {
        const lease = this.#leases.get(id);
        return lease?.consumer.granted(lease, aux);
      }
      default:
        throw new BusError(
          "protocol",
          `Cannot take frame as a bus must not send this kind: ${kind}`,
        );
    }
  }

  /** The bus has refused to attach a consumer. */
  refuse(operation: number, error: BusError): void {
    const one = this.#consumers.get(operation);
    this.#consumers.delete(operation);
    one?.attached.reject(error);
  }

  /** Every lease has ended. */
  end(cause: "closed" | "disconnected"): void {
    for (const number of [...this.#leases.keys()]) {
      this.#endLease(number, cause);
    }
    // Numbers mean nothing on another connection, nor does what was to be said.
    this.#numbers.clear();
    this.#outbox.clear();
    // The bus has forgotten them with the connection.
    for (const { detached } of this.#detaching.values()) detached.resolve();
    this.#detaching.clear();
  }

  /** Forgets every consumer. */
  detachAll(): void {
    for (const { attached, detached } of this.#consumers.values()) {
      attached.reject(left());
      detached.resolve();
    }
    this.#consumers.clear();
  }

  #sendAttach(operation: number, { spec }: Attached): void {
    this.#ports.write(
      frame(FrameKind.attach, { id: operation, payload: encodeJson(spec) }),
    );
  }

  async #detach(operation: number, giveBack: boolean): Promise<void> {
    const one = this.#consumers.get(operation);
    if (!one) return;
    this.#consumers.delete(operation);
    one.attached.reject(left());
    if (giveBack) {
      for (const [number, lease] of [...this.#leases]) {
        if (lease.consumer === one.consumer) this.#endLease(number, "closed");
      }
    }
    if (!this.#ports.connected()) return;
    this.#detaching.set(operation, one);
    const flags = giveBack ? 0 : FrameFlag.drain;
    this.#ports.write(frame(FrameKind.detach, { id: operation, flags }));
    await one.detached.promise;
  }

  #deliver(received: Frame): void {
    const one = this.#consumers.get(received.aux);
    // It crossed with the detach, after which the bus gives it to another.
    const target = one ?? this.#detaching.get(received.aux);
    if (!target) return;
    const lease = new RemoteLease(
      received,
      this.#slab,
      target,
      (settled, verdict) => this.#settle(settled, verdict),
      (sender, kind, fields) => this.#send(sender, kind, fields),
    );
    this.#leases.set(received.id, lease);
    this.#numbers.set(lease, received.id);
    target.consumer.take(lease);
  }

  #endLease(number: number, cause: LeaseEnd): void {
    const lease = this.#leases.get(number);
    if (!lease) return;
    const isGone = cause === "closed" || cause === "disconnected";
    // Of one that the bus has ended, the number is kept until its holder settles.
    if (isGone) this.#forget(number, lease);
    else this.#leases.delete(number);
    lease.consumer.ended(lease, cause);
  }

  #settle(lease: RemoteLease, verdict: Verdict): void {
    const number = this.#numbers.get(lease);
    if (number === undefined) return;
    const isLate = !this.#leases.has(number);
    this.#forget(number, lease);
    // The bus counts what comes too late; it does not need to know what it was.
    const said = isLate ? late(verdict) : verdict;
    if (isAnswer(said)) this.#outbox.send(() => answerFrame(number, said));
    else this.#ports.write(settleFrame(number, said));
  }

  #send(lease: RemoteLease, kind: FrameKind, fields: Partial<Frame>): void {
    const id = this.#numbers.get(lease);
    if (id === undefined || !this.#leases.has(id)) return;
    const sent = frame(kind, { ...fields, id });
    if (kind === FrameKind.piece) this.#outbox.send(() => sent);
    else this.#ports.write(sent);
  }

  #forget(number: number, lease: RemoteLease): void {
    this.#leases.delete(number);
    this.#numbers.delete(lease);
  }
}

function left(): BusError {
  return new BusError("closed", "The consumer has left the bus");
}

function isAnswer(verdict: Verdict): verdict is Answer {
  const { kind } = verdict;
  return kind === "reply" || kind === "end" || kind === "fail";
}

/** What is said of a lease that has ended: the verb, without its payload. */
function late(verdict: Verdict): Verdict {
  return isAnswer(verdict) ? { kind: "end" } : { kind: "ack" };
}

function settleFrame(id: number, verdict: Settlement): Frame {
  switch (verdict.kind) {
    case "ack":
      return frame(FrameKind.ack, { id });
    case "return":
      return frame(FrameKind.nack, { id, flags: FrameFlag.unstarted });
    case "nack": {
      const { delayMs, giveUp, reason } = verdict;
      const flags = giveUp
        ? FrameFlag.giveUp
        : delayMs === undefined
        ? FrameFlag.policy
        : 0;
      const payload = ENCODER.encode(reason ?? "");
      return frame(FrameKind.nack, { id, aux: delayMs ?? 0, flags, payload });
    }
    case "reject": {
      const payload = encodeJson({ code: "rejected", reason: verdict.reason });
      return frame(FrameKind.reject, { id, payload });
    }
  }
}

function answerFrame(id: number, verdict: Answer): Frame {
  switch (verdict.kind) {
    case "reply":
      return replyFrame(id, verdict.body);
    case "end":
      return frame(FrameKind.end, { id });
    case "fail":
      return failFrame(id, verdict.message);
  }
}

function replyFrame(id: number, body: Body): Frame {
  try {
    const { bytes, binary } = payloadOf(body);
    const flags = binary ? FrameFlag.binary : 0;
    return frame(FrameKind.reply, { id, flags, payload: bytes });
  } catch (error) {
    // It was changed after it was returned, into something that is no JSON.
    return failFrame(id, errorText(error));
  }
}

function failFrame(id: number, message: string): Frame {
  const payload = encodeJson({ code: "remote", message });
  return frame(FrameKind.fail, { id, payload });
}
