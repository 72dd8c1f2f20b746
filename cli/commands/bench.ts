import type { Command } from "commander";
import { type Agent, connect } from "../../connect.ts";
import { unixTransport } from "../../transports/unix.ts";
import { CLI_LIMITS } from "../cli_limits.ts";
import { durationUpTo, wholeNumber } from "../option_values.ts";
import { socketOf, type SocketOption, withSocket } from "../reach.ts";
import { tableLines } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { count, span } from "../text.ts";

const EXAMPLES = `
Examples:
  busbar bench
  busbar bench --duration 10s --size 4096 --json

Two agents of its own talk over the running bus: what they measure is this bus,
on this machine, with what else goes on. Its messages count in the statistics.`;

/** What `busbar bench` may be told. */
interface Options extends SocketOption {
  readonly duration: number;
  readonly size: number;
  readonly json?: boolean;
}

/** How much of one kind of work was done, and how long each took. */
interface Figure {
  readonly work: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Adds `busbar bench`. */
export function addBench(program: Command, terminal: Terminal): void {
  const command = program.command("bench")
    .summary("how fast the running bus is")
    .description("Measures how fast the running bus is, from this process.")
    .option(
      "--duration <time>",
      "how long each work goes on, at most 60s",
      durationUpTo(60_000),
      2_000,
    )
    .option(
      "--size <bytes>",
      "characters of each payload",
      wholeNumber(0, 1_048_576),
      256,
    )
    .option("--json", "print lines of JSON");
  withSocket(command)
    .addHelpText("after", EXAMPLES)
    .action((options: Options) => bench(terminal, options));
}

async function bench(terminal: Terminal, options: Options): Promise<void> {
  const transport = unixTransport(socketOf(terminal, options));
  const name = `bench-${Deno.pid}`;
  const reconnect = false;
  await using target = await connect(transport, {
    name: `${name}-target`,
    reconnect,
  });
  await using source = await connect(transport, { name, reconnect });
  target.receive(() => {}, { concurrency: CLI_LIMITS.maxOnTheWay });
  target.respond(({ payload }) => payload);
  const payload = "x".repeat(options.size);
  const figures: Figure[] = [];
  for (const [work, go] of worksOf(source, target.name, payload)) {
    terminal.note(`${work}, for ${span(options.duration)}`);
    const figure = { work, ...await measure(terminal, options.duration, go) };
    figures.push(figure);
    if (options.json) terminal.printJson(figure);
  }
  if (options.json) return;
  const right = (heading: string) => ({ heading, right: true } as const);
  const columns = ["work", right("a second"), right("p50"), right("p99")];
  const rows = figures.map(({ work, perSecond, p50Ms, p99Ms }) => [
    work,
    count(perSecond),
    span(p50Ms),
    span(p99Ms),
  ]);
  for (const line of tableLines(terminal, columns, rows)) terminal.print(line);
}

/** How many are on the way at a time, and one of them. */
interface Work {
  readonly atOnce: number;
  readonly once: () => Promise<unknown>;
}

function worksOf(
  source: Agent,
  target: string,
  payload: string,
): [string, Work][] {
  const { maxOnTheWay } = CLI_LIMITS;
  const request = () => source.request(target, payload);
  return [
    ["send, confirmed", {
      atOnce: maxOnTheWay,
      once: () => source.send(target, payload, { requiresAck: true }),
    }],
    ["request, one by one", { atOnce: 1, once: request }],
    [`request, ${maxOnTheWay} at a time`, {
      atOnce: maxOnTheWay,
      once: request,
    }],
  ];
}

async function measure(
  { clock }: Terminal,
  durationMs: number,
  { atOnce, once }: Work,
): Promise<Omit<Figure, "work">> {
  const took: number[] = [];
  const from = clock.monotonic();
  const lane = async () => {
    for (let at = from; at < from + durationMs;) {
      await once();
      const now = clock.monotonic();
      took.push(now - at);
      at = now;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const seconds = (clock.monotonic() - from) / 1_000;
  took.sort((a, b) => a - b);
  return {
    perSecond: Math.round(took.length / seconds),
    p50Ms: quantile(took, 0.5),
    p99Ms: quantile(took, 0.99),
  };
}

/** Of numbers in ascending order, the one that the given part of them is not above. */
export function quantile(ascending: readonly number[], part: number): number {
  const index = Math.max(0, Math.ceil(part * ascending.length) - 1);
  return Number((ascending[index] ?? 0).toFixed(3));
}
