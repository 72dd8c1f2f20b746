import type { Command } from "commander";
import { type Stats, StatsAnswer } from "../answers.ts";
import { type AskingOptions, withAsking } from "../listing.ts";
import { duration } from "../option_values.ts";
import { inspectorOf } from "../reach.ts";
import type { Terminal } from "../terminal.ts";
import { count, counted, size, span } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar stats
  busbar stats --json | jq .deadLetters
  busbar stats --every 10s --json >> figures.jsonl`;

/** What `busbar stats` may be told. */
interface Options extends AskingOptions {
  readonly every?: number;
}

/** Adds `busbar stats`. */
export function addStats(program: Command, terminal: Terminal): void {
  const command = program.command("stats")
    .summary("what the bus has counted")
    .description("Prints what the bus has counted, and how full it is.")
    .option("--every <time>", "print again, until Ctrl-C", duration);
  withAsking(command)
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => stats(terminal, options));
}

async function stats(terminal: Terminal, options: Options): Promise<void> {
  const inspector = await inspectorOf(terminal, options);
  const printOnce = async () => {
    const figures = await inspector.ask(StatsAnswer, { path: "/api/stats" });
    if (options.json) terminal.printJson(figures);
    else for (const line of statsLines(figures)) terminal.print(line);
  };
  await printOnce();
  const { every } = options;
  if (every === undefined) return;
  using watch = terminal.untilStopped();
  while (!watch.signal.aborted) {
    const pause = Promise.withResolvers<void>();
    const cancel = terminal.clock.schedule(every, pause.resolve);
    await Promise.race([pause.promise, watch.stopped]);
    cancel();
    if (watch.signal.aborted) return;
    if (!options.json) terminal.print("");
    await printOnce();
  }
}

/** The figures, as people read them. */
export function statsLines(figures: Stats): string[] {
  const { backpressure: room, latencyMs: latency, store } = figures;
  const rows: [string, string][] = [
    ["bus", `${figures.name}, ${figures.state}`],
    ["up for", span(figures.uptimeMs)],
    ["accepted", counted(figures.totalMessages, "message")],
    ["delivered", count(figures.totalDelivered)],
    ["acknowledged", count(figures.totalAcked)],
    ["handed out again", count(figures.totalRedelivered)],
    ["failed", count(figures.totalFailed)],
    ["expired", count(figures.totalExpired)],
    ["dropped", count(figures.totalDropped)],
    ["refused", count(figures.totalRefused)],
    ["dead letters", count(figures.deadLetters)],
    [
      "unfinished",
      `${count(room.pending)} of ${count(room.maxPending)}` +
      `, at most ${count(room.peakPending)}, ${
        counted(room.waiting, "sender")
      } waiting`,
    ],
    [
      "until handled",
      `p50 ${span(latency.p50)}, p99 ${span(latency.p99)}, at most ${
        span(latency.max)
      }`,
    ],
  ];
  if (store) {
    rows.push([
      "store",
      `${store.name}, ${counted(store.records, "record")}, ${
        size(store.bytes)
      }`,
    ]);
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}
