import type { Deadline } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { NumberTable } from "../../core/number_table.ts";
import {
  BareFrame,
  frame,
  type FrameFields,
  FrameFlag,
  FrameKind,
  PayloadEncoder,
  type ReceivedFrame,
} from "../../transports/transport.ts";
import type { Consumer, ConsumerSpec, LeaseEnd, Verdict } from "../consumer.ts";
import type { LinkAttachment } from "../link.ts";
import { MessageReader } from "./message_reader.ts";
import { Outbox } from "./outbox.ts";
import { encodeJson } from "./protocol.ts";
import { type LeaseHolder, NO_NUMBER, RemoteLease } from "./remote_lease.ts";
import type { RemotePorts } from "./remote_sends.ts";
import { answerFrame, isAnswer, late, settleFrame } from "./verdict_frame.ts";

/** By its number on the wire, why a lease has ended. */
const LEASE_ENDS: readonly (LeaseEnd | undefined)[] = [
  undefined,
  "timeout",
  "cancelled",
  "deadline",
  "closed",
  "disconnected",
];

/** A consumer of this client. */
interface Attached {
  readonly spec: ConsumerSpec;
  readonly consumer: Consumer;
  readonly attached: PromiseWithResolvers<void>;
  /** Bounds the wait for that. */
  readonly deadline: Deadline;
  readonly detached: PromiseWithResolvers<void>;
}

/** The consumers of a client, and the leases they hold. */
export class RemoteConsumers implements LeaseHolder {
  readonly #ports: RemotePorts & { timeoutMs: number };
  readonly #consumers = new Map<number, Attached>();
  readonly #detaching = new Map<number, Attached>();
  /** Those that are open, by their numbers. */
  readonly #leases = new NumberTable<RemoteLease>();
  /** Those that the bus has ended, until their holders settle them too. */
  readonly #late = new Set<RemoteLease>();
  readonly #messages = new MessageReader();
  readonly #payloads = new PayloadEncoder();
  /** Sent again for every ack, as nearly every delivery ends with one. */
  readonly #ack = new BareFrame(FrameKind.ack);
  readonly #outbox: Outbox;

  /** No consumers yet. */
  constructor(ports: RemotePorts & { timeoutMs: number }) {
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
    const deadline = this.#bound(attached);
    const one = { spec, consumer, attached, deadline, detached };
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
  take(received: ReceivedFrame): void {
    const { id, kind, aux } = received;
    switch (kind) {
      case FrameKind.deliver:
        return this.#deliver(received);
      case FrameKind.attached: {
        const one = this.#consumers.get(id);
        if (one) this.#ports.deadlines.remove(one.deadline);
        return one?.attached.resolve();
      }
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
    if (one) this.#refuse(one, error);
  }

  /** Every lease has ended. */
  end(cause: "closed" | "disconnected"): void {
    for (const { number } of this.#leases.inOrder()) {
      this.#endLease(number, cause);
    }
    // Numbers mean nothing on another connection, nor does what was to be said.
    for (const lease of this.#late) lease.number = NO_NUMBER;
    this.#late.clear();
    this.#outbox.clear();
    // The bus has forgotten them with the connection.
    for (const { detached } of this.#detaching.values()) detached.resolve();
    this.#detaching.clear();
  }

  /** Forgets every consumer. */
  detachAll(): void {
    for (const one of this.#consumers.values()) {
      this.#refuse(one, left());
      one.detached.resolve();
    }
    this.#consumers.clear();
  }

  /** Whoever waits longer is told; the consumer stays, and is attached when that can be. */
  #bound({ reject }: PromiseWithResolvers<void>): Deadline {
    const { clock, deadlines, timeoutMs, connected } = this.#ports;
    return deadlines.add(clock.monotonic() + timeoutMs, () => {
      const why = connected()
        ? "the bus has not answered"
        : "there was no connection";
      const text = `Cannot add handler as ${why} within ${timeoutMs} ms`;
      reject(new BusError("unreachable", text));
    });
  }

  #refuse({ attached, deadline }: Attached, error: BusError): void {
    this.#ports.deadlines.remove(deadline);
    attached.reject(error);
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
    this.#refuse(one, left());
    if (giveBack) {
      for (const { number, consumer } of this.#leases.inOrder()) {
        if (consumer === one.consumer) this.#endLease(number, "closed");
      }
    }
    if (!this.#ports.connected()) return;
    this.#detaching.set(operation, one);
    const flags = giveBack ? 0 : FrameFlag.drain;
    this.#ports.write(frame(FrameKind.detach, { id: operation, flags }));
    await one.detached.promise;
  }

  /** Says how a lease ends, if that was not said before. */
  settle(lease: RemoteLease, verdict: Verdict): void {
    const { number } = lease;
    if (number === NO_NUMBER) return;
    lease.number = NO_NUMBER;
    const isLate = !this.#leases.take(number);
    if (isLate) this.#late.delete(lease);
    // The bus counts what comes too late; it does not need to know what it was.
    const said = isLate ? late(verdict) : verdict;
    if (said.kind === "ack") this.#acknowledge(number);
    else if (!isAnswer(said)) this.#ports.write(settleFrame(number, said));
    else this.#outbox.send(() => answerFrame(number, said, this.#payloads));
  }

  /** Says something of a lease that the bus has not ended. */
  say(lease: RemoteLease, kind: FrameKind, fields: FrameFields): void {
    const { number } = lease;
    if (!this.#leases.get(number)) return;
    const sent = frame(kind, { ...fields, id: number });
    if (kind === FrameKind.piece) this.#outbox.send(() => sent);
    else this.#ports.write(sent);
  }

  #acknowledge(number: number): void {
    this.#ack.id = number;
    this.#ports.write(this.#ack);
  }

  #deliver(received: ReceivedFrame): void {
    const { id, aux } = received;
    // It may have crossed with the detach, after which the bus gives it to another.
    const target = this.#consumers.get(aux) ?? this.#detaching.get(aux);
    if (!target) return;
    const message = this.#messages.read(received);
    const { failure } = this.#messages;
    const redelivered = (received.flags & FrameFlag.redelivered) !== 0;
    const said = { message, redelivered, failure };
    const lease = new RemoteLease(id, target, this, said);
    this.#leases.set(id, lease);
    target.consumer.take(lease);
  }

  #endLease(number: number, cause: LeaseEnd): void {
    const lease = this.#leases.take(number);
    if (!lease) return;
    const isGone = cause === "closed" || cause === "disconnected";
    // Of one that the bus has ended, the number is kept until its holder settles.
    if (isGone) lease.number = NO_NUMBER;
    else this.#late.add(lease);
    lease.consumer.ended(lease, cause);
  }
}

function left(): BusError {
  return new BusError("closed", "The consumer has left the bus");
}
