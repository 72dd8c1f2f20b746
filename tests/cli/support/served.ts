import type { MessageBus } from "../../../mod.ts";
import type { ServeChoice } from "../../../cli/serving/serve_choice.ts";
import { ServedBus } from "../../../cli/serving/served_bus.ts";
import { SocketDirectory } from "../../support/socket_directory.ts";
import { type Ended, run, type TestTerminalOptions } from "./test_terminal.ts";

/** What `busbar serve` serves, in this process, in a folder of its own. */
export class Served implements AsyncDisposable {
  /** Its folder. */
  readonly folder: string;
  /** Where it listens. */
  readonly socket: string;
  readonly #served: ServedBus;
  readonly #parts: AsyncDisposableStack;

  private constructor(
    folder: string,
    socket: string,
    served: ServedBus,
    parts: AsyncDisposableStack,
  ) {
    this.folder = folder;
    this.socket = socket;
    this.#served = served;
    this.#parts = parts;
  }

  /** Serves a bus in memory with an inspector, but for what is said otherwise. */
  static async start(
    choose: (folder: string) => Partial<ServeChoice> = () => ({}),
  ): Promise<Served> {
    await using parts = new AsyncDisposableStack();
    const directory = parts.use(await SocketDirectory.create());
    const socket = directory.file("bus.sock");
    const served = parts.use(
      await ServedBus.start({
        name: "tested",
        socket,
        inspector: { port: 0, hostname: "127.0.0.1" },
        limits: {},
        connections: {},
        rules: [],
        ...choose(directory.path),
      }),
    );
    return new Served(directory.path, socket, served, parts.move());
  }

  /** The bus. */
  get bus(): MessageBus {
    return this.#served.bus;
  }

  /** The inspector's address and token. */
  get inspector(): { url: string; token: string } {
    const { url = "", token = "" } = this.#served.whereabouts.inspector ?? {};
    return { url, token };
  }

  /** Runs a command line against it. */
  run(
    args: readonly string[],
    options: TestTerminalOptions = {},
  ): Promise<Ended> {
    const env = { BUSBAR_SOCKET: this.socket, ...options.env };
    return run(args, { ...options, env });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}
