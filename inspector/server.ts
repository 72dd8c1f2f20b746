import { type Clock, type MessageBus, systemClock } from "../mod.ts";
import { assembleInspector, type InspectorOptions } from "./app.ts";
import { HostList, LOOPBACK_NAMES, parseHost } from "./host_list.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { once } from "./once.ts";

/** Options of {@linkcode serveInspector}. */
export interface ServeInspectorOptions
  extends Omit<InspectorOptions, "signal"> {
  /** Interface to listen on. @default {"127.0.0.1"} */
  hostname?: string;
  /** Port to listen on; 0 takes a free one. @default {4400} */
  port?: number;
  /**
   * Told once where the inspector is, with the token in the link if the
   * inspector made it up.
   *
   * @default {prints to standard output}
   */
  print?: (line: string) => void;
}

/** An inspector that listens, until it is closed. */
export interface InspectorServer extends AsyncDisposable {
  /**
   * Where a browser opens it. Carries the token if the inspector made it up; a
   * token that was handed in is not repeated.
   */
  readonly url: string;
  /** The port it listens on. */
  readonly port: number;
  /** What requests must show; `undefined` if nothing. */
  readonly token: string | undefined;
  /** Ends the event streams, then stops listening. Safe to call twice. */
  close(): Promise<void>;
}

const DEFAULT_PORT = 4_400;
const LOOPBACK: ReadonlySet<string> = new Set([
  "localhost",
  "127.0.0.1",
  "::1",
  "[::1]",
]);
const WILDCARD: ReadonlySet<string> = new Set(["0.0.0.0", "::", "[::]"]);

/**
 * Serves the inspector of a bus.
 *
 * @throws {TypeError} If an option is malformed, or `token` is `false` on an
 * address that other machines reach, or this is not Deno.
 * @throws {Deno.errors.AddrInUse} If the port is taken.
 */
export async function serveInspector(
  bus: MessageBus,
  options: ServeInspectorOptions = {},
): Promise<InspectorServer> {
  const { hostname = "127.0.0.1", port = DEFAULT_PORT, print = printLine } =
    options;
  const { clock = systemClock } = options;
  if (options.token === false && !LOOPBACK.has(hostname)) {
    throw new TypeError(
      `Cannot serve inspector as an address that other machines reach needs a token: "${hostname}"`,
    );
  }
  const closing = new AbortController();
  const make = (listeningPort: number) =>
    assembleInspector(
      bus,
      { ...options, signal: closing.signal },
      hostsOf(hostname, listeningPort, options.allowedHosts),
    );
  // Made once before listening, so that malformed options leave no open port.
  make(port);
  const cut = new AbortController();
  const server = Deno.serve(
    { hostname: bare(hostname), port, signal: cut.signal, onListen() {} },
    (request) => app.fetch(request),
  );
  const app = make(server.addr.port);
  const url = linkTo(hostname, server.addr.port, options, app.token);
  print(`Inspector: ${url}`);
  const close = once(() => closeWithin({ server, closing, cut, clock }));
  return await Promise.resolve({
    url,
    port: server.addr.port,
    token: app.token,
    close,
    [Symbol.asyncDispose]: close,
  });
}

function hostsOf(
  hostname: string,
  port: number,
  allowedHosts: readonly string[] = [],
): HostList {
  const own = WILDCARD.has(hostname) ? [] : [bracketed(hostname)];
  const names = [...LOOPBACK_NAMES, ...own].map((name) => `${name}:${port}`);
  return new HostList(
    [...names, ...allowedHosts],
    WILDCARD.has(hostname) ? port : undefined,
  );
}

function linkTo(
  hostname: string,
  port: number,
  { token: given, basePath = "" }: ServeInspectorOptions,
  token: string | undefined,
): string {
  const name = WILDCARD.has(hostname) ? "127.0.0.1" : bracketed(hostname);
  const page = `http://${name}:${port}${basePath}`;
  return given === undefined ? `${page}/?token=${token}` : page;
}

/** What a server is closed by. */
interface Closing {
  server: Deno.HttpServer<Deno.NetAddr>;
  closing: AbortController;
  cut: AbortController;
  clock: Clock;
}

/** Requests under way may end, within a deadline; then their connections are cut. */
async function closeWithin(
  { server, closing, cut, clock }: Closing,
): Promise<void> {
  closing.abort();
  const cancel = clock.schedule(
    INSPECTOR_LIMITS.closeTimeoutMs,
    () => cut.abort(),
  );
  await server.shutdown();
  await server.finished;
  cancel();
}

function bare(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

function bracketed(hostname: string): string {
  return parseHost(hostname) ? hostname : `[${hostname}]`;
}

function printLine(line: string): void {
  // The one line that a person needs to get in.
  console.log(line);
}
