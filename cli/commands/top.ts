import type { Command } from "commander";
import { z } from "zod";
import { AgentAnswer, StatsAnswer, TopicAnswer } from "../answers.ts";
import type { InspectorClient } from "../inspector_client.ts";
import { duration } from "../option_values.ts";
import { inspectorOf, type InspectorOptions, withInspector } from "../reach.ts";
import type { StopWatch, Terminal } from "../terminal.ts";
import { type Sample, topFrame } from "../top_frame.ts";

const EXAMPLES = `
Examples:
  busbar top
  busbar top --every 250ms
  busbar top --once

q or Ctrl-C ends it. Where no terminal is, it prints one picture and ends.`;

/** A screen of its own without a cursor, and back. */
const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
/** From the upper left corner; and what an earlier picture has left. */
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** What `busbar top` may be told. */
interface Options extends InspectorOptions {
  readonly every: number;
  readonly once?: boolean;
}

/** Adds `busbar top`. */
export function addTop(program: Command, terminal: Terminal): void {
  const command = program.command("top")
    .summary("what the bus is doing, as it does it")
    .description("Shows what the bus is doing, as it does it.")
    .option("--every <time>", "time between two pictures", duration, 1_000)
    .option("--once", "print one picture, and end");
  withInspector(command)
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => top(terminal, options));
}

async function top(terminal: Terminal, options: Options): Promise<void> {
  const inspector = await inspectorOf(terminal, options);
  const first = await takeSample(inspector);
  if (options.once || !terminal.isTerminal) {
    for (const line of topFrame(terminal, first, undefined)) {
      terminal.print(line);
    }
    return;
  }
  using watch = terminal.untilStopped();
  await using _keys = quitByKey(terminal, watch);
  terminal.draw(ENTER);
  try {
    await showUntilStopped(terminal, inspector, {
      first,
      watch,
      everyMs: options.every,
    });
  } finally {
    terminal.draw(LEAVE);
  }
}

async function showUntilStopped(
  terminal: Terminal,
  inspector: InspectorClient,
  { first, watch, everyMs }: {
    first: Sample;
    watch: StopWatch;
    everyMs: number;
  },
): Promise<void> {
  let before: Sample | undefined;
  let now = first;
  while (!watch.signal.aborted) {
    const lines = topFrame(terminal, now, before);
    const text = lines.map((line) => `${line}${CLEAR_LINE}`).join("\r\n");
    terminal.draw(`${HOME}${text}\r\n${CLEAR_BELOW}`);
    const pause = Promise.withResolvers<void>();
    const cancel = terminal.clock.schedule(everyMs, pause.resolve);
    await Promise.race([pause.promise, watch.stopped]);
    cancel();
    if (watch.signal.aborted) return;
    before = now;
    now = await takeSample(inspector);
  }
}

async function takeSample(inspector: InspectorClient): Promise<Sample> {
  const [stats, agents, topics] = await Promise.all([
    inspector.ask(StatsAnswer, { path: "/api/stats" }),
    inspector.ask(z.array(AgentAnswer), { path: "/api/agents" }),
    inspector.ask(z.array(TopicAnswer), { path: "/api/topics" }),
  ]);
  return { stats, agents, topics };
}

/** Has `q` end the program, until it is disposed of. */
function quitByKey(terminal: Terminal, watch: StopWatch): AsyncDisposable {
  terminal.setRaw(true);
  const reader = terminal.input().getReader();
  const reading = readKeys(reader, watch);
  return {
    async [Symbol.asyncDispose]() {
      terminal.setRaw(false);
      await reader.cancel().catch(() => {});
      await reading;
    },
  };
}

async function readKeys(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  watch: StopWatch,
): Promise<void> {
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    if (/^[qQ]/.test(decoder.decode(value))) watch.stop();
  }
}
