import { RECEIVER, TOPIC } from "../message.ts";
import type { Build } from "../process/build.ts";
import type { Child } from "../process/child.ts";
import { pin, processorUs, wallMs } from "../process/figures.ts";
import type { Figures } from "../rounds.ts";
import type { Arrived } from "../work/arrivals.ts";
import type { Asked } from "../work/ask_for.ts";
import type { Sent } from "../work/send_for.ts";
import type { Peer, WorkName } from "./peer.ts";
import { Stage } from "./stage.ts";

/** How long one measurement may be. */
export interface Length {
  /** Most messages. */
  readonly messages: number;
  /** Longest time, in milliseconds. */
  readonly ms: number;
  /** How often as much is done beforehand, and not counted. @default {0.25} */
  readonly warmUp?: number;
}

/** How long requests, or sends that are waited for, are measured. */
export type Duration = Pick<Length, "ms" | "warmUp">;

/** After so long without an arrival, what is missing is lost. */
const QUIET_MS = 1_500;
/** Part of a measurement that is done beforehand where nothing else is said. */
const WARM_UP = 0.25;
/** Requests in flight where many are. */
export const IN_FLIGHT = 64;
/** Sends under way in the durable work, and what its figures then begin with. */
const UNDER_WAY = [[1, "one"], [64, "few"], [1_024, "many"]] as const;

/** Measures one kind of work of one system, in fresh processes. */
export async function measureWork(
  peer: Peer,
  work: WorkName,
  length: Length,
): Promise<Figures> {
  if (work === "durable") return await measureDurables(peer, length);
  if (work !== "request") return await measureSends(peer, work, length);
  const { ms, warmUp = WARM_UP } = length;
  // One by one they are so few that both halves are warmed up for as long as a whole.
  const half = { ms: ms / 2, warmUp: warmUp * 2 };
  const many = await measureRequests(peer, IN_FLIGHT, half);
  const one = await measureRequests(peer, 1, half);
  // The rate with many in flight, and the times with one.
  return { ...one, perSecond: many.perSecond ?? NaN };
}

/** Measures how many messages arrive in a second, and what each costs. */
export async function measureSends(
  peer: Peer,
  work: WorkName,
  length: Length,
  build?: Build,
): Promise<Figures> {
  await using stage = await Stage.open(peer, work, build);
  const address = work === "fan-out" ? TOPIC : RECEIVER;
  for (const one of stage.receivers) await one.ask("receive", address);
  await stage.sender.ask("found", address);
  const { warmUp = WARM_UP } = length;
  await sendAll(stage, address, {
    messages: length.messages * warmUp,
    ms: length.ms * warmUp,
  });
  await stage.server.watch?.();
  const figures = await sendAll(stage, address, length);
  const seen = await stage.server.watched?.();
  if (seen === undefined) return figures;
  // What the process says of itself is finer than what the kernel's table shows.
  const serverUs = (seen.usedUs ?? NaN) / (figures.sent ?? NaN);
  return { ...figures, serverUs, lateMs: seen.lateMs ?? NaN };
}

/** Measures round trips with so many requests in flight. */
export async function measureRequests(
  peer: Peer,
  inFlight: number,
  { ms, warmUp = WARM_UP }: Duration,
  build?: Build,
): Promise<Figures> {
  await using stage = await Stage.open(peer, "request", build);
  const { sender, receivers, pids } = stage;
  for (const one of receivers) await one.ask("respond", RECEIVER);
  await sender.ask("found", RECEIVER);
  await ask(sender, inFlight, ms * warmUp);
  const asked = await ask(sender, inFlight, ms);
  const isPinned = inFlight === 1 && build === undefined && peer.onOneCore;
  if (!isPinned || !await pin(pids, "0")) return { ...asked };
  await ask(sender, 1, ms * WARM_UP);
  const { p50Us } = await ask(sender, 1, ms / 2);
  return { ...asked, oneCoreP50Us: p50Us };
}

/**
 * Measures messages each of which is taken in, kept, handed out and
 * acknowledged, with so many on their way to being taken in: how many a second,
 * and how long until the sender knows.
 */
export async function measureDurable(
  peer: Peer,
  underWay: number,
  { ms, warmUp = WARM_UP }: Duration,
  build?: Build,
): Promise<Figures> {
  await using stage = await Stage.open(peer, "durable", build);
  const { sender, receivers } = stage;
  for (const one of receivers) await one.ask("receive", RECEIVER);
  await sender.ask("found", RECEIVER);
  await confirmAll(stage, underWay, ms * warmUp);
  return await confirmAll(stage, underWay, ms);
}

async function measureDurables(peer: Peer, length: Length): Promise<Figures> {
  const third = { ...length, ms: length.ms / UNDER_WAY.length };
  const all: Record<string, number> = {
    ...await measureSends(peer, "durable", length),
  };
  for (const [underWay, name] of UNDER_WAY) {
    const figures = await measureDurable(peer, underWay, third);
    for (const figure of ["perSecond", "p50Us", "p99Us"]) {
      all[`${name} ${figure}`] = figures[figure] ?? NaN;
    }
  }
  return all;
}

async function confirmAll(
  { sender, receivers }: Stage,
  underWay: number,
  ms: number,
): Promise<Figures> {
  for (const one of receivers) await one.ask("forget");
  const startedAt = wallMs();
  const asked = await sender.ask<Asked>("confirm", RECEIVER, underWay, ms);
  const toldAt = wallMs();
  const [arrived] = await Promise.all(
    receivers.map((one) => one.ask<Arrived>("arrived", asked.count, QUIET_MS)),
  );
  const { count = 0, lastAt = NaN } = arrived ?? {};
  const { p50Us, p99Us } = asked;
  return {
    perSecond: count / (Math.max(toldAt, lastAt) - startedAt) * 1_000,
    lost: 1 - count / asked.count,
    p50Us,
    p99Us,
  };
}

async function sendAll(
  { sender, receivers, pids }: Stage,
  address: string,
  { messages, ms }: Length,
): Promise<Figures> {
  for (const one of receivers) await one.ask("forget");
  const usedUs = pids.map(processorUs);
  const sent = await sender.ask<Sent>("send", address, messages, ms);
  const arrived = await Promise.all(
    receivers.map((one) => one.ask<Arrived>("arrived", sent.count, QUIET_MS)),
  );
  const used = pids.map((pid, index) =>
    (processorUs(pid) - (usedUs[index] ?? 0)) / sent.count
  );
  const count = arrived.reduce((total, one) => total + one.count, 0);
  const lastAt = Math.max(...arrived.map((one) => one.lastAt));
  return {
    perSecond: count / (lastAt - sent.startedAt) * 1_000,
    sent: sent.count,
    lost: 1 - count / (sent.count * receivers.length),
    ...costs(used),
  };
}

function ask(sender: Child, inFlight: number, ms: number): Promise<Asked> {
  return sender.ask("request", RECEIVER, inFlight, ms);
}

/** Processor time for each message, by whose it was. */
function costs(used: readonly number[]): Figures {
  const [senderUs = 0, receiverUs = 0, serverUs] = used;
  const own = { senderUs, receiverUs };
  return serverUs === undefined ? own : { ...own, serverUs };
}
