/**
 * Lesson 9: many processes on a Unix socket.
 *
 * The bus listens on a socket; a second process connects and works under the name
 * `squarer`. The program starts that process by itself: the same file, with the
 * socket's path as its argument. Run it with `deno task example 09`; it needs
 * `--allow-read --allow-write --allow-net --allow-run`.
 */
import { connect, MessageBus } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";

const [path] = Deno.args;
if (path) await work(path);
else await lead();

/** The second process: an agent at the other end of the socket. */
async function work(path: string): Promise<void> {
  await using agent = await connect(unixTransport(path), { name: "squarer" });
  const stopped = Promise.withResolvers<void>();
  // It is the same interface as in the process of the bus.
  agent.respond<number>(({ payload }) => payload * payload);
  agent.receive((message) => {
    console.log(`squarer: ${message.sender} says ${message.payload}`);
    stopped.resolve();
  });
  await agent.publish("workers.ready", agent.name);
  await stopped.promise;
  // Finishes what is in hand, and leaves.
  await agent.drain();
}

/** The first process: it holds the bus, and everything that waits. */
async function lead(): Promise<void> {
  // Whoever can open the socket can use the bus, so it lies in a folder of our own:
  // temporary folders are made with mode 0700.
  const folder = await Deno.makeTempDir({ prefix: "busbar-" });
  try {
    await using bus = new MessageBus();
    const path = `${folder}/bus.sock`;
    await bus.listen(unixTransport(path));
    const asker = bus.agent("asker");

    const ready = Promise.withResolvers<unknown>();
    await asker.subscribe(
      "workers.ready",
      ({ payload }) => ready.resolve(payload),
    );
    const worker = startWorker(path);
    console.log("ready:", await ready.promise);

    const replies = await Promise.all(
      [2, 3, 4].map((n) => asker.request<number>("squarer", n)),
    );
    console.log("squares:", replies.map((reply) => reply.payload).join(", "));

    await asker.send("squarer", "goodbye", { requiresAck: true });
    const { code } = await worker.status;
    console.log("squarer ended with status", code);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function startWorker(path: string): Deno.ChildProcess {
  const file = import.meta.filename ?? "";
  return new Deno.Command(Deno.execPath(), {
    // It may use this one socket, and nothing else.
    args: ["run", "--no-prompt", ...permissionsFor(path), file, path],
  }).spawn();
}

function permissionsFor(path: string): string[] {
  const rights = ["read", "write"].map((right) => `--allow-${right}=${path}`);
  return [...rights, `--allow-net=unix:${path}`];
}
