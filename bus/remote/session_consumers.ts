import { BusError, errorText } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { nextNumber, NumberTable } from "../../core/number_table.ts";
import {
  type Frame,
  frame,
  type FrameChannel,
  FrameFlag,
  FrameKind,
  type Payload,
  type Slab,
} from "../../transports/transport.ts";
import type { Consumer, LeaseEnd, Verdict } from "../consumer.ts";
import type { Instance } from "../agent_entry.ts";
import type { Engine } from "../engine.ts";
import type { Lease } from "../lease.ts";
import type { Attachment } from "../mailbox.ts";
import { DeliverFrame } from "./deliver_frame.ts";
import type { EnvelopeBytes } from "./envelope_bytes.ts";
import { decodeObject, encodeJson, readSpec, toFailure } from "./protocol.ts";

/** What consumers of a session work with. */
type Parts = Pick<Engine, "counters" | "deliveries" | "directory"> & {
  /** Encodes what did not come over a connection. */
  bytes: EnvelopeBytes;
  /** Keeps what came. */
  slab: Slab;
};

/** Why a lease has ended, as its number on the wire. */
const LEASE_END_NUMBERS: Record<LeaseEnd, number> = {
  timeout: 1,
  cancelled: 2,
  deadline: 3,
  closed: 4,
  disconnected: 5,
};
const ACK: Verdict = { kind: "ack" };
const END: Verdict = { kind: "end" };
const DECODER = new TextDecoder();

/** The consumers at the other end of a connection, and the leases they hold. */
export class SessionConsumers {
  readonly #channel: FrameChannel;
  readonly #parts: Parts;
  readonly #instance: Instance;
  readonly #attachments = new Map<number, Attachment>();
  readonly #leases = new NumberTable<Lease>();
  readonly #deliver: DeliverFrame;
  #lastLease = 0;

  /** No consumers yet. */
  constructor(channel: FrameChannel, parts: Parts, instance: Instance) {
    this.#channel = channel;
    this.#parts = parts;
    this.#instance = instance;
    this.#deliver = new DeliverFrame(parts.bytes);
  }

  /** The connection has room again: what waits can be handed out. */
  wake(): void {
    for (const { mailbox } of this.#attachments.values()) mailbox.wake();
  }

  /**
   * Does what a frame says of consumers and leases.
   *
   * @throws {BusError} With code `"protocol"` if it is none of those.
   */
  take(received: Frame): void {
    switch (received.kind) {
      case FrameKind.attach:
        return this.#attach(received);
      case FrameKind.detach:
        return this.#detach(received);
      case FrameKind.extend:
        return this.#leases.get(received.id)?.extend();
      case FrameKind.piece:
        return this.#piece(received);
      case FrameKind.ack:
        return this.#acknowledge(received);
      default:
        return this.#settle(received.id, this.#verdictOf(received));
    }
  }

  #attach({ id, payload }: Frame): void {
    try {
      if (this.#attachments.size >= LIMITS.maxConsumers) {
        throw new BusError(
          "overflow",
          `Cannot attach consumer as a connection has at most ${LIMITS.maxConsumers}`,
        );
      }
      const key = `${this.#instance.id} ${id}`;
      const attachment = this.#parts.directory.attach(
        this.#instance,
        readSpec(payload),
        this.#consumer(id),
        key,
      );
      this.#attachments.set(id, attachment);
      this.#channel.send(frame(FrameKind.attached, { id }));
    } catch (error) {
      const failure = encodeJson(toFailure(error));
      this.#channel.send(frame(FrameKind.refused, { id, payload: failure }));
    }
  }

  #detach({ id, flags }: Frame): void {
    const attachment = this.#attachments.get(id);
    if (attachment) {
      this.#attachments.delete(id);
      this.#parts.directory.detach(this.#instance, attachment);
      const mayBeSettled = (flags & FrameFlag.drain) !== 0;
      for (const lease of mayBeSettled ? [] : attachment.leases) {
        this.#parts.deliveries.takeBack(lease);
      }
    }
    this.#channel.send(frame(FrameKind.detached, { id }));
  }

  /** The consumer that the client knows by `id`: it writes what it is handed to the connection. */
  #consumer(id: number): Consumer<Lease> {
    return {
      ready: () => this.#channel.writable,
      take: (lease) => {
        lease.number = this.#lastLease = nextNumber(this.#lastLease);
        this.#leases.set(lease.number, lease);
        try {
          this.#deliver.fill(lease, id);
          this.#channel.send(this.#deliver);
          this.#deliver.clear();
        } catch (error) {
          // Its payload was changed after it was sent, into something that is no JSON.
          this.#settle(lease.number, {
            kind: "reject",
            reason: errorText(error),
          });
        }
      },
      ended: (lease, cause) => {
        if (!this.#leases.take(lease.number)) return;
        const aux = LEASE_END_NUMBERS[cause];
        this.#channel.send(
          frame(FrameKind.leaseEnd, { id: lease.number, aux }),
        );
      },
      granted: (lease, pieces) => {
        this.#channel.send(
          frame(FrameKind.grant, { id: lease.number, aux: pieces }),
        );
      },
    };
  }

  #piece({ id, flags, payload }: Frame): void {
    const lease = this.#leases.get(id);
    if (lease) lease.piece({ encoded: this.#encodedOf(flags, payload) });
    else this.#parts.counters.lateReplies++;
  }

  /** Settles a lease, and as many behind it as the frame says. */
  #acknowledge({ id, aux }: Frame): void {
    const named = id + aux;
    // What was never handed out is not settled either, however many it says;
    // above the last one there are others once the numbers have begun anew.
    const last = this.#leases.get(named)
      ? named
      : Math.min(named, Math.max(id, this.#lastLease));
    if (last - id < LIMITS.maxSettledAtOnce) {
      for (let number = id; number <= last; number++) this.#settle(number, ACK);
      return;
    }
    // So many can only be acknowledged by who has them, not by a frame of 20 bytes.
    throw new BusError(
      "protocol",
      `Cannot take frame as it must acknowledge at most ${LIMITS.maxSettledAtOnce} leases: it says ${
        last - id + 1
      }`,
    );
  }

  #settle(id: number, verdict: Verdict): void {
    const lease = this.#leases.take(id);
    if (lease) lease.settle(verdict);
    else this.#parts.deliveries.settledLate(verdict);
  }

  #verdictOf({ kind, flags, aux, payload }: Frame): Verdict {
    switch (kind) {
      case FrameKind.nack: {
        if ((flags & FrameFlag.unstarted) !== 0) return { kind: "return" };
        const reason = payload.length > 0 ? DECODER.decode(payload) : undefined;
        if ((flags & FrameFlag.giveUp) !== 0) {
          return { kind: "nack", giveUp: true, reason };
        }
        const isDelayed = (flags & FrameFlag.policy) === 0;
        return { kind: "nack", delayMs: isDelayed ? aux : undefined, reason };
      }
      case FrameKind.reject:
        return { kind: "reject", reason: textOf(payload, "reason") };
      case FrameKind.reply:
        return {
          kind: "reply",
          body: { encoded: this.#encodedOf(flags, payload) },
        };
      case FrameKind.end:
        return END;
      case FrameKind.fail:
        return { kind: "fail", message: textOf(payload, "message") };
      default:
        throw new BusError(
          "protocol",
          `Cannot take frame as a client must not send this kind: ${kind}`,
        );
    }
  }

  #encodedOf(flags: number, payload: Uint8Array): Payload {
    // Copied: the frame's bytes are read over when the next ones come.
    const bytes = this.#parts.slab.copy(payload);
    return { bytes, binary: (flags & FrameFlag.binary) !== 0 };
  }
}

function textOf(payload: Uint8Array, field: string): string {
  const text = decodeObject("frame", payload)[field];
  // Not made of anything else by `String()`, which the value itself may make throw.
  return typeof text === "string"
    ? text.slice(0, LIMITS.maxKeptBytes)
    : "no reason given";
}
