import { type Agent, connect } from "@busbar/busbar";
import { unixTransport } from "@busbar/busbar/transports/unix";
import { askFor, type Run, sendFor, type Work } from "./measure.ts";
import { PAYLOAD, TOPIC } from "./payload.ts";

const GROUP = "over the Unix socket, through a bus process";

/** A sender here, a bus process, and a receiver in a process of its own. */
export interface SocketBench extends AsyncDisposable {
  /** What can be measured. */
  readonly works: readonly Work[];
}

/** Starts the other two processes. */
export async function openSocketBench(): Promise<SocketBench> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "busbar-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const path = `${folder}/bus.sock`;
  stack.use(await startProcess("bus_process.ts", path));
  stack.use(await startProcess("receiver_process.ts", path));
  const agent = stack.use(
    await connect(unixTransport(path), { name: "sender" }),
  );
  const owned = stack.move();
  return {
    works: worksOf(agent),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function worksOf(agent: Agent): Work[] {
  const counts = new Counts(agent);
  return [
    {
      group: GROUP,
      name: "send, 1 to 1",
      run: (ms) => counts.timed(ms, false),
    },
    {
      group: GROUP,
      name: "send, 1 to 1, with acks",
      run: (ms) => counts.timed(ms, true),
    },
    {
      group: GROUP,
      name: "request, 1 in flight",
      run: (ms) => runRequests(agent, ms, 1),
    },
    {
      group: GROUP,
      name: "request, 64 in flight",
      run: (ms) => runRequests(agent, ms, 64),
    },
  ];
}

async function runRequests(
  agent: Agent,
  durationMs: number,
  inFlight: number,
): Promise<Run> {
  const options = { topic: TOPIC };
  return await askFor(
    durationMs,
    inFlight,
    () => agent.request("receiver", PAYLOAD, options),
  );
}

/** Sends, and hears from the receiver how many have arrived. */
class Counts {
  readonly #agent: Agent;
  #heard = Promise.withResolvers<number>();

  constructor(agent: Agent) {
    this.#agent = agent;
    agent.receive<number>(({ payload }) => this.#heard.resolve(payload));
  }

  async timed(durationMs: number, requiresAck: boolean): Promise<Run> {
    this.#heard = Promise.withResolvers();
    const options = { topic: TOPIC, requiresAck };
    const startedAt = performance.now();
    const count = await sendFor(
      durationMs,
      () => this.#agent.send("receiver", PAYLOAD, options),
    );
    // The last one to be sent is the last to arrive, and is answered with the count.
    await this.#agent.send("receiver", "count", options);
    const arrived = await this.#heard.promise;
    const elapsedMs = performance.now() - startedAt;
    if (arrived !== count) {
      throw new Error(`${count} messages were sent, ${arrived} arrived`);
    }
    return { count, elapsedMs };
  }
}

/** Starts a file of this folder as a process, and waits until it says that it is ready. */
async function startProcess(
  file: string,
  path: string,
): Promise<AsyncDisposable> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL(file, import.meta.url).pathname, path],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const { done } = await child.stdout.getReader().read();
  if (done) throw new Error(`${file} ended before it was ready`);
  return {
    // Each process ends when nobody holds the other end of its input any more.
    [Symbol.asyncDispose]: async () => {
      await child.stdin.close();
      await child.status;
    },
  };
}
