import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { checkAddress, type MessageFields } from "../../core/message_check.ts";
import {
  type Connection,
  decodeEnvelope,
  EnvelopeEncoder,
  type Frame,
  frame,
  FrameChannel,
  FrameFlag,
  FrameKind,
  type Payload,
  Slab,
} from "../../transports/transport.ts";
import type { Instance } from "../agent_entry.ts";
import type { Engine } from "../engine.ts";
import type { Envelope } from "../envelope.ts";
import type { RequestHandle } from "../link.ts";
import { openRequest } from "../request_reply.ts";
import type { ReplySink } from "../requests.ts";
import {
  encodeJson,
  readHello,
  toFailure,
  VERSIONS,
  type Welcome,
} from "./protocol.ts";
import { Outbox } from "./outbox.ts";
import { SessionConsumers } from "./session_consumers.ts";

/** Sends are confirmed in batches of half the window, so that neither side waits for a single one. */
const CREDIT_BATCH = LIMITS.sendWindow / 2;

/** How a {@linkcode Session} behaves. */
export interface SessionOptions {
  /** How long the peer may take to say hello, in milliseconds. */
  handshakeTimeoutMs: number;
  /** Silence after which the peer is pinged, in milliseconds. */
  heartbeatMs: number;
  /** How long the agent's subscriptions wait for a lost connection, in milliseconds. */
  reconnectGraceMs: number;
  /** The peer has said who it is; ends an older session of the same instance. */
  onGreeted: (session: Session, instance: string) => void;
}

/** The bus's end of a connection: one instance of an agent in another process. */
export class Session {
  readonly #engine: Engine;
  readonly #options: SessionOptions;
  readonly #channel: FrameChannel;
  readonly #replies: Outbox;
  readonly #requests = new Map<number, RequestHandle>();
  /** Sends that wait for room, and how to give them up. */
  readonly #waiting = new Map<number, AbortController>();
  #instance: Instance | undefined;
  #consumers: SessionConsumers | undefined;
  readonly #encoder = new EnvelopeEncoder();
  readonly #slab = new Slab();
  #unconfirmed = 0;
  #toConfirm = 0;
  #left = false;

  /** A connection whose peer has not said who it is. */
  constructor(connection: Connection, engine: Engine, options: SessionOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#channel = new FrameChannel(connection, {
      clock: engine.clock,
      tasks: engine.tasks,
      maxFrameBytes: LIMITS.handshakeFrameBytes,
      heartbeatMs: options.heartbeatMs,
      onWritable: () => {
        this.#replies.flush();
        this.#consumers?.wake();
      },
    });
    this.#replies = new Outbox({
      writable: () => this.#channel.writable,
      send: (sent) => this.#channel.send(sent),
    });
  }

  /** The other end. */
  get remote(): string {
    return this.#channel.remote;
  }

  /** The agent it serves, once that is known. */
  get agent(): string | undefined {
    return this.#instance?.agent.name;
  }

  /**
   * Serves the peer until one side closes.
   *
   * @throws {BusError} If the peer broke the protocol or is not there any more.
   */
  async run(): Promise<void> {
    const { clock, deadlines } = this.#engine;
    const { handshakeTimeoutMs } = this.#options;
    const deadline = deadlines.add(
      clock.monotonic() + handshakeTimeoutMs,
      () => {
        if (!this.#instance) this.end(lateHello(handshakeTimeoutMs));
      },
    );
    try {
      await this.#channel.run((received) => this.#take(received));
    } catch (error) {
      if (error instanceof BusError && error.code === "protocol") {
        await this.end(error);
      }
      throw error;
    } finally {
      deadlines.remove(deadline);
      this.#release();
    }
  }

  /** Tells the peer why, then closes. Safe to call twice. */
  async end(reason: BusError): Promise<void> {
    this.#channel.send(frame(FrameKind.goodbye, {
      payload: encodeJson(toFailure(reason)),
    }));
    await this.#channel.close();
  }

  /** Ends at once, as its instance has come back on another connection. */
  supersede(): void {
    this.#release();
    this.#channel.abort();
  }

  /** What it had in hand goes back, and nobody here waits for anything any more. */
  #release(): void {
    const instance = this.#instance;
    if (!instance) return;
    this.#instance = undefined;
    const { directory } = this.#engine;
    this.#replies.clear();
    directory.leave(instance, this.#left ? 0 : this.#options.reconnectGraceMs);
    for (const request of [...this.#requests.values()]) {
      request.cancel(new BusError("unreachable", "The requester has left"));
    }
  }

  #take(received: Frame): void {
    const instance = this.#instance;
    if (!instance) return this.#greet(received);
    switch (received.kind) {
      case FrameKind.send:
        return this.#send(received, instance);
      case FrameKind.request:
        return this.#request(received, instance);
      case FrameKind.cancel:
        this.#waiting.get(received.id)?.abort(givenUp());
        return this.#requests.get(received.id)?.cancel();
      case FrameKind.grant:
        return this.#requests.get(received.id)?.grant(received.aux);
      case FrameKind.goodbye:
        this.#left = true;
        return this.#channel.abort();
      default:
        this.#consumers?.take(received);
    }
  }

  #greet({ kind, payload }: Frame): void {
    if (kind !== FrameKind.hello) {
      throw new BusError(
        "protocol",
        `Cannot greet peer as its first frame must be a hello: it is of kind ${kind}`,
      );
    }
    const { name, instance, durable } = readHello(payload);
    this.#options.onGreeted(this, instance);
    const { directory, maxMessageBytes, requestTimeoutMs } = this.#engine;
    this.#instance = directory.join(name, instance, durable);
    this.#consumers = new SessionConsumers(
      this.#channel,
      this.#engine,
      this.#instance,
    );
    this.#channel.maxFrameBytes = maxMessageBytes + 2 * LIMITS.maxEnvelopeBytes;
    const welcome: Welcome = {
      version: VERSIONS[0] ?? 1,
      bus: this.#engine.options.name,
      maxMessageBytes,
      sendWindow: LIMITS.sendWindow,
      heartbeatMs: this.#options.heartbeatMs,
      requestTimeoutMs,
    };
    this.#channel.send(frame(FrameKind.welcome, {
      payload: encodeJson(welcome),
    }));
    this.#engine.events.emit({
      type: "connection_opened",
      remote: this.remote,
      agent: name,
    });
  }

  #send(received: Frame, { agent }: Instance): void {
    const { counters, intake } = this.#engine;
    if (++this.#unconfirmed > LIMITS.sendWindow) {
      throw new BusError(
        "protocol",
        `Cannot take message as at most ${LIMITS.sendWindow} may be unconfirmed`,
      );
    }
    const { id } = received;
    const requiresAck = (received.flags & FrameFlag.requiresAck) !== 0;
    // Only a sender that waits for the answer can give it up.
    const giveUp = requiresAck ? new AbortController() : undefined;
    const refuse = (error: unknown) => {
      this.#waiting.delete(id);
      if (requiresAck) this.#refuse(id, error);
      this.#confirm();
    };
    const accept = (messageId: string) => {
      this.#waiting.delete(id);
      if (requiresAck) {
        const payload = ENCODER.encode(messageId);
        this.#channel.send(frame(FrameKind.accepted, { id, payload }));
      }
      this.#confirm();
    };
    try {
      const submission = this.#submission(received, agent.name);
      checkSendable(submission.fields);
      if (received.aux > 0) {
        counters.refused++;
        throw intake.tooLarge(submission, received.aux);
      }
      const accepted = intake.submit({
        ...submission,
        signal: giveUp?.signal,
      });
      if (typeof accepted === "string") return accept(accepted);
      if (giveUp) this.#waiting.set(id, giveUp);
      accepted.then(accept, refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #request(received: Frame, { agent }: Instance): void {
    const { id, aux } = received;
    const sink = this.#replySink(id);
    if (this.#requests.size >= LIMITS.maxOpenRequests) {
      const text =
        `Cannot send request as ${LIMITS.maxOpenRequests} of this connection wait for their reply`;
      return sink.fail(new BusError("overflow", text));
    }
    try {
      const submission = this.#submission(received, agent.name);
      const streams = (received.flags & FrameFlag.stream) !== 0;
      let ended = false;
      const opened = openRequest(
        this.#engine,
        submission,
        {
          timeoutMs: Math.max(1, Math.min(aux, LIMITS.maxDurationMs)),
          streams,
        },
        this.#replySink(id, () => ended = true),
      );
      if (!ended) this.#requests.set(id, opened);
    } catch (error) {
      sink.fail(toBusError(error));
    }
  }

  #replySink(id: number, onEnd?: () => void): ReplySink {
    const ended = () => {
      this.#requests.delete(id);
      onEnd?.();
    };
    return {
      reply: (envelope) => {
        ended();
        this.#replies.send(() =>
          this.#replyFrame(FrameKind.reply, id, envelope)
        );
      },
      piece: (envelope) =>
        this.#replies.send(() =>
          this.#replyFrame(FrameKind.piece, id, envelope)
        ),
      end: () => {
        ended();
        this.#replies.send(() => frame(FrameKind.end, { id }));
      },
      fail: (error) => {
        ended();
        this.#replies.send(() => failFrame(id, error));
      },
    };
  }

  #submission({ flags, priority, head, payload, kind }: Frame, sender: string) {
    const { id, type, recipient, topic, requestId, correlationId, ...rest } =
      decodeEnvelope(head);
    const requiresAck = (flags & FrameFlag.requiresAck) !== 0;
    const fields: MessageFields = {
      type: kind === FrameKind.request ? "request" : type,
      // What the client says of itself does not count.
      sender,
      recipient,
      topic,
      requestId,
      correlationId,
      priority,
      ttlMs: rest.ttlMs,
      requiresAck,
      headers: rest.headers,
      // A client that comes back sends again what was not confirmed, under the same id.
      deduplicationId: rest.deduplicationId ?? (requiresAck ? id : undefined),
    };
    checkId(id);
    const binary = (flags & FrameFlag.binary) !== 0;
    return {
      id,
      fields,
      body: { // Copied: the frame's bytes are read over when the next ones come.
        encoded: { bytes: this.#slab.copy(payload), binary },
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
      return failFrame(id, toBusError(error));
    }
    const { bytes, binary } = payload;
    return frame(kind, {
      id,
      flags: binary ? FrameFlag.binary : 0,
      priority: envelope.head.priority,
      head: this.#encoder.encode(envelope.head),
      payload: bytes,
    });
  }

  #refuse(id: number, error: unknown): void {
    const payload = encodeJson(toFailure(error));
    this.#channel.send(frame(FrameKind.refused, { id, payload }));
  }

  /** One send is decided: its place in the window is free again. */
  #confirm(): void {
    this.#unconfirmed--;
    this.#toConfirm++;
    if (this.#toConfirm < CREDIT_BATCH) return;
    this.#channel.send(frame(FrameKind.credit, { aux: this.#toConfirm }));
    this.#toConfirm = 0;
  }
}

const ENCODER = new TextEncoder();

function failFrame(id: number, error: BusError): Frame {
  return frame(FrameKind.fail, { id, payload: encodeJson(toFailure(error)) });
}

function checkSendable(fields: MessageFields): void {
  const { type } = fields;
  if (type === "publish") return checkAddress(fields);
  // Without a recipient it is a broadcast.
  if (type === "direct") return;
  throw new BusError(
    "invalid_message",
    `Cannot send message as its type must be "direct" or "publish": current value is "${type}"`,
  );
}

const UUID_CHARS = 36;

function checkId(id: string | undefined): void {
  if (id === undefined || id.length === UUID_CHARS) return;
  throw new BusError(
    "invalid_message",
    "Cannot send message as its id must be a UUID",
  );
}

function toBusError(error: unknown): BusError {
  return error instanceof BusError
    ? error
    : new BusError("cancelled", "The bus could not do it", { cause: error });
}

function givenUp(): BusError {
  return new BusError("cancelled", "The sender has given the message up");
}

function lateHello(timeoutMs: number): BusError {
  return new BusError(
    "protocol",
    `Cannot greet peer as it must say hello within ${timeoutMs} ms`,
  );
}
