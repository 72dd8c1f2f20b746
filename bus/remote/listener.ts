import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { isWhole } from "../../core/message_check.ts";
import { logOf } from "../../telemetry/telemetry.ts";
import type {
  Connection,
  Transport,
  TransportListener,
} from "../../transports/transport.ts";
import type { Engine } from "../engine.ts";
import { deadlineClock } from "./deadline_clock.ts";
import { EnvelopeBytes } from "./envelope_bytes.ts";
import { LogThrottle } from "./log_throttle.ts";
import { Session, type SessionOptions } from "./session.ts";

/** Options of listening for agents in other processes. */
export interface ListenOptions {
  /** Connections at the same time; the next one is told so and closed. @default {10_000} */
  maxConnections?: number;
  /** How long a peer may take to say hello, in milliseconds. @default {2_000} */
  handshakeTimeoutMs?: number;
  /** Silence after which a peer is asked for a sign of life, in milliseconds; after twice as long it is gone. @default {15_000} */
  heartbeatMs?: number;
  /** How long the subscriptions of a lost connection wait for it to come back, in milliseconds. @default {10_000} */
  reconnectGraceMs?: number;
}

/** Where agents of other processes arrive, until it is closed. */
export interface Listener extends AsyncDisposable {
  /** Where it listens. */
  readonly address: string;
  /** Connections that are open. */
  readonly connections: number;
  /**
   * Takes no more connections, and ends those there are: within 2 s, also where
   * a peer does not read what it is told. Safe to call twice.
   */
  close(): Promise<void>;
}

const log = logOf("bus");

/**
 * Listens for agents in other processes.
 *
 * @throws {RangeError} If an option is not a whole number from 1.
 * @throws {BusError} With code `"unreachable"` if the transport cannot listen.
 */
export async function startListener(
  transport: Transport,
  options: ListenOptions,
  engine: Engine,
  { onClose }: { onClose: (listener: Listener) => void },
): Promise<Listener> {
  const {
    maxConnections = LIMITS.maxConnections,
    handshakeTimeoutMs = LIMITS.handshakeTimeoutMs,
    heartbeatMs = LIMITS.heartbeatMs,
    reconnectGraceMs = LIMITS.reconnectGraceMs,
  } = options;
  const numbers = { maxConnections, handshakeTimeoutMs, heartbeatMs };
  for (const [name, value] of Object.entries(numbers)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(
      `Cannot listen as ${name} must be a whole number from 1: current value is ${value}`,
    );
  }
  if (!isWhole(reconnectGraceMs, LIMITS.maxDurationMs)) {
    throw new RangeError(
      `Cannot listen as reconnectGraceMs must be a whole number of milliseconds from 0: current value is ${reconnectGraceMs}`,
    );
  }
  const accepting = await transport.listen();
  return new SessionListener(accepting, engine, onClose, {
    maxConnections,
    handshakeTimeoutMs,
    heartbeatMs,
    reconnectGraceMs,
  });
}

class SessionListener implements Listener {
  readonly #accepting: TransportListener;
  readonly #engine: Engine;
  readonly #onClose: (listener: Listener) => void;
  readonly #maxConnections: number;
  readonly #sessionOptions: SessionOptions;
  readonly #sessions = new Map<Session, Promise<void>>();
  readonly #byInstance = new Map<string, Session>();
  readonly #throttle = new LogThrottle();
  readonly #accepted: Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(
    accepting: TransportListener,
    engine: Engine,
    onClose: (listener: Listener) => void,
    { maxConnections, ...options }:
      & Omit<SessionOptions, "onGreeted" | "clock" | "bytes">
      & { maxConnections: number },
  ) {
    this.#accepting = accepting;
    this.#engine = engine;
    this.#onClose = onClose;
    this.#maxConnections = maxConnections;
    this.#sessionOptions = {
      ...options,
      clock: deadlineClock(engine.clock, engine.deadlines),
      bytes: new EnvelopeBytes(),
      onGreeted: (session, instance) => this.#replace(session, instance),
    };
    this.#accepted = this.#acceptAll();
  }

  get address(): string {
    return this.#accepting.address;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    try {
      await this.#accepting.close();
      const reason = new BusError(
        "closed",
        "The bus takes no more connections",
      );
      await Promise.all(
        [...this.#sessions.keys()].map((session) => session.end(reason)),
      );
      await Promise.all(this.#sessions.values());
      await this.#accepted;
    } finally {
      // Not before: a bus that is closed meanwhile has to wait for all this.
      this.#onClose(this);
    }
  }

  async #acceptAll(): Promise<void> {
    try {
      for await (const connection of this.#accepting) this.#accept(connection);
    } catch (error) {
      log.error("Stopped accepting connections at {address}: {error}", {
        address: this.address,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #accept(connection: Connection): void {
    const session = new Session(connection, this.#engine, this.#sessionOptions);
    const isFull = this.#sessions.size >= this.#maxConnections;
    this.#sessions.set(session, this.#serve(session));
    if (!isFull) return;
    const text =
      `Cannot take connection as there are ${this.#maxConnections} already`;
    // Its failure is told by the session's own run.
    void session.end(new BusError("overflow", text)).catch(() => {});
  }

  async #serve(session: Session): Promise<void> {
    let reason: string | undefined;
    try {
      await session.run();
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
      this.#engine.counters.connectionErrors++;
      this.#logEnd(session, reason);
    }
    this.#sessions.delete(session);
    const { instance } = session;
    // Not by looking through all of them: where thousands end at once, each would.
    const isLatest = instance !== undefined &&
      this.#byInstance.get(instance) === session;
    if (isLatest) this.#byInstance.delete(instance);
    this.#engine.events.emit({
      type: "connection_closed",
      remote: session.remote,
      ...(session.agent === undefined ? {} : { agent: session.agent }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  #logEnd({ remote, agent }: Session, reason: string): void {
    const others = this.#throttle.admit(this.#engine.clock.monotonic());
    if (others === undefined) return;
    log.warn(
      "Connection {remote} of {agent} ended: {reason} ({others} others since the last such line)",
      {
        remote,
        agent: agent ?? "a peer that has not said who it is",
        reason,
        others,
      },
    );
  }

  /** An instance that comes back while its old connection looks alive takes its place. */
  #replace(session: Session, instance: string): void {
    const old = this.#byInstance.get(instance);
    this.#byInstance.set(instance, session);
    old?.supersede();
  }
}
