/**
 * A bus with some life in it, and its inspector: for looking around, and for
 * trying what happens when a dead letter is replayed or a rule is added. Run it with
 * `deno task inspect`; it prints a link, and stays up until Ctrl-C.
 */
import { BusError, type Delivery, MessageBus } from "@busbar/busbar";
import { serveInspector } from "@busbar/busbar/inspector";

await using bus = new MessageBus({ name: "playground" });
await using _inspector = await serveInspector(bus);

interface Job {
  file: string;
  lines: number;
}

const FILES = [
  "mod.ts",
  "router.ts",
  "queue.ts",
  "frame.ts",
  "page.tsx",
  "broken.ts",
];

const planner = bus.agent("planner");
const reviewer = bus.agent("reviewer");

// Three coders share one name, and so share the work.
for (let instance = 0; instance < 3; instance++) {
  const coder = bus.agent("coder");
  coder.receive<Job>(async ({ payload, correlationId }, delivery) => {
    await work(payload.lines, delivery);
    if (payload.file === "broken.ts") {
      throw new BusError("rejected", "broken.ts cannot be parsed");
    }
    if (Math.random() < 0.05) throw new Error("the formatter crashed");
    await coder.publish(`builds.${payload.file.split(".")[0]}.done`, payload, {
      correlationId,
    });
  }, { concurrency: 2 });
}

reviewer.respond<Job>(async ({ payload }, delivery) => {
  await work(payload.lines / 4, delivery);
  return {
    file: payload.file,
    verdict: payload.lines > 300 ? "split it" : "fine",
  };
}, { concurrency: 4 });

await bus.agent("archive").subscribe("builds.>", () => {});

await planner.subscribe<Job>(
  "builds.*.done",
  async ({ payload, correlationId }) => {
    await planner.request("reviewer", payload, {
      topic: "reviews",
      correlationId,
    });
  },
  { concurrency: 8 },
);

bus.router.addRule({
  id: "queue-first",
  priority: 60,
  match: { type: "publish", topic: "builds.queue.*" },
  action: { kind: "set-priority", priority: 90 },
});

const stopped = Promise.withResolvers<void>();
let running = true;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    running = false;
    stopped.resolve();
  });
}

// A few jobs a second, in conversations of their own.
for (let job = 1; running; job++) {
  const file = FILES[Math.floor(Math.random() * FILES.length)] ?? "mod.ts";
  const lines = Math.round(Math.random() * 400);
  await planner.send("coder", { file, lines }, {
    requiresAck: true,
    priority: file === "router.ts" ? 80 : 50,
    topic: "jobs.format",
    correlationId: `job-${job}`,
  });
  await Promise.race([stopped.promise, pause(150 + Math.random() * 300)]);
}
console.log("bye");

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Takes as long as a job of so many lines takes, unless it is cancelled. */
async function work(lines: number, { signal }: Delivery): Promise<void> {
  await pause(lines);
  signal.throwIfAborted();
}
