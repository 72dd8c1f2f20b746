import type { Results } from "../results.ts";
import { PLOTS } from "./plots.ts";
import { tablesOf } from "./tables.ts";

const INTRODUCTION = `# Performance

This page is written by \`deno task bench:peers\`: the same work done by the bus
and by systems that do part of what it does, each as its own documents recommend
it for speed. Only figures of one run compare, and under 20 % is no difference:
machines drift, and neighbours disturb.`;

const WORK = `## The work

The message is the same everywhere: an id, type, sender, recipient, topic,
priority, timestamp, correlation id and a payload of about 200 bytes, together
about 450 bytes as JSON. A sender starts from an object, and a receiver holds the
parsed object. Every program is a process of its own; each measurement has fresh
processes and a server of its own; rounds go over all systems in turn. What is
measured between processes they have done before: as many messages, and requests
for four seconds, as the engine compiles a function for good after some 16,000
calls; within a process a quarter as much is enough for that. The bus runs with
everything that it has by default: ids, priorities, statistics, history, limits,
and the inspector served beside it. The two bare rows are no
systems: they show what the platform allows, without any care.`;

const ACKED = `Each message is accepted, kept until it is delivered, and
acknowledged. None of these syncs every acknowledgement to disk.`;

const DURABLE =
  `Each message is accepted, kept in a file, handed out and acknowledged: sent in
batches as above, and with so many senders each of whom waits until its message is
confirmed. Ours tells of an accept and
of an acknowledgement after their sync, as do those that are always synced; the
others sync once a second or every two minutes, and lose what came since when the
power fails.`;

const PROCESSOR =
  `Microseconds for each one-way message, which is steadier than a rate on a
machine with neighbours, and the round trip with all processes on one core, where
no other core has to be woken.`;

const START =
  `The start is that of a program that joins a server and sends one message, until
that has arrived at another program.`;

const LOCAL =
  `The emitters keep nothing: no id, order, priority, history, limit or count.`;

const AGAIN = `## Measuring again

- \`deno task bench:peers\` writes this page; \`--quick\` only prints a short
  comparison, \`--only NAME\` takes some systems. Servers come from Debian's
  packages \`nats-server\`, \`redis-server\` and \`mosquitto\`; one that is not
  installed is left out.
- \`deno task bench\` measures the bus alone, \`deno task bench --against REF\`
  compares two states of it, and \`deno task bench --growth\` shows what a message
  costs among many agents, topics, rules and queued messages.
- \`deno run -A bench/store/main.ts\` measures how long a bus takes to be ready
  that finds a million messages in its store.`;

/** The page `docs/reference/performance.md`. `drawn` are the pictures that there are. */
export function pageText(results: Results, drawn: ReadonlySet<string>): string {
  const tables = tablesOf(results);
  const pictures = (...files: string[]) => picturesOf(files, drawn);
  return [
    INTRODUCTION,
    machineLine(results),
    WORK,
    ...["## Between processes", tables.between],
    "In brackets the least and the most of all rounds.",
    pictures("one_way", "requests", "round_trip", "fan_out"),
    ...["## Acknowledged", ACKED, tables.acked, pictures("acked")],
    ...["## Durable", DURABLE, tables.durable, pictures("durable")],
    ...["## Processor time", PROCESSOR, tables.processor],
    pictures("server_time"),
    ...["## Memory and start", START, tables.start],
    ...["## In one process", LOCAL, tables.local],
    ...["## Goals", "Ratios are between medians of this run.", tables.goals],
    ...["## How each is set up", setups(results), missing(results)],
    AGAIN,
  ].filter((part) => part !== "").join("\n\n") + "\n";
}

function picturesOf(
  files: readonly string[],
  drawn: ReadonlySet<string>,
): string {
  return PLOTS.filter(({ file }) => files.includes(file) && drawn.has(file))
    .map(({ file, title }) => `![${title}](performance/${file}.svg)`)
    .join("\n\n");
}

function machineLine({ machine, command, rounds }: Results): string {
  const { date, deno, v8, system, cores, processor, memoryGiB } = machine;
  const often = rounds === 1 ? "one round" : `${rounds} rounds`;
  return `Measured on ${date} with \`${command}\`, medians of ${often}: Deno ${deno}, V8 ${v8}, ${system}, ${cores} cores of ${processor}, ${memoryGiB} GiB.`;
}

function setups({ systems }: Results): string {
  return systems.map(({ name, setup = "", version = "" }) =>
    `- **${name}** (${version}): ${setup}`
  ).join("\n");
}

function missing({ missing }: Results): string {
  if (missing.length === 0) return "";
  const lines = missing.map((line) => `- ${line}`).join("\n");
  return `Not measured:\n\n${lines}`;
}
