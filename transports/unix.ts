import { type Clock, systemClock } from "../core/clock.ts";
import type { Connection } from "./connection.ts";
import { MAX_PATH_BYTES } from "./socket_file.ts";
import type { Transport, TransportListener } from "./transport.ts";
import { denoPlatform } from "./unix_deno.ts";
import type { UnixPlatform } from "./unix_platform.ts";
import { UnixTransport } from "./unix_transport.ts";

export type { Clock, Connection, Transport, TransportListener };

/** Options of {@linkcode unixTransport}. */
export interface UnixTransportOptions {
  /**
   * Permission bits of the socket's file; write permission is what dialing takes.
   *
   * @default {0o600}
   */
  mode?: number;
  /** Times pauses and waits; the machine's by default. */
  clock?: Clock;
}

/**
 * A way between the processes of one machine, over a Unix socket at `path`.
 *
 * A missing directory is made for its owner alone. One that exists must let
 * nobody but its owner write into it, or be as `/tmp` is: sticky, and root's. A
 * file left by a dead process is replaced; one that a live process listens on,
 * or that is no socket, is left alone and listening fails. Closing removes the
 * file, unless another process has bound the path since.
 *
 * Under Deno it needs `--allow-net=unix:PATH`, by its absolute path, and
 * `--allow-read` and `--allow-write` of it; to listen, of the directory. Without
 * them the platform's `NotCapable` is thrown, which names the flags.
 *
 * @throws {TypeError} If the path is empty or holds a zero character.
 * @throws {RangeError} If the path is longer than a socket's address, 107
 * bytes, or the mode is no set of permission bits.
 */
export function unixTransport(
  path: string,
  options: UnixTransportOptions = {},
): Transport {
  const { mode = 0o600, clock = systemClock } = options;
  checkPath(path);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o777) {
    throw new RangeError(
      `Cannot create Unix transport as mode must be permission bits from 0 to 0o777: current value is ${mode}`,
    );
  }
  return new UnixTransport({ platform: ownPlatform, path, mode, clock });
}

/** That of Node is loaded when it is first asked for: a program on Deno does not pay for it. */
function ownPlatform(): UnixPlatform | Promise<UnixPlatform> {
  if ("Deno" in globalThis) return denoPlatform;
  return import("./unix_node.ts").then(({ nodePlatform }) => nodePlatform);
}

function checkPath(path: string): void {
  if (path === "" || path.includes("\0")) {
    throw new TypeError(
      `Cannot create Unix transport as path must name a file: current value is ${
        JSON.stringify(path)
      }`,
    );
  }
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > MAX_PATH_BYTES) {
    throw new RangeError(
      `Cannot create Unix transport as path must take at most ${MAX_PATH_BYTES} bytes: it takes ${bytes}`,
    );
  }
}
