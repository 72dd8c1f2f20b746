/**
 * What it costs a bus to be watched: `deno run -A tests/browser/watched_bus.ts`,
 * or with the names of some cases only. A bus that nobody watches and one that is watched do the same in turn, each in
 * a process of its own; one line a case; ends with status 1 if a limit did not
 * hold. Ratios, of medians: the figures themselves are those of the machine.
 */
import { Child } from "../peers/child.ts";
import { pause } from "../peers/pause.ts";
import { residentMiB } from "../peers/process_figures.ts";
import { Report } from "../peers/report.ts";
import { openPage } from "./browser_fixture.ts";
import { framesFor, goToHash, isView } from "./in_page.js";
import type { Stretch } from "./programs/busy_bus.ts";

const PER_SECOND = 50_000;
const ROUNDS = 5;
const STRETCH_MS = 1_000;
const WARM_UP_MS = 2_000;
const KEPT_PERCENT = 90;
/** Two frames of a screen that shows sixty a second. */
const SMOOTH_MS = 34;
/** Of the processor, for each message at full speed: what others do to the machine does not count in it. */
const WORK_PERCENT = 150;
const READERS = 1_000;
/** What the sockets of a thousand readers take, and what their requests leave behind. */
const READERS_MIB = 64;

/** Looks on while a bus is busy. */
type Watch = (loading: Promise<Stretch>) => Promise<Stretch>;

/** A bus that nobody watches, and one that somebody does. */
interface Pair {
  readonly alone: Child;
  readonly watched: Child;
  /** The watched one's inspector. */
  readonly link: URL;
}

const CASES: Record<string, (pair: Pair, report: Report) => Promise<void>> = {
  overview: (pair, report) => openPageCosts(pair, report, "overview"),
  agents: (pair, report) => openPageCosts(pair, report, "agents"),
  messages: (pair, report) => openPageCosts(pair, report, "messages"),
  "stalled-readers": stalledReadersCost,
};

const wanted = Object.entries(CASES).filter(([name]) =>
  Deno.args.length === 0 || Deno.args.includes(name)
);
if (wanted.length < Deno.args.length) {
  console.log(`There are: ${Object.keys(CASES).join(" ")}`);
  Deno.exit(2);
}
let failed = 0;
for (const [name, run] of wanted) {
  const report = new Report();
  await using alone = await startBus();
  await using watched = await startBus();
  const link = new URL(await watched.ask<string>("link"));
  await run({ alone, watched, link }, report);
  if (!report.ok) failed++;
  console.log(`${report.ok ? "ok     " : "FAILED "} ${name}: ${report}`);
}
console.log(`${wanted.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);

async function startBus(): Promise<Child> {
  const bus = await Child.start("../../browser/programs/busy_bus.ts", []);
  await load(bus, undefined, WARM_UP_MS);
  return bus;
}

/** A page that is open, while messages come. */
async function openPageCosts(
  pair: Pair,
  report: Report,
  view: string,
): Promise<void> {
  await using opened = await openPage(pair.link.href);
  const { page } = opened;
  await page.evaluate(goToHash, `#/${view}`);
  await page.waitForFunction(isView, view);
  const frames: number[] = [];
  const watch: Watch = async (loading) => {
    const seen = page.evaluate(framesFor, STRETCH_MS);
    const stretch = await loading;
    frames.push(...await seen);
    return stretch;
  };
  await compareAt(pair, report, watch, PER_SECOND);
  await compareAt(pair, report, watch);
  report.atMost("half of the frames ms", quantile(frames, 0.5), SMOOTH_MS);
  report.note("95 % of the frames ms", quantile(frames, 0.95));
  report.equal("complaints", opened.complaints.join("; "), "");
}

/** Readers of the event stream that do not read. */
async function stalledReadersCost(pair: Pair, report: Report): Promise<void> {
  const { watched: { pid }, link } = pair;
  using stack = new DisposableStack();
  const beforeMiB = residentMiB(pid);
  const request = new TextEncoder().encode([
    "GET /api/events?stats=true HTTP/1.1",
    `Host: ${link.host}`,
    `Authorization: Bearer ${link.searchParams.get("token")}`,
    "\r\n",
  ].join("\r\n"));
  for (let n = 0; n < READERS; n++) {
    const reader = stack.use(
      await Deno.connect({ hostname: link.hostname, port: Number(link.port) }),
    );
    await reader.write(request);
  }
  const watch: Watch = (loading) => loading;
  await compareAt(pair, report, watch, PER_SECOND);
  // At full speed the heap is as large as the collector lets it become.
  report.atMost("MiB more", residentMiB(pid) - beforeMiB, READERS_MIB);
  await compareAt(pair, report, watch);
}

/** Has both do the same in turn, as fast as they can if no pace is given. */
async function compareAt(
  { alone, watched }: Pair,
  report: Report,
  watch: Watch,
  perSecond?: number,
): Promise<void> {
  const figures = { alone: [] as Stretch[], watched: [] as Stretch[] };
  for (let n = 0; n < ROUNDS; n++) {
    figures.alone.push(await load(alone, perSecond));
    await pause(100);
    figures.watched.push(await watch(load(watched, perSecond)));
  }
  judge(figures, report, perSecond);
}

function judge(
  { alone, watched }: Record<"alone" | "watched", Stretch[]>,
  report: Report,
  perSecond: number | undefined,
): void {
  const rate = (all: Stretch[]) => median(all.map((one) => one.perSecond));
  const kept = rate(watched) / rate(alone) * 100;
  const work = (all: Stretch[]) =>
    median(all.map(({ processorUs }) => processorUs));
  if (perSecond === undefined) {
    report.note("at full speed per s", rate(alone));
    report.note("kept %", kept);
    report.atMost("work %", work(watched) / work(alone) * 100, WORK_PERCENT);
  } else {
    report.note("alone per s", rate(alone));
    report.atLeast("kept %", kept, KEPT_PERCENT);
    report.note("processor µs each, alone", work(alone));
    report.note("watched", work(watched));
  }
}

function load(
  bus: Child,
  perSecond: number | undefined,
  forMs = STRETCH_MS,
): Promise<Stretch> {
  return bus.ask<Stretch>("load", { forMs, perSecond });
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? NaN;
}
