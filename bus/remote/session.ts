import type { Clock } from "../../core/clock.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import {
  type Connection,
  type Frame,
  frame,
  FrameChannel,
  FrameKind,
  type ReceivedFrame,
  Slab,
} from "../../transports/transport.ts";
import type { Instance } from "../agent_entry.ts";
import type { Engine } from "../engine.ts";
import type { EnvelopeBytes } from "./envelope_bytes.ts";
import {
  encodeJson,
  readHello,
  toFailure,
  VERSIONS,
  type Welcome,
} from "./protocol.ts";
import { SessionConsumers } from "./session_consumers.ts";
import { SessionRequests } from "./session_requests.ts";
import { SessionSends } from "./session_sends.ts";
import { SubmissionReader } from "./submission_reader.ts";

/** How a {@linkcode Session} behaves. */
export interface SessionOptions {
  /** How long the peer may take to say hello, in milliseconds. */
  handshakeTimeoutMs: number;
  /** Silence after which the peer is pinged, in milliseconds. */
  heartbeatMs: number;
  /** How long the agent's subscriptions wait for a lost connection, in milliseconds. */
  reconnectGraceMs: number;
  /** Times the connections: one timer for all of them. */
  clock: Clock;
  /** Encodes what leaves and did not come so, one after the other. */
  bytes: EnvelopeBytes;
  /** The peer has said who it is; ends an older session of the same instance. */
  onGreeted: (session: Session, instance: string) => void;
}

/** The bus's end of a connection: one instance of an agent in another process. */
export class Session {
  /** What tells its client apart from others, also when it comes back; once that is known. */
  instance: string | undefined;
  readonly #engine: Engine;
  readonly #options: SessionOptions;
  readonly #channel: FrameChannel;
  // Most agents leave one of these out, and an idle connection should be cheap.
  #sends: SessionSends | undefined;
  #requests: SessionRequests | undefined;
  #instance: Instance | undefined;
  #agent: string | undefined;
  #consumers: SessionConsumers | undefined;
  #reader: SubmissionReader | undefined;
  readonly #slab = new Slab();
  #left = false;

  /** A connection whose peer has not said who it is. */
  constructor(connection: Connection, engine: Engine, options: SessionOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#channel = new FrameChannel(connection, {
      clock: options.clock,
      tasks: engine.tasks,
      maxFrameBytes: LIMITS.handshakeFrameBytes,
      heartbeatMs: options.heartbeatMs,
      checksums: "as-first",
      instant: engine.clock,
      onWritable: () => {
        this.#requests?.flush();
        this.#consumers?.wake();
      },
    });
  }

  /** The other end. */
  get remote(): string {
    return this.#channel.remote;
  }

  /** The agent that it serves, once that is known; also after its end. */
  get agent(): string | undefined {
    return this.#agent;
  }

  /**
   * Serves the peer until one side closes.
   *
   * @throws {BusError} If the peer broke the protocol or is not there any more.
   */
  async run(): Promise<void> {
    const { clock, deadlines } = this.#engine;
    const { handshakeTimeoutMs } = this.#options;
    let late: BusError | undefined;
    const deadline = deadlines.add(
      clock.monotonic() + handshakeTimeoutMs,
      () => {
        if (this.#instance) return;
        late = lateHello(handshakeTimeoutMs);
        void this.end(late);
      },
    );
    try {
      await this.#channel.run((received) => this.#take(received));
      if (late) throw late;
    } catch (error) {
      if (error instanceof BusError && error.code === "protocol") {
        await this.end(error);
      }
      throw error;
    } finally {
      deadlines.remove(deadline);
      // Whatever it ended with, nobody reads this connection any more.
      this.#channel.abort();
      this.#release();
    }
  }

  /** Tells the peer why, then closes, after 2 s even if it does not read. Safe to call twice. */
  async end(reason: BusError): Promise<void> {
    this.#channel.send(frame(FrameKind.goodbye, {
      payload: encodeJson(toFailure(reason)),
    }));
    await this.#channel.close(LIMITS.goodbyeMs);
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
    directory.leave(instance, this.#left ? 0 : this.#options.reconnectGraceMs);
    this.#requests?.end();
    if (this.#consumers) this.#engine.pace.takers--;
  }

  #take(received: ReceivedFrame): void {
    const instance = this.#instance;
    if (!instance) return this.#greet(received);
    switch (received.kind) {
      case FrameKind.send:
        return this.#sendsOf(instance).take(received);
      case FrameKind.request:
        return this.#requestsOf(instance).open(received);
      case FrameKind.cancel:
        this.#sends?.cancel(received.id);
        return this.#requests?.cancel(received.id);
      case FrameKind.grant:
        return this.#requests?.grant(received.id, received.aux);
      case FrameKind.goodbye:
        this.#left = true;
        return this.#channel.abort();
      default:
        this.#consumersOf(instance).take(received);
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
    this.instance = instance;
    this.#options.onGreeted(this, instance);
    const { directory, maxMessageBytes, requestTimeoutMs } = this.#engine;
    this.#instance = directory.join(name, instance, durable);
    this.#agent = name;
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

  #readerOf(name: string): SubmissionReader {
    this.#reader ??= new SubmissionReader(name, this.#slab);
    return this.#reader;
  }

  #sendsOf({ agent: { name } }: Instance): SessionSends {
    if (this.#sends) return this.#sends;
    const { backpressure, clock, counters, intake, pace } = this.#engine;
    this.#sends = new SessionSends(this.#channel, {
      ...{ backpressure, clock, counters, intake, name, pace },
      reader: this.#readerOf(name),
      slab: this.#slab,
    });
    return this.#sends;
  }

  #requestsOf({ agent: { name } }: Instance): SessionRequests {
    const { clock, intake, requests } = this.#engine;
    this.#requests ??= new SessionRequests(this.#channel, {
      clock,
      intake,
      requests,
      bytes: this.#options.bytes,
      name,
      reader: this.#readerOf(name),
      slab: this.#slab,
    });
    return this.#requests;
  }

  #consumersOf(instance: Instance): SessionConsumers {
    const { counters, deliveries, directory, pace } = this.#engine;
    const { bytes } = this.#options;
    if (this.#consumers) return this.#consumers;
    pace.takers++;
    this.#consumers = new SessionConsumers(this.#channel, {
      counters,
      deliveries,
      directory,
      bytes,
      slab: this.#slab,
    }, instance);
    return this.#consumers;
  }
}

/** No fault of the protocol: what a slow or lost connection has kept, the peer may say on the next. */
function lateHello(timeoutMs: number): BusError {
  return new BusError(
    "unreachable",
    `Cannot greet peer as it must say hello within ${timeoutMs} ms`,
  );
}
