import { type Clock, sleep } from "../core/clock.ts";
import { BusError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Connection } from "./connection.ts";
import { SocketFiles } from "./socket_file.ts";
import type { Transport, TransportListener } from "./transport.ts";
import { UnixConnection } from "./unix_connection.ts";
import { UnixListener } from "./unix_listener.ts";
import type { ByteSocket, UnixPlatform } from "./unix_platform.ts";

/**
 * First and longest rest of a dial that finds no room among those who wait to be
 * accepted, in milliseconds. It doubles: where thousands dial at once, their
 * trying would keep the machine from accepting them.
 */
const FIRST_DIAL_PAUSE_MS = 20;
const LONGEST_DIAL_PAUSE_MS = 1_000;

/** What a {@linkcode UnixTransport} is made of. */
export interface UnixTransportParts {
  /** Called with each listen and each dial. */
  readonly platform: () => UnixPlatform | Promise<UnixPlatform>;
  /** Where the socket's file is, or is to be. */
  readonly path: string;
  /** Permission bits of the file. */
  readonly mode: number;
  /** Times pauses and waits. */
  readonly clock: Clock;
}

/** Unix sockets at one path, on whatever platform. */
export class UnixTransport implements Transport {
  /** What logs and the inspector call it. */
  readonly name = "unix";
  readonly #parts: UnixTransportParts;

  /** Of the given parts, which are right. */
  constructor(parts: UnixTransportParts) {
    this.#parts = parts;
  }

  /** Binds the path. */
  async listen(): Promise<TransportListener> {
    const { path, mode, clock } = this.#parts;
    const platform = await this.#parts.platform();
    const files = new SocketFiles(platform, clock);
    try {
      return new UnixListener(await files.bind(path, mode), files, clock);
    } catch (error) {
      const isForbidden = platform.refusalOf(error) === "forbidden";
      throw isForbidden ? platform.forbidden(error, path) : error;
    }
  }

  /** Connects to whoever listens at the path. */
  async dial({ signal }: { signal?: AbortSignal } = {}): Promise<Connection> {
    signal?.throwIfAborted();
    const platform = await this.#parts.platform();
    const socket = await this.#connect(platform, signal);
    if (signal?.aborted) {
      socket.close();
      throw signal.reason;
    }
    return new UnixConnection(socket, `unix:${this.#parts.path}`);
  }

  /**
   * The kernel answers at once: also that so many wait to be accepted that there
   * is no room for one more. Somebody does listen then, who is worth waiting for.
   */
  async #connect(
    platform: UnixPlatform,
    signal: AbortSignal | undefined,
  ): Promise<ByteSocket> {
    const { path, clock } = this.#parts;
    const from = clock.monotonic();
    let pauseMs = FIRST_DIAL_PAUSE_MS;
    for (;;) {
      try {
        return await platform.connect(path);
      } catch (cause) {
        const refusal = platform.refusalOf(cause);
        if (refusal === "forbidden") throw platform.forbidden(cause, path);
        const waitedMs = clock.monotonic() - from;
        if (refusal !== "full" || waitedMs >= LIMITS.welcomeTimeoutMs) {
          throw cannotDial(platform, path, cause);
        }
      }
      await sleep(clock, pauseMs, { signal });
      pauseMs = Math.min(LONGEST_DIAL_PAUSE_MS, 2 * pauseMs);
    }
  }
}

function cannotDial(
  platform: UnixPlatform,
  path: string,
  cause: unknown,
): BusError {
  return new BusError(
    "unreachable",
    `Cannot dial ${path} as somebody must listen there: ${
      stateOf(platform, path, cause)
    }`,
    { cause },
  );
}

function stateOf(platform: UnixPlatform, path: string, cause: unknown): string {
  switch (platform.refusalOf(cause)) {
    case "missing":
      return `there is no ${path}; the bus has to listen first`;
    case "refused":
      return "nobody does any more; the bus has to be started again";
    case "full":
      return `too many wait to be accepted, for more than ${LIMITS.welcomeTimeoutMs} ms`;
    default:
      return cause instanceof Error ? cause.message : "the connection failed";
  }
}
