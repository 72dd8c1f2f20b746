import type { Command } from "commander";
import { type Agent, connect } from "../connect.ts";
import { unixTransport } from "../transports/unix.ts";
import { CommandError } from "./command_error.ts";
import { EXIT } from "./exit_code.ts";
import { InspectorClient } from "./inspector_client.ts";
import type { Terminal } from "./terminal.ts";
import { readWhereabouts } from "./whereabouts.ts";

/** Where `busbar serve` listens when nobody says where. */
export const USUAL_SOCKET = "run/bus.sock";

/** How a command is told where the bus is. */
export interface SocketOption {
  /** The bus's socket. */
  readonly socket?: string;
}

/** How a command is told where the inspector is. */
export interface InspectorOptions extends SocketOption {
  /** The inspector's address. */
  readonly url?: string;
  /** What it asks for. */
  readonly token?: string;
}

/** Lets a command be told where the bus is. */
export function withSocket(command: Command): Command {
  return command.option(
    "-s, --socket <path>",
    `the bus's socket; else BUSBAR_SOCKET, else ${USUAL_SOCKET}`,
  );
}

/** Lets a command be told where the inspector is. */
export function withInspector(command: Command): Command {
  return withSocket(command)
    .option(
      "--url <url>",
      "the inspector's address; else that of the bus at the socket, else BUSBAR_URL",
    )
    .option("--token <token>", "the inspector's token; else BUSBAR_TOKEN");
}

/** The socket that a command is told. */
export function socketOf(terminal: Terminal, { socket }: SocketOption): string {
  return socket ?? terminal.env("BUSBAR_SOCKET") ?? USUAL_SOCKET;
}

/** Joins the bus for as long as `work` takes, as an agent. */
export async function withAgent<T>(
  terminal: Terminal,
  options: SocketOption & {
    readonly name: string;
    readonly durable?: boolean;
    readonly reconnect?: boolean;
  },
  work: (agent: Agent) => Promise<T>,
): Promise<T> {
  const agent = await join(terminal, options);
  try {
    const result = await work(agent);
    await agent.drain();
    return result;
  } finally {
    await agent.close();
  }
}

async function join(
  terminal: Terminal,
  options: SocketOption & {
    readonly name: string;
    readonly durable?: boolean;
    readonly reconnect?: boolean;
  },
): Promise<Agent> {
  const { name, durable = false, reconnect = false } = options;
  const socket = socketOf(terminal, options);
  const transport = unixTransport(socket, { clock: terminal.clock });
  return await connect(transport, { name, durable, reconnect });
}

/**
 * The inspector that a command is told, or that the bus at its socket has.
 *
 * @throws {CommandError} If there is none.
 */
export async function inspectorOf(
  terminal: Terminal,
  options: InspectorOptions,
): Promise<InspectorClient> {
  const { clock } = terminal;
  const token = options.token ?? terminal.env("BUSBAR_TOKEN");
  const url = options.url ??
    (options.socket === undefined ? terminal.env("BUSBAR_URL") : undefined);
  if (url !== undefined) {
    return new InspectorClient(url, { token, clock });
  }
  const socket = socketOf(terminal, options);
  const found = await readWhereabouts(socket);
  if (!found) {
    throw new CommandError(
      EXIT.noBus,
      `Cannot find a bus at ${socket} as "busbar serve" must have started it: there is no ${socket}.json; start one with "busbar serve", or name it by --socket or --url`,
    );
  }
  if (!found.inspector) {
    throw new CommandError(
      EXIT.noBus,
      `Cannot ask the bus at ${socket} as it must serve an inspector: it was started with --no-inspector`,
    );
  }
  return new InspectorClient(found.inspector.url, {
    token: options.token ?? found.inspector.token,
    clock,
  });
}
