import { BusError, MessageBus, type Store, systemClock } from "../../mod.ts";
import { type InspectorServer, serveInspector } from "../../inspector/mod.ts";
import { sqliteStore } from "../../storage/sqlite_store.ts";
import { unixTransport } from "../../transports/unix.ts";
import { CommandError } from "../command_error.ts";
import { wrong } from "../config/config_file.ts";
import { absolute } from "../absolute_path.ts";
import { EXIT } from "../exit_code.ts";
import { VERSION } from "../version.ts";
import {
  removeWhereabouts,
  type Whereabouts,
  writeWhereabouts,
} from "../whereabouts.ts";
import type { InspectorChoice, ServeChoice } from "./serve_choice.ts";
import { keeperSocket, keepStore } from "./store_keeper.ts";

/** A bus that agents of other processes reach, with its inspector, until it is closed. */
export class ServedBus implements AsyncDisposable {
  /** The bus. */
  readonly bus: MessageBus;
  /** Where everything is. */
  readonly whereabouts: Omit<Whereabouts, "format">;
  /** The inspector's link, with its token where it was made up. */
  readonly link: string | undefined;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    bus: MessageBus,
    whereabouts: Omit<Whereabouts, "format">,
    link: string | undefined,
    parts: AsyncDisposableStack,
  ) {
    this.bus = bus;
    this.whereabouts = whereabouts;
    this.link = link;
    this.#parts = parts;
  }

  /**
   * Starts all of it, or nothing.
   *
   * @throws {CommandError} If a part cannot be started.
   */
  static async start(choice: ServeChoice): Promise<ServedBus> {
    await using parts = new AsyncDisposableStack();
    const { socket, socketMode: mode } = choice;
    const store = choice.store === undefined
      ? undefined
      : sqliteStore(choice.store);
    const bus = parts.use(makeBus(choice, store));
    addRules(bus, choice);
    await openStore(bus);
    await listen(bus, choice, mode === undefined ? {} : { mode });
    if (store) parts.use(await keepStore(store, keeperSocket(socket)));
    const inspector = choice.inspector &&
      parts.use(await inspect(bus, choice.inspector));
    const whereabouts = describe(choice, inspector || undefined);
    await writeWhereabouts(socket, whereabouts);
    // It goes first: what it tells of is still there then.
    parts.defer(() => removeWhereabouts(socket, Deno.pid));
    const link = inspector ? inspector.url : undefined;
    return new ServedBus(bus, whereabouts, link, parts.move());
  }

  /** Ends at once; what the store keeps is kept. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

function makeBus(
  { name, limits, file }: ServeChoice,
  store: Store | undefined,
): MessageBus {
  try {
    return new MessageBus({ ...limits, name, ...(store && { store }) });
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) {
      throw cause;
    }
    const at = file ? ` (${file.path}:${file.lineOf(["limits"])})` : "";
    throw new CommandError(EXIT.usage, cause.message + at, { cause });
  }
}

function addRules(bus: MessageBus, { rules, file }: ServeChoice): void {
  for (const [index, rule] of rules.entries()) {
    try {
      bus.router.addRule(rule);
    } catch (cause) {
      if (!file || !(cause instanceof Error)) throw cause;
      throw wrong(file.path, file.lineOf(["rules", index]), cause.message);
    }
  }
}

async function openStore(bus: MessageBus): Promise<void> {
  try {
    await bus.ready();
  } catch (cause) {
    if (!(cause instanceof BusError)) throw cause;
    const advice = cause.message.includes("in use")
      ? '; "busbar doctor --store FILE" says by whom'
      : "";
    throw new CommandError(EXIT.failed, cause.message + advice, { cause });
  }
}

async function listen(
  bus: MessageBus,
  { socket, connections }: ServeChoice,
  options: { mode?: number },
): Promise<void> {
  try {
    await bus.listen(unixTransport(socket, options), connections);
  } catch (cause) {
    if (!(cause instanceof BusError)) throw cause;
    throw new CommandError(
      EXIT.failed,
      `${cause.message}; name another with --socket, or see "busbar doctor --socket ${socket}"`,
      { cause },
    );
  }
}

async function inspect(
  bus: MessageBus,
  choice: InspectorChoice,
): Promise<InspectorServer> {
  const { hostname, port } = choice;
  try {
    return await serveInspector(bus, { ...choice, print: () => {} });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    if (cause instanceof TypeError) {
      throw new CommandError(EXIT.usage, cause.message, { cause });
    }
    const state = cause instanceof Deno.errors.AddrInUse
      ? "it is taken"
      : cause instanceof Error
      ? cause.message
      : "it cannot be had";
    throw new CommandError(
      EXIT.failed,
      `Cannot serve the inspector as port ${port} of ${hostname} must be free: ${state}; name another with --inspector PORT, 0 for any, or --no-inspector`,
      { cause },
    );
  }
}

function describe(
  { name, socket, store }: ServeChoice,
  inspector: InspectorServer | undefined,
): Omit<Whereabouts, "format"> {
  return {
    version: VERSION,
    deno: Deno.version.deno,
    pid: Deno.pid,
    bus: name,
    socket: absolute(socket),
    ...(store !== undefined && {
      store: absolute(store),
      keeper: absolute(keeperSocket(socket)),
    }),
    ...(inspector && {
      inspector: {
        url: inspector.url.replace(/\/?\?.*$/, ""),
        ...(inspector.token !== undefined && { token: inspector.token }),
      },
    }),
    startedAt: systemClock.now(),
  };
}
