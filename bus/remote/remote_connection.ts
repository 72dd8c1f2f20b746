import type { Clock } from "../../core/clock.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Tasks } from "../../core/tasks.ts";
import {
  type Frame,
  frame,
  FrameChannel,
  FrameKind,
  type OutgoingFrame,
  type ReceivedFrame,
  type Transport,
} from "../../transports/transport.ts";
import {
  encodeJson,
  fromFailure,
  type Hello,
  PROTOCOL,
  readWelcome,
  toFailure,
  VERSIONS,
  type Welcome,
} from "./protocol.ts";

/** What a {@linkcode RemoteConnection} needs. */
export interface RemoteConnectionOptions {
  /** The way to the bus. */
  transport: Transport;
  /** Who connects. */
  hello: Omit<Hello, "protocol" | "versions">;
  /** Whether frames have checksums, both ways. */
  checksums: boolean;
  /** Where time comes from. */
  clock: Clock;
  /** How work is put off. */
  tasks: Tasks;
  /** Told of each frame after the handshake. */
  onFrame: (received: ReceivedFrame) => void;
  /** Told when more can be sent. */
  onWritable: () => void;
}

/** One connection to a bus, from its handshake until it ends. */
export class RemoteConnection {
  /** What was agreed. */
  readonly welcome: Welcome;
  /** Settles when the connection has ended: with the reason, if there is one. */
  readonly ended: Promise<BusError | undefined>;
  readonly #channel: FrameChannel;

  private constructor(
    channel: FrameChannel,
    welcome: Welcome,
    ended: Promise<BusError | undefined>,
  ) {
    this.#channel = channel;
    this.welcome = welcome;
    this.ended = ended;
  }

  /**
   * Dials, and says hello.
   *
   * @throws {BusError} If nobody answers, or not as the protocol has it; the
   * `reason` of `signal`.
   */
  static async open(
    options: RemoteConnectionOptions,
    signal?: AbortSignal,
  ): Promise<RemoteConnection> {
    const { transport, hello, clock, tasks, checksums } = options;
    const { onFrame, onWritable } = options;
    const connection = await transport.dial({ signal });
    const channel = new FrameChannel(connection, {
      clock,
      tasks,
      maxFrameBytes: LIMITS.handshakeFrameBytes,
      checksums,
      onWritable,
    });
    const greeting = Promise.withResolvers<Welcome>();
    let goodbye: BusError | undefined;
    let isWelcome = false;
    const running = channel.run((received) => {
      if (received.kind === FrameKind.goodbye) {
        goodbye = fromFailure(received.payload);
        channel.abort();
      } else if (isWelcome) onFrame(received);
      else {
        const welcome = takeWelcome(received);
        isWelcome = true;
        channel.maxFrameBytes = welcome.maxMessageBytes +
          2 * LIMITS.maxEnvelopeBytes;
        channel.heartbeatMs = welcome.heartbeatMs;
        greeting.resolve(welcome);
      }
    });
    const ended = running.then(
      () => goodbye,
      (error) => leave(channel, asBusError(error)),
    );
    ended.then((reason) => greeting.reject(reason ?? unanswered(transport)));
    channel.send(frame(FrameKind.hello, {
      payload: encodeJson({ protocol: PROTOCOL, versions: VERSIONS, ...hello }),
    }));
    const welcome = await within(greeting.promise, channel, clock, signal);
    return new RemoteConnection(channel, welcome, ended);
  }

  /** Whether more should be sent now. */
  get writable(): boolean {
    return this.#channel.writable;
  }

  /** Sends a frame. */
  send(sent: OutgoingFrame): void {
    this.#channel.send(sent);
  }

  /** Says goodbye, sends what is buffered, then closes. */
  async close(): Promise<void> {
    this.#channel.send(frame(FrameKind.goodbye, {
      payload: encodeJson({ code: "closed", message: "The agent leaves" }),
    }));
    await this.#channel.close();
    await this.ended;
  }
}

/** Closes what has ended with an error: a bus that broke the protocol is told so before. */
async function leave(
  channel: FrameChannel,
  reason: BusError,
): Promise<BusError> {
  if (reason.code === "protocol") {
    channel.send(frame(FrameKind.goodbye, {
      payload: encodeJson(toFailure(reason)),
    }));
    await channel.close(LIMITS.goodbyeMs);
  }
  channel.abort();
  return reason;
}

function takeWelcome({ kind, payload }: Frame): Welcome {
  if (kind === FrameKind.welcome) return readWelcome(payload);
  throw new BusError(
    "protocol",
    `Cannot connect as the first frame of a bus must be a welcome: it is of kind ${kind}`,
  );
}

/** Waits for the welcome; a bus that does not answer is no bus. */
async function within(
  welcome: Promise<Welcome>,
  channel: FrameChannel,
  clock: Clock,
  signal?: AbortSignal,
): Promise<Welcome> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.schedule(LIMITS.welcomeTimeoutMs, () => {
    const text =
      `Cannot connect as no welcome came within ${LIMITS.welcomeTimeoutMs} ms`;
    reject(new BusError("unreachable", text));
  });
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([welcome, promise]);
  } catch (error) {
    channel.abort();
    throw error;
  } finally {
    cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}

function asBusError(error: unknown): BusError {
  return error instanceof BusError
    ? error
    : new BusError("unreachable", "The connection to the bus has failed", {
      cause: error,
    });
}

function unanswered({ name }: Transport): BusError {
  return new BusError(
    "unreachable",
    `Cannot connect over ${name} as the other end closed the connection`,
  );
}
