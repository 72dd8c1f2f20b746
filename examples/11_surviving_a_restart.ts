/**
 * Lesson 11: surviving a restart.
 *
 * With a store, what requires an ack outlives the process. A first process takes
 * work in, does a part of it, and is killed; a second one finds the rest. Run it with
 * `deno task example 11`; it needs `--allow-read --allow-write --allow-run`.
 */
import { MessageBus } from "@busbar/busbar";
import { sqliteStore } from "@busbar/busbar/storage/sqlite";

const [file] = Deno.args;
if (file) await live(file);
else await lead();

/** The first life: four messages come in, one is handled, then the end. */
async function live(file: string): Promise<void> {
  // No `await using`: this one is never closed.
  const bus = new MessageBus({ store: sqliteStore(file) });
  const boss = bus.agent("boss");
  // The mailbox of a durable agent waits for it as long as it takes.
  const worker = bus.agent("worker", { durable: true });

  // These promises resolve when the message is on the disk: it will not be lost.
  for (const job of ["one", "two", "three"]) {
    await boss.send("worker", job, { requiresAck: true });
  }
  // What requires no ack is not kept: it goes with the process.
  await boss.send("worker", "a note");
  console.log("first life: took in four");

  worker.receive<string>(async ({ payload }) => {
    if (payload === "one") return console.log("first life: did one");
    // The ack of "one" counts when it is on the disk. From then on it stays done.
    while (bus.stats().totalAcked === 0) await turn();
    console.log(`first life: killed with ${payload} in hand`);
    Deno.kill(Deno.pid, "SIGKILL");
    await turn();
  });
}

/** The second life, on the same file. */
async function lead(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "busbar-" });
  try {
    const file = `${folder}/bus.db`;
    console.log("first life ended by", (await firstLife(file).status).signal);

    await using bus = new MessageBus({ store: sqliteStore(file) });
    await bus.ready();
    console.log(`second life: ${bus.backpressure.pending} were left`);
    const worker = bus.agent("worker", { durable: true });
    worker.receive<string>(({ payload }, { redelivered }) => {
      // Anything may have been handed out in the last moment, so all of it says
      // that it may be here for the second time: look whether it was done.
      console.log(
        `second life: did ${payload}${redelivered ? ", again?" : ""}`,
      );
    });
    await bus.drain();
    console.log(`second life: ${bus.stats().store?.records} records left`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function firstLife(file: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", import.meta.filename ?? "", file],
    signal: AbortSignal.timeout(20_000), // for the case that it does not end
  }).spawn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
