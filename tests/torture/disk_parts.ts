import type { Report } from "../peers/report.ts";
import { canRecord, record, type Recording } from "./disk/recording.ts";
import { findEarly } from "./order/order.ts";
import type { Part, PartOptions } from "./part.ts";
import { type BadCut, cutPower, layOut } from "./powercut/powercut.ts";
import type { StoreKind } from "./programs/stores.ts";

const CUTS = 5_000;
const MEMORY = "/dev/shm";
/** Bad cuts that are told of and kept. */
const SHOWN = 3;

/** The power fails at any moment of a writer's life. */
export function powercutPart(kind: StoreKind): Part {
  return {
    name: "powercut",
    run: (report, options) =>
      onRecording(kind, options, async (recording) => {
        const place = await Deno.makeTempDir(await inMemory());
        const cuts = await cutPower(recording, kind, {
          directory: place,
          cuts: options.rounds ?? CUTS,
          seed: options.seed,
        });
        await Deno.remove(place, { recursive: true });
        report.note("cuts", cuts.cuts);
        report.note("with bytes at stake", cuts.unsynced);
        report.note("owed copies looked for", cuts.owed);
        report.note("per s", cuts.cuts / cuts.tookMs * 1_000);
        report.note("ms", cuts.tookMs);
        report.equal("bad cuts", cuts.bad.length, 0);
        await tell(report, cuts.bad, options.directory);
      }),
  };
}

/** Nothing is said to be accepted before it is synced. */
export function orderPart(kind: StoreKind): Part {
  return {
    name: "order",
    run: (report, options) =>
      onRecording(kind, options, (recording) => {
        const { accepted, early } = findEarly(recording);
        report.atLeast("accepted", accepted, 100);
        report.equal("before their sync", early.length, 0);
        for (const one of early.slice(0, SHOWN)) report.note("early", one);
      }),
  };
}

async function onRecording(
  kind: StoreKind,
  { directory, seed }: PartOptions,
  task: (recording: Recording) => Promise<void> | void,
): Promise<string | undefined> {
  if (!await canRecord()) return "strace is not there, or may not trace";
  await task(await record(directory, kind, seed));
}

/** Where writing is quickest: what is laid out there need not last. */
async function inMemory(): Promise<{ dir?: string }> {
  try {
    return (await Deno.stat(MEMORY)).isDirectory ? { dir: MEMORY } : {};
  } catch {
    return {};
  }
}

async function tell(
  report: Report,
  bad: readonly BadCut[],
  directory: string,
): Promise<void> {
  for (const { cut, line, problems, image } of bad.slice(0, SHOWN)) {
    report.note(`cut ${cut} at line ${line}`, problems.slice(0, SHOWN).join());
    await Deno.mkdir(`${directory}/cut-${cut}`);
    layOut(image, `${directory}/cut-${cut}`);
  }
}
