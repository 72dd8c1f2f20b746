/** A bus that is kept busy, and its inspector: does what it is asked, line by line, as the programs of `tests/peers` do. */
import { serveInspector } from "../../../inspector/mod.ts";
import { type Agent, MessageBus } from "../../../mod.ts";
import { pause } from "../../peers/pause.ts";
import { processorMs } from "../../peers/process_figures.ts";
import { serveCommands } from "../../peers/programs/commands.ts";

/** How much is sent. */
export interface LoadPlan {
  /** How long, in milliseconds. */
  readonly forMs: number;
  /** Messages in a second; as many as the bus takes, if left out. */
  readonly perSecond?: number;
}

/** What a bus got through in one stretch. */
export interface Stretch {
  /** Messages handled in a second. */
  readonly perSecond: number;
  /** Time the process had a processor for each of them, in microseconds. */
  readonly processorUs: number;
}

/** Sends that wait for the bus at the same time. */
const WINDOW = 64;

const bus = new MessageBus({ name: "busy" });
const sender = bus.agent("sender");
for (const name of ["worker-1", "worker-2"]) bus.agent(name).receive(() => {});
await bus.agent("archive").subscribe("jobs.*", () => {});
let link = "";
await serveInspector(bus, {
  port: 0,
  print: (line) => link = /http:\S+/.exec(line)?.[0] ?? "",
});

await serveCommands({
  link: () => link,
  load: async (plan: LoadPlan): Promise<Stretch> => {
    const handledBefore = bus.stats().totalDelivered;
    const [from, fromMs] = [performance.now(), processorMs(Deno.pid)];
    await send(sender, plan);
    const seconds = (performance.now() - from) / 1_000;
    const handled = bus.stats().totalDelivered - handledBefore;
    const processorUs = (processorMs(Deno.pid) - fromMs) / handled * 1_000;
    return { perSecond: handled / seconds, processorUs };
  },
});

async function send(
  agent: Agent,
  { forMs, perSecond = Infinity }: LoadPlan,
): Promise<void> {
  const from = performance.now();
  for (let sent = 0;;) {
    const passedMs = performance.now() - from;
    if (passedMs >= forMs) return;
    const due = passedMs / 1_000 * perSecond - sent;
    if (due < 1) {
      await pause(1);
      continue;
    }
    const batch = Math.min(WINDOW, Math.floor(due));
    await Promise.all(
      Array.from({ length: batch }, () => sendOne(agent, sent++)),
    );
  }
}

/** Publishes and direct messages in turn, some in conversations, the size of a small job. */
function sendOne(agent: Agent, n: number): Promise<string> {
  const payload = { n, file: "router.ts", text: "x".repeat(200) };
  return n % 2 === 0
    ? agent.publish(`jobs.${n % 20}`, payload, { correlationId: `c-${n >> 3}` })
    : agent.send(`worker-${1 + n % 4 / 2 | 0}`, payload, { requiresAck: true });
}
