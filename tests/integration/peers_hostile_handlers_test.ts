import assert from "node:assert/strict";
import {
  type Agent,
  connect,
  type Delivery,
  type Handler,
  memoryTransport,
  MessageBus,
} from "../../mod.ts";
import { VirtualClock } from "../../testing/mod.ts";

const MAX_ATTEMPTS = 3;
const ACK_TIMEOUT_MS = 1_000;

/** A handler that should not be, and what becomes of a message that it gets. */
interface Hostile {
  readonly what: string;
  readonly handler: (delivery: Delivery) => unknown;
  /** Whether the message is done; it fails until it is given up otherwise. */
  readonly isDone?: true;
}

const HOSTILE: readonly Hostile[] = [
  ...([
    ["undefined", undefined],
    ["null", null],
    ["a number", 0],
    ["a text", "text"],
    ["a symbol", Symbol("s")],
    ["a bigint", 10n],
    ["a list", []],
    ["a function", () => {}],
  ] as const).map(([name, thrown]) => ({
    what: `throws ${name}`,
    handler: () => {
      throw thrown;
    },
  })),
  {
    what: "throws an error that cannot be read",
    handler: () => {
      throw new Proxy({}, { get: refuse, getPrototypeOf: refuse });
    },
  },
  {
    what: "throws an error whose text is none",
    handler: () => {
      throw Object.assign(new Error("gone"), { message: undefined });
    },
  },
  {
    what: "throws an error whose text cannot be made",
    handler: () => {
      const error = new Error("gone");
      Object.defineProperty(error, "message", { get: refuse });
      throw error;
    },
  },
  {
    what: "throws an object that cannot be shown",
    handler: () => {
      throw { toString: refuse, [Symbol.toPrimitive]: refuse };
    },
  },
  { what: "rejects with nothing", handler: () => Promise.reject() },
  { what: "never settles", handler: () => new Promise<void>(() => {}) },
  {
    what: "returns what has a then that cannot be read",
    handler: () => ({
      get then() {
        return refuse();
      },
    }),
  },
  { what: "returns a then that throws", handler: () => ({ then: refuse }) },
  {
    what: "returns a then that does nothing",
    handler: () => ({ then: () => {} }),
  },
  {
    what: "returns a then that settles both ways",
    handler: () => ({
      then: (resolve: () => void, reject: (error: Error) => void) => {
        resolve();
        reject(new Error("after all"));
        resolve();
        throw new Error("and more");
      },
    }),
    isDone: true,
  },
  {
    what: "nacks twice, then throws",
    handler: (delivery) => {
      delivery.nack();
      delivery.nack({ reason: "again" });
      throw new Error("and again");
    },
  },
  {
    what: "acks, then throws",
    handler: (delivery) => {
      delivery.ack();
      throw new Error("too late");
    },
    isDone: true,
  },
  {
    what: "acks twice, nacks and rejects",
    handler: (delivery) => {
      delivery.ack();
      delivery.ack();
      delivery.nack();
      delivery.reject("no");
    },
    isDone: true,
  },
];

for (const where of ["in the bus's process", "over a connection"] as const) {
  for (const one of HOSTILE) {
    Deno.test(`Q6 a handler ${where} that ${one.what} is counted once for each attempt`, async () => {
      await judge(where === "over a connection", one);
    });
  }
}

async function judge(isRemote: boolean, hostile: Hostile): Promise<void> {
  const clock = new VirtualClock();
  await using bus = new MessageBus({
    clock,
    delivery: {
      ackTimeoutMs: ACK_TIMEOUT_MS,
      maxAttempts: MAX_ATTEMPTS,
      retry: () => 0,
    },
  });
  const worker = await join(bus, clock, isRemote);
  const attempts: number[] = [];
  worker.receive(
    ((message, delivery) => {
      if (message.payload === "fair") return;
      attempts.push(message.attempt);
      return hostile.handler(delivery);
    }) as Handler<string>,
    { concurrency: MAX_ATTEMPTS + 1 },
  );
  await clock.advance(10);
  const sender = bus.agent("sender");
  await sender.send("worker", "hostile", { requiresAck: true });
  await clock.advance((MAX_ATTEMPTS + 1) * ACK_TIMEOUT_MS);
  const starts = hostile.isDone ? 1 : MAX_ATTEMPTS;
  assert.deepEqual(attempts, [1, 2, 3].slice(0, starts));
  const letters = bus.deadLetters.entries();
  const expected = hostile.isDone ? [] : [["handler_failed", MAX_ATTEMPTS]];
  assert.deepEqual(
    letters.map(({ reason, attempts }) => [reason, attempts]),
    expected,
  );
  await sender.send("worker", "fair", { requiresAck: true });
  await clock.advance(10);
  const { totalAcked, pendingMessages } = bus.stats();
  assert.equal(totalAcked, hostile.isDone ? 2 : 1);
  assert.equal(pendingMessages, 0);
  await worker.close();
}

async function join(
  bus: MessageBus,
  clock: VirtualClock,
  isRemote: boolean,
): Promise<Agent> {
  if (!isRemote) return bus.agent("worker");
  const transport = memoryTransport();
  await bus.listen(transport);
  return await connect(transport, { name: "worker", clock, reconnect: false });
}

function refuse(): never {
  throw new Error("refused");
}
