/** The names by which a browser reaches an inspector on its own machine. */
export const LOOPBACK_NAMES: readonly string[] = [
  "localhost",
  "127.0.0.1",
  "[::1]",
];

/** A fixed expression over at most 262 characters: it cannot be made slow. */
const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?$/;
const ADDRESS = /^(\[[0-9a-f:.]+\]|[0-9]{1,3}(?:\.[0-9]{1,3}){3})$/;
const MAX_HOST_CHARS = 262;
const HTTP_PORT = "80";

/** A `Host` header, taken apart. */
export interface ParsedHost {
  /** The name or address, in lower case; an IPv6 address in brackets. */
  readonly name: string;
  /** The port, as it was written; empty when there was none. */
  readonly port: string;
}

/** Takes a `Host` header apart. @returns `undefined` if it is malformed. */
export function parseHost(host: string): ParsedHost | undefined {
  if (host.length > MAX_HOST_CHARS) return undefined;
  const [, name, port = ""] = HOST.exec(host.toLowerCase()) ?? [];
  return name === undefined ? undefined : { name, port };
}

/**
 * The hosts that requests may be addressed to. A page elsewhere can point a
 * name of its own at this machine (DNS rebinding); it cannot make a browser
 * send another name than that.
 */
export class HostList {
  readonly #entries = new Set<string>();
  readonly #addressPort: string | undefined;

  /**
   * @param entries `name` for every port, or `name:port`.
   * @param addressPort With this port every literal address is allowed as
   * well: an address cannot be pointed elsewhere.
   * @throws {TypeError} If an entry is not a host.
   */
  constructor(entries: readonly string[], addressPort?: number) {
    this.#addressPort = addressPort?.toString();
    for (const entry of entries) {
      const host = parseHost(entry);
      if (!host) {
        throw new TypeError(
          `Cannot create inspector as an allowed host must be a name or name:port: current value is ${
            JSON.stringify(entry)
          }`,
        );
      }
      this.#entries.add(key(host));
    }
  }

  /** Whether a request may be addressed to this host. */
  allows({ name, port }: ParsedHost): boolean {
    // Browsers leave the port out when it is HTTP's own.
    const known = { name, port: port || HTTP_PORT };
    return this.#entries.has(name) || this.#entries.has(key(known)) ||
      (known.port === this.#addressPort && ADDRESS.test(name));
  }
}

/** The host of an `Origin` header. @returns `undefined` if it has none, as `null` has. */
export function originHost(origin: string): ParsedHost | undefined {
  const [scheme, rest] = origin.split("://", 2);
  if ((scheme !== "http" && scheme !== "https") || rest === undefined) {
    return undefined;
  }
  return parseHost(rest);
}

/** Whether both mean the same place. */
export function sameHost(a: ParsedHost, b: ParsedHost): boolean {
  return a.name === b.name && a.port === b.port;
}

function key({ name, port }: ParsedHost): string {
  return port === "" ? name : `${name}:${port}`;
}
