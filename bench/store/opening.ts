import type { Benchmark } from "../own/benchmark.ts";
import type { Build } from "../process/build.ts";
import { Child } from "../process/child.ts";
import type { Figures } from "../rounds.ts";

const GROUP = "memory and start";
/** Messages in the store that is opened where nobody says how many. */
const MESSAGES = 100_000;
/** Messages that one program adds: more would take longer than it may. */
const ADDED_AT_ONCE = 250_000;

/** How long a bus takes to be ready that finds messages in its store. */
export const openings: readonly Benchmark[] = [{
  name: `${GROUP}: a bus with ${
    MESSAGES.toLocaleString("en")
  } messages in its store`,
  group: GROUP,
  figures: ["ms", "ownUs"],
  run: (build) =>
    withFilled(MESSAGES, build, (path) => openBus(path, MESSAGES, build)),
}];

/** Makes a store with so many messages, by way of a bus, for as long as it is used. */
export async function withFilled<T>(
  messages: number,
  build: Build,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
  try {
    const path = `${folder}/bus.db`;
    for (let there = 0; there < messages;) {
      there = Math.min(messages, there + ADDED_AT_ONCE);
      await run("store_bus", ["fill", path, String(there)], build);
    }
    return await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Opens a bus that finds so many messages. */
export function openBus(
  path: string,
  messages: number,
  build: Build,
): Promise<Figures> {
  return run("store_bus", ["open", path, String(messages)], build);
}

/** Reads the records and does nothing with them: `here`, or on the store's thread and handed over from `there`. */
export function readStore(
  path: string,
  how: "here" | "there",
  build: Build,
): Promise<Figures> {
  return run("read_store", [how, path], build);
}

async function run(
  program: string,
  args: readonly string[],
  build: Build,
): Promise<Figures> {
  const path = `store/programs/${program}.ts`;
  await using child = Child.spawn(path, args, { build });
  return await child.hear<Figures>();
}
