import { BusError, toBusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import {
  type EnvelopeEncoder,
  type Frame,
  frame,
  type FrameChannel,
  FrameFlag,
  FrameKind,
  type Payload,
} from "../../transports/transport.ts";
import type { Engine } from "../engine.ts";
import type { Envelope } from "../envelope.ts";
import type { RequestHandle } from "../link.ts";
import { openRequest } from "../request_reply.ts";
import type { ReplySink } from "../requests.ts";
import type { Submission } from "../submission.ts";
import { Outbox } from "./outbox.ts";
import { encodeJson, toFailure } from "./protocol.ts";

/** What requests of a session work with. */
type Parts = Pick<Engine, "intake" | "requests"> & {
  /** Encodes heads. */
  envelopes: EnvelopeEncoder;
};

/** The requests of a client, and the replies on their way to it. */
export class SessionRequests {
  readonly #parts: Parts;
  readonly #replies: Outbox;
  /** By the client's number, those that wait. */
  readonly #open = new Map<number, RequestHandle>();

  /** No requests yet. */
  constructor(channel: FrameChannel, parts: Parts) {
    this.#parts = parts;
    this.#replies = new Outbox({
      writable: () => channel.writable,
      send: (sent) => channel.send(sent),
    });
  }

  /** Takes a request in; whatever is wrong with it, the client is told. */
  open({ id, aux, flags }: Frame, submission: () => Submission): void {
    let ended = false;
    const sink = this.#sink(id, () => ended = true);
    if (this.#open.size >= LIMITS.maxOpenRequests) {
      const text =
        `Cannot send request as ${LIMITS.maxOpenRequests} of this connection wait for their reply`;
      return sink.fail(new BusError("overflow", text));
    }
    const timeoutMs = Math.max(1, Math.min(aux, LIMITS.maxDurationMs));
    const streams = (flags & FrameFlag.stream) !== 0;
    try {
      const opened = openRequest(
        this.#parts,
        submission(),
        { timeoutMs, streams },
        sink,
      );
      if (!ended) this.#open.set(id, opened);
    } catch (error) {
      sink.fail(toBusError(error));
    }
  }

  /** The requester has given up. */
  cancel(id: number): void {
    this.#open.get(id)?.cancel();
  }

  /** The requester has room for more pieces. */
  grant(id: number, pieces: number): void {
    this.#open.get(id)?.grant(pieces);
  }

  /** The connection has room again. */
  flush(): void {
    this.#replies.flush();
  }

  /** The requester has left. */
  end(): void {
    this.#replies.clear();
    for (const request of [...this.#open.values()]) {
      request.cancel(new BusError("unreachable", "The requester has left"));
    }
  }

  #sink(id: number, onEnd: () => void): ReplySink {
    const ended = () => {
      this.#open.delete(id);
      onEnd();
    };
    const send = (make: () => Frame) => this.#replies.send(make);
    return {
      reply: (envelope) => {
        ended();
        send(() => this.#replyFrame(FrameKind.reply, id, envelope));
      },
      piece: (envelope) =>
        send(() => this.#replyFrame(FrameKind.piece, id, envelope)),
      end: () => {
        ended();
        send(() => frame(FrameKind.end, { id }));
      },
      fail: (error) => {
        ended();
        send(() => failFrame(id, error));
      },
    };
  }

  #replyFrame(
    kind: typeof FrameKind.reply | typeof FrameKind.piece,
    id: number,
    envelope: Envelope,
  ): Frame {
    let payload: Payload;
    try {
      payload = envelope.encoded();
    } catch (error) {
      // It was changed after it was returned, into something that is no JSON.
      return failFrame(id, toBusError(error));
    }
    const { bytes, binary } = payload;
    return frame(kind, {
      id,
      flags: binary ? FrameFlag.binary : 0,
      priority: envelope.head.priority,
      head: this.#parts.envelopes.encode(envelope.head),
      payload: bytes,
    });
  }
}

function failFrame(id: number, error: BusError): Frame {
  return frame(FrameKind.fail, { id, payload: encodeJson(toFailure(error)) });
}
