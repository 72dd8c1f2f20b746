import { RECEIVER, SENDER } from "../message.ts";
import { busbar } from "../peers/systems/busbar.ts";
import { measureStart } from "../peers/start.ts";
import type { Build } from "../process/build.ts";
import { Child } from "../process/child.ts";
import { residentBytes } from "../process/figures.ts";
import type { Figures } from "../rounds.ts";
import type { Arrived } from "../work/arrivals.ts";
import type { Benchmark } from "./benchmark.ts";

const GROUP = "memory and start";
const MEMBER = "peers/programs/member.ts";
/** Messages that wait while memory is looked at. */
const QUEUED = 200_000;
/**
 * Messages that come first: what the history, the compiler, and the engine's
 * room for new objects and for free pages take is no part of it. That room
 * grows with the first 300,000.
 */
const BEFORE = 300_000;
const PATIENCE_MS = 20_000;

/** What is measured of memory and beginnings. */
export const resources: readonly Benchmark[] = [
  {
    name: `${GROUP}: one queued message, in the bus process`,
    group: GROUP,
    figures: ["bytes"],
    run: (build) => measureQueue(build),
  },
  {
    name: `${GROUP}: a bus process, and a program that joins it`,
    group: GROUP,
    figures: ["idleBytes", "startMs"],
    run: (build) => measureStart(busbar, build),
  },
  {
    name: `${GROUP}: connect() to first message`,
    group: GROUP,
    figures: ["ms"],
    run: (build) => measureConnect(build),
  },
];

/** What a message that has come over the socket takes while it waits for its receiver. */
export async function measureQueue(build?: Build): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const path = `${folder}/bus.sock`;
  const bus = stack.use(
    await Child.start(
      "peers/programs/busbar_bus.ts",
      [path, String((BEFORE + QUEUED) * 2)],
      { build, flags: ["--v8-flags=--expose-gc"] },
    ),
  );
  const join = async (name: string) =>
    stack.use(
      await Child.start(MEMBER, [busbar.client, path, name], { build }),
    );
  // It is there, and takes nothing.
  await join(RECEIVER);
  const sender = await join(SENDER);
  const before = await fill(sender, bus, BEFORE, 0);
  const after = await fill(sender, bus, QUEUED, before.pending);
  const added = after.pending - before.pending;
  return { bytes: (after.resident - before.resident) / added };
}

interface Fill {
  readonly pending: number;
  readonly resident: number;
}

async function fill(
  sender: Child,
  bus: Child,
  count: number,
  pendingBefore: number,
): Promise<Fill> {
  const sent = await sender.ask<{ count: number }>(
    "send",
    RECEIVER,
    count,
    PATIENCE_MS,
  );
  const until = performance.now() + PATIENCE_MS;
  let pending = 0;
  while (pending < pendingBefore + sent.count) {
    pending = await bus.ask<number>("pending");
    if (performance.now() > until) throw new Error("Not all are queued");
  }
  // Twice: what the first one frees may hold more.
  await bus.ask("collect");
  await bus.ask("collect");
  return { pending, resident: residentBytes(bus.pid) };
}

/** How long it takes from the call of `connect()` in a program that is loaded until its first message is there. */
export async function measureConnect(build?: Build): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const server = stack.use(await busbar.start(folder, build));
  const args = [busbar.client, server.address];
  const receiver = stack.use(
    await Child.start(MEMBER, [...args, RECEIVER], { build }),
  );
  await receiver.ask("receive", RECEIVER);
  const program = "own/programs/connect_first.ts";
  const dialer = stack.use(
    await Child.start(program, [server.address], { build }),
  );
  const calledAt = await dialer.ask<number>("connect");
  const { lastAt } = await receiver.ask<Arrived>("arrived", 1, PATIENCE_MS);
  return { ms: lastAt - calledAt };
}
