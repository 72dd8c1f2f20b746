import assert from "node:assert/strict";
import { systemClock } from "../../core/clock.ts";
import { type Agent, connect } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";
import { HostProcess, startProgram } from "../support/programs/host_process.ts";
import { SocketDirectory } from "../support/socket_directory.ts";
import type { Program } from "../support/program.ts";

/** Far below the 30 s after which a lease ends by itself, in milliseconds. */
const SOON_MS = 15_000;
const RECONNECT = { minDelayMs: 10, maxDelayMs: 100 };

Deno.test("each message is handled once though one of three processes is killed with leases in hand", async () => {
  await withSocket(async (path) => {
    await using host = await HostProcess.start(path);
    await using doomed = await startWorker(path, "hold");
    await using sender = await connectSender(path);
    const startedAt = systemClock.monotonic();
    await sendAll(sender, "worker", numbers(0, 4));
    for (let n = 0; n < 4; n++) {
      assert.match(await doomed.nextLine() ?? "", /^holding \d$/);
    }
    await using _one = await startWorker(path, "work");
    await using _two = await startWorker(path, "work");
    const rest = sendAll(sender, "worker", numbers(4, 200));
    await doomed[Symbol.asyncDispose]();
    await rest;
    const handled = await countUntil(host, 200);
    assert.deepEqual(new Set(handled.values()), new Set([1]));
    await sender.close();
    const { stats } = await host.nextLeave();
    assert.equal(stats.totalRedelivered, 4);
    assert.equal(stats.deadLetters, 0);
    assert.ok(systemClock.monotonic() - startedAt < SOON_MS);
  });
});

Deno.test("no message is lost though processes are killed in the middle of their work", async () => {
  await withSocket(async (path) => {
    await using host = await HostProcess.start(path);
    await using sender = await connectSender(path);
    await using first = await startWorker(path, "work");
    await using second = await startWorker(path, "work");
    const startedAt = systemClock.monotonic();
    // Few enough for a pipe to hold what the host says while nobody reads it.
    const sending = sendAll(sender, "worker", numbers(0, 200));
    const handled = new Map<unknown, number>();
    await countUntil(host, 20, handled);
    await first[Symbol.asyncDispose]();
    await using _third = await startWorker(path, "work");
    await countUntil(host, 60, handled);
    await second[Symbol.asyncDispose]();
    await sending;
    await countUntil(host, 200, handled);
    // Each of the killed had four at most in hand that it may have handled.
    const twice = [...handled.values()].filter((times) => times > 1);
    assert.ok(twice.length <= 8, `${twice.length} were handled twice`);
    assert.ok(systemClock.monotonic() - startedAt < SOON_MS);
  });
});

Deno.test("what requires an ack and is sent between two hosts arrives once, in order", async () => {
  await withSocket(async (path) => {
    await using sender = await bereft(path);
    const sending = sendAll(sender, "counter", numbers(0, 100));
    await using host = await HostProcess.start(path);
    await sending;
    await sender.send("counter", "last", { requiresAck: true });
    const arrived: unknown[] = [];
    while (arrived.at(-1) !== "last") {
      arrived.push((await host.next("counted")).payload);
    }
    assert.deepEqual(arrived, [...numbers(0, 100), "last"]);
    await sender.close();
    await host.nextLeave();
  });
});

Deno.test("what a killed host had not answered is sent to the next one, once", async () => {
  await withSocket(async (path) => {
    const publish = (to: Agent) =>
      to.publish("kept", "it", { requiresAck: true });
    const first = await HostProcess.start(path);
    await using sender = await connectSender(path);
    // One is in the keeper's hand and one waits: no host has room for a third.
    await publish(sender);
    await publish(sender);
    const third = publish(sender);
    await first[Symbol.asyncDispose]();
    await using _second = await HostProcess.start(path);
    await third;
    // Were the third there twice, this would find no room.
    await publish(sender);
  });
});

Deno.test("processes that come back to the next host have their subscriptions again, each once", async () => {
  await withSocket(async (path) => {
    const first = await HostProcess.start(path);
    await using one = await startWorker(path, "work");
    await using two = await startWorker(path, "work");
    await first[Symbol.asyncDispose]();
    await using second = await HostProcess.start(path);
    for (let n = 0; n < 2; n++) {
      await second.next("subscribed", ({ agent }) => agent === "worker");
    }
    await using sender = await connectSender(path);
    await sender.publish("news", "first", { requiresAck: true });
    await sender.publish("news", "second", { requiresAck: true });
    for (const worker of [one, two]) {
      // A subscription that was there twice would say "first" twice.
      assert.equal(await worker.nextLine(), "news first");
      assert.equal(await worker.nextLine(), "news second");
    }
    await sendAll(sender, "worker", numbers(0, 20));
    const handled = await countUntil(second, 20);
    assert.deepEqual(new Set(handled.values()), new Set([1]));
    await sender.close();
    await second.nextLeave();
  });
});

Deno.test("agents outlive five hosts that are killed one after the other", async () => {
  await withSocket(async (path) => {
    let host = await HostProcess.start(path);
    try {
      await using _worker = await startWorker(path, "work");
      await using sender = await connectSender(path);
      for (let round = 1; round <= 5; round++) {
        await host[Symbol.asyncDispose]();
        assert.ok(Deno.lstatSync(path).isSocket);
        host = await HostProcess.start(path);
        // Not before somebody is there: a direct message to nobody is refused.
        await host.next("subscribed", ({ agent }) => agent === "worker");
        await sender.send("worker", round, { requiresAck: true });
        const { payload } = await host.next("counted");
        assert.equal(payload, `handled ${round}`);
      }
    } finally {
      await host[Symbol.asyncDispose]();
    }
  });
});

async function withSocket(use: (path: string) => Promise<void>): Promise<void> {
  await using directory = await SocketDirectory.create();
  await use(directory.file("bus.sock"));
}

async function startWorker(path: string, mode: string): Promise<Program> {
  const worker = startProgram("worker.ts", path, mode);
  assert.equal(await worker.nextLine(), "ready");
  return worker;
}

function connectSender(path: string): Promise<Agent> {
  return connect(unixTransport(path), {
    name: "sender",
    reconnect: RECONNECT,
    sendTimeoutMs: SOON_MS,
  });
}

/** An agent whose host has been killed. */
async function bereft(path: string): Promise<Agent> {
  await using host = await HostProcess.start(path);
  const sender = await connectSender(path);
  await host.next("connection_opened", ({ agent }) => agent === "sender");
  return sender;
}

function sendAll(
  sender: Agent,
  recipient: string,
  payloads: readonly unknown[],
): Promise<unknown> {
  return Promise.all(
    payloads.map((one) => sender.send(recipient, one, { requiresAck: true })),
  );
}

/** Reads what the agent "counter" gets until there are `count` different things. */
async function countUntil(
  host: HostProcess,
  count: number,
  times: Map<unknown, number> = new Map(),
): Promise<Map<unknown, number>> {
  while (times.size < count) {
    const { payload } = await host.next("counted");
    times.set(payload, (times.get(payload) ?? 0) + 1);
  }
  return times;
}

/** The whole numbers from `first` up to, but not including, `end`. */
function numbers(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, at) => first + at);
}
