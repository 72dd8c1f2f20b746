import { BusError, toBusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { SlotMap } from "../../core/slot_map.ts";
import {
  type Frame,
  frame,
  type FrameChannel,
  FrameFlag,
  FrameKind,
  type OutgoingFrame,
  type ReceivedFrame,
  type Slab,
} from "../../transports/transport.ts";
import type { Engine } from "../engine.ts";
import type { Envelope } from "../envelope.ts";
import type { RequestInit } from "../intake.ts";
import type { OpenRequest, ReplySink } from "../requests.ts";
import type { EnvelopeBytes } from "./envelope_bytes.ts";
import { Outbox } from "./outbox.ts";
import { encodeJson, toFailure } from "./protocol.ts";
import { ReplyFrame } from "./reply_frame.ts";
import { readSubmission } from "./submission_frame.ts";
import type { SubmissionReader } from "./submission_reader.ts";

/** What requests of a session work with. */
type Parts = Pick<Engine, "clock" | "intake" | "requests"> & {
  /** Encodes replies. */
  bytes: EnvelopeBytes;
  /** The agent that asks. */
  name: string;
  /** Reads most of what it asks. */
  reader: SubmissionReader;
  /** Keeps the rest. */
  slab: Slab;
};

/** The requests of a client, and the replies on their way to it. */
export class SessionRequests {
  readonly #parts: Parts;
  readonly #replies: Outbox;
  readonly #reply: ReplyFrame;
  /** By the client's number, those that wait. */
  readonly #open = new SlotMap<number, OpenRequest>();

  /** No requests yet. */
  constructor(channel: FrameChannel, parts: Parts) {
    this.#parts = parts;
    this.#reply = new ReplyFrame(parts.bytes);
    this.#replies = new Outbox({
      writable: () => channel.writable,
      send: (sent) => {
        channel.send(sent);
        if (sent === this.#reply) parts.bytes.clear();
      },
    });
  }

  /** Takes a request in; whatever is wrong with it, the client is told. */
  open(received: ReceivedFrame): void {
    const { id, aux, flags } = received;
    const sink = new SessionReply(id, this);
    if (this.#open.size >= LIMITS.maxOpenRequests) {
      const text =
        `Cannot send request as ${LIMITS.maxOpenRequests} of this connection wait for their reply`;
      return sink.fail(new BusError("overflow", text));
    }
    const timeoutMs = Math.max(1, Math.min(aux, LIMITS.maxDurationMs));
    const streams = (flags & FrameFlag.stream) !== 0;
    try {
      const opened = this.#submit(received, { timeoutMs, streams, sink });
      if (!opened.ended) this.#open.set(id, opened);
    } catch (error) {
      sink.fail(toBusError(error));
    }
  }

  /** The requester has given up. */
  cancel(id: number): void {
    const request = this.#open.get(id);
    if (!request) return;
    const error = new BusError("cancelled", "Request was cancelled");
    this.#parts.requests.fail(request, error);
  }

  /** The requester has room for more pieces. */
  grant(id: number, pieces: number): void {
    const request = this.#open.get(id);
    if (request) this.#parts.requests.grant(request, pieces);
  }

  /** The connection has room again. */
  flush(): void {
    this.#replies.flush();
  }

  /** The requester has left. */
  end(): void {
    this.#replies.clear();
    for (const request of this.#open.values()) {
      const error = new BusError("unreachable", "The requester has left");
      this.#parts.requests.fail(request, error);
    }
  }

  /** A request has its reply, or will not have one. */
  forget(id: number): void {
    this.#open.take(id);
  }

  /** Sends a reply, or a piece of one, when there is room. */
  sendReply(
    kind: typeof FrameKind.reply | typeof FrameKind.piece,
    id: number,
    envelope: Envelope,
  ): void {
    this.send(() => this.#replyFrame(kind, id, envelope));
  }

  /** Sends what ends a request, when there is room. */
  send(make: () => OutgoingFrame): void {
    this.#replies.send(make);
  }

  #submit(received: ReceivedFrame, how: RequestInit): OpenRequest {
    const { clock, intake, name, reader, slab } = this.#parts;
    const envelope = reader.read(received, clock.now());
    if (envelope) return intake.requestReceived(envelope, how);
    return intake.request(readSubmission(received, name, slab), how);
  }

  #replyFrame(
    kind: typeof FrameKind.reply | typeof FrameKind.piece,
    id: number,
    envelope: Envelope,
  ): OutgoingFrame {
    try {
      return this.#reply.fill(kind, id, envelope);
    } catch (error) {
      // It was changed after it was returned, into something that is no JSON.
      return failFrame(id, toBusError(error));
    }
  }
}

/** Tells the client what became of one request. */
class SessionReply implements ReplySink {
  readonly #id: number;
  readonly #requests: SessionRequests;

  constructor(id: number, requests: SessionRequests) {
    this.#id = id;
    this.#requests = requests;
  }

  reply(envelope: Envelope): void {
    this.#requests.forget(this.#id);
    this.#requests.sendReply(FrameKind.reply, this.#id, envelope);
  }

  piece(envelope: Envelope): void {
    this.#requests.sendReply(FrameKind.piece, this.#id, envelope);
  }

  end(): void {
    const id = this.#id;
    this.#requests.forget(id);
    this.#requests.send(() => frame(FrameKind.end, { id }));
  }

  fail(error: BusError): void {
    const id = this.#id;
    this.#requests.forget(id);
    this.#requests.send(() => failFrame(id, error));
  }
}

function failFrame(id: number, error: BusError): Frame {
  return frame(FrameKind.fail, { id, payload: encodeJson(toFailure(error)) });
}
