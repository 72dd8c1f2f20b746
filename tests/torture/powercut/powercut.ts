import { type Image, RecordedDisk } from "../disk/recorded_disk.ts";
import { type Recording, STORE_FILE } from "../disk/recording.ts";
import { Dice } from "../../support/dice.ts";
import type { StoreKind } from "../programs/stores.ts";
import { Account } from "./account.ts";
import { findIn } from "./reopened_bus.ts";
import { recordsAt } from "./reopened_store.ts";

/** A cut after which something was wrong. */
export interface BadCut {
  readonly cut: number;
  readonly line: number;
  readonly problems: readonly string[];
  readonly image: Image;
}

/** What many power cuts came to. */
export interface PowerCuts {
  readonly cuts: number;
  readonly bad: readonly BadCut[];
  /** Copies that had to be there, over all cuts. */
  readonly owed: number;
  /** Cuts in which something was at stake that was not synced. */
  readonly unsynced: number;
  readonly tookMs: number;
}

/** Problems after which there is nothing more to learn. */
const ENOUGH = 20;

/** Cuts the power of a recorded disk again and again, and looks what a bus finds on it each time. */
export async function cutPower(
  recording: Recording,
  kind: StoreKind,
  { directory, cuts, seed }: { directory: string; cuts: number; seed: number },
): Promise<PowerCuts> {
  const from = performance.now();
  const disk = new RecordedDisk(recording.calls);
  const account = new Account();
  const bad: BadCut[] = [];
  let [heard, owed, unsynced, made] = [0, 0, 0, 0];
  for (const line of momentsOf(recording, cuts, new Dice(seed))) {
    disk.advance(line);
    for (; (recording.said[heard]?.line ?? Infinity) <= line; heard++) {
      account.take(recording.said[heard]!.said);
    }
    const image = disk.cut(new Dice(seed).fork(`cut ${made}`));
    const problems = await look(image, directory, kind, account);
    if (problems.length > 0) bad.push({ cut: made, line, problems, image });
    made++;
    owed += account.owed;
    if (disk.isUnsynced) unsynced++;
    if (bad.length >= ENOUGH) break;
  }
  const tookMs = performance.now() - from;
  return { cuts: made, bad, owed, unsynced, tookMs };
}

/** Writes an image to a directory, without what is there. */
export function layOut(image: Image, directory: string): void {
  for (const { name } of [...Deno.readDirSync(directory)]) {
    Deno.removeSync(`${directory}/${name}`);
  }
  for (const [path, bytes] of image) {
    Deno.writeFileSync(`${directory}/${path.split("/").at(-1)}`, bytes);
  }
}

async function look(
  image: Image,
  directory: string,
  kind: StoreKind,
  account: Account,
): Promise<readonly string[]> {
  layOut(image, directory);
  try {
    const file = STORE_FILE.split("/").at(-1);
    const records = recordsAt(`${directory}/${file}`, kind);
    return account.problemsOf(await findIn(records));
  } catch (error) {
    return [`could not be opened: ${error}`];
  }
}

/** When to cut, in order: at any moment, right after something was said, and while the file itself is written. */
function momentsOf(
  { calls, said }: Recording,
  count: number,
  dice: Dice,
): number[] {
  const any = calls.map((one) => one.from);
  const spoken = said.filter(({ said: { say } }) =>
    say === "ok" || say === "acked" || say === "dead"
  ).map(({ line }) => line);
  const rewritten = calls.filter(({ path, type }) =>
    path === STORE_FILE && type !== "create"
  ).map((one) => one.from);
  return Array.from(
    { length: count },
    () => dice.pick(dice.pick([any, any, spoken, rewritten])) ?? 0,
  ).sort((a, b) => a - b);
}
