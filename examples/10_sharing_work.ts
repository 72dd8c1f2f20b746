/**
 * Lesson 10: sharing work between instances.
 *
 * Three processes serve one name and share its messages. One of them dies with work
 * in hand; the others do it. Run it with `deno task example 10`; it needs
 * `--allow-read --allow-write --allow-net --allow-run`.
 */
import { connect, MessageBus } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";

const [path, kind] = Deno.args;
if (path) await work(path, kind === "weak");
else await lead();

/** One instance of the name `worker`. */
async function work(path: string, isWeak: boolean): Promise<void> {
  // A lost connection is made again, unless the process is to end with the bus.
  const who = { name: "worker", reconnect: false };
  const agent = await connect(unixTransport(path), who);
  // One job at a time: what waits, waits on the bus, where any other can have it.
  agent.receive<number>(async ({ payload }) => {
    // Ends without a word, as a process does that has run out of memory.
    if (isWeak) Deno.exit(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await agent.publish("done", { job: payload, by: Deno.pid });
  });
  await agent.publish("ready", null);
}

async function lead(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "busbar-" });
  const workers: Deno.ChildProcess[] = [];
  try {
    await using bus = new MessageBus();
    const path = `${folder}/bus.sock`;
    await bus.listen(unixTransport(path));
    const boss = bus.agent("boss");
    const ready = Promise.withResolvers<void>();
    await boss.subscribe("ready", () => {
      if (bus.stats().perTopic.ready === 3) ready.resolve();
    });
    const doneBy = new Map<number, number>();
    const allDone = Promise.withResolvers<void>();
    await boss.subscribe<{ job: number; by: number }>("done", ({ payload }) => {
      // At least once means that a job may be done twice: the last one counts.
      doneBy.set(payload.job, payload.by);
      if (doneBy.size === 12) allDone.resolve();
    });

    for (const kind of ["strong", "strong", "weak"]) {
      workers.push(startWorker(path, kind));
    }
    await ready.promise;
    const worker = bus.agents().find(({ name }) => name === "worker");
    console.log(`${worker?.instances} processes serve "worker"`);
    // With an ack the bus lends a job out, and takes it back when its process ends.
    for (let job = 1; job <= 12; job++) {
      await boss.send("worker", job, { requiresAck: true });
    }
    await allDone.promise;
    console.log(`${doneBy.size} jobs done by ${new Set(doneBy.values()).size}`);
    console.log(`${bus.stats().totalRedelivered} handed out again`);
  } finally {
    for (const worker of workers) await worker.status;
    await Deno.remove(folder, { recursive: true });
  }
}

function startWorker(path: string, kind: string): Deno.ChildProcess {
  const rights = ["read", "write"].map((right) => `--allow-${right}=${path}`);
  const flags = ["--no-prompt", ...rights, `--allow-net=unix:${path}`];
  const args = ["run", ...flags, import.meta.filename ?? "", path, kind];
  return new Deno.Command(Deno.execPath(), { args }).spawn();
}
