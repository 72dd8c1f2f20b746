import { SocketDirectory } from "../support/socket_directory.ts";
import { Child, type ChildOptions } from "./child.ts";
import { pause } from "./pause.ts";
import type { BusFigures } from "./programs/bus.ts";
import type { Report } from "./report.ts";

/** Something that must hold between real processes, measured. */
export interface PeerCase {
  /** What it is called on the command line. */
  readonly name: string;
  /** Runs it. A limit that does not hold is in the report; it throws if it cannot be run at all. */
  readonly run: (report: Report) => Promise<void>;
}

/** Where a bus and its peers meet. */
export interface Place extends AsyncDisposable {
  /** The socket's path. */
  readonly path: string;
  /** Starts a bus there, with options of the bus and of listening. */
  startBus(
    busOptions?: object,
    listenOptions?: object,
    options?: ChildOptions,
  ): Promise<Child>;
  /** Starts a program that is handed the path, and ends with the case. */
  start(program: string, ...args: unknown[]): Promise<Child>;
}

/** A place of its own for a case; what was started there ends with it. */
export async function openPlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await SocketDirectory.create());
  const path = directory.file("bus.sock");
  const owned = stack.move();
  return {
    path,
    startBus: async (busOptions = {}, listenOptions = {}, options = {}) =>
      owned.use(
        await Child.start("bus.ts", [path, busOptions, listenOptions], options),
      ),
    start: async (program, ...args) =>
      owned.use(await Child.start(program, [path, ...args])),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What a bus says of itself. */
export function figuresOf(bus: Child): Promise<BusFigures> {
  return bus.ask<BusFigures>("figures");
}

/** Asks until it is so. @returns How long that took, in milliseconds; `Infinity` if it did not come in time. */
export async function waitUntil(
  isSo: () => Promise<boolean> | boolean,
  withinMs: number,
): Promise<number> {
  const from = performance.now();
  while (!await isSo()) {
    if (performance.now() - from > withinMs) return Infinity;
    await pause(20);
  }
  return performance.now() - from;
}
