import { RECEIVER, SENDER } from "../message.ts";
import type { Build } from "../process/build.ts";
import { Child } from "../process/child.ts";
import { residentBytes, wallMs } from "../process/figures.ts";
import { preparePackage } from "../process/packaged.ts";
import type { Arrived } from "../work/arrivals.ts";
import type { Peer } from "./peer.ts";
import type { Figures } from "../rounds.ts";

const MEMBER = "peers/programs/member.ts";
const FIRST = "peers/programs/first_message.ts";
/** After this, the message is lost. */
const PATIENCE_MS = 20_000;

/**
 * How long it takes from the start of a program until its first message has
 * arrived at another that waits for it, and how much memory an idle server has.
 */
export async function measureStart(
  peer: Peer,
  build?: Build,
): Promise<Figures> {
  if (!peer.isPackaged) return await startOnce(peer, build);
  const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
  try {
    const packaged = await preparePackage(folder);
    // The runtime has seen the others' programs before, and keeps what it has compiled of them.
    await startOnce(peer, packaged);
    return await startOnce(peer, packaged);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function startOnce(peer: Peer, build?: Build): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const server = stack.use(await peer.start(folder, build));
  const args = [peer.client, server.address];
  const mode = peer.mode ?? "";
  const receiver = stack.use(
    await Child.start(MEMBER, [...args, RECEIVER, mode], { build }),
  );
  await receiver.ask("receive", RECEIVER);
  const memory: Figures = server.pid === undefined
    ? {}
    : { idleBytes: residentBytes(server.pid) };
  const startedAt = wallMs();
  stack.use(Child.spawn(FIRST, [...args, SENDER, mode], { build }));
  const wait = ["arrived", 1, PATIENCE_MS] as const;
  const { count, lastAt } = await receiver.ask<Arrived>(...wait);
  if (count === 0) throw new Error("The first message was lost");
  return { startMs: lastAt - startedAt, ...memory };
}
