import {
  BusError,
  MessageBus,
  type MessageBusOptions,
  type MessageInit,
} from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { MortalStore } from "../support/durable_lives.ts";

/** A bus that does not take a message, or does not answer it, and the message. */
export interface Refusal {
  /** How the bus is made. */
  readonly options?: MessageBusOptions;
  /** What it does not take. */
  readonly message: MessageInit;
  /** Brings the bus to that, once it has what was sent before. */
  readonly arrange?: (bus: MessageBus) => unknown;
}

const DIRECT: MessageInit = {
  ...{ type: "direct", sender: "a", recipient: "worker", payload: 1 },
};
const REQUEST: MessageInit = { ...DIRECT, type: "request" };
const LARGE: MessageInit = { ...DIRECT, payload: "x".repeat(100) };
const NESTED: MessageInit = {
  ...DIRECT,
  payload: JSON.parse("[".repeat(100) + "]".repeat(100)),
};

/** How a send is refused, or a request fails, by the code that it ends with. */
export function sendRefusals(): Record<string, Refusal> {
  return {
    invalid_message: { message: NESTED },
    too_large: { options: { maxMessageBytes: 64 }, message: LARGE },
    expired: { message: { ...DIRECT, ttlMs: 0 } },
    ...refusalsForRoom(),
    no_recipient: { message: REQUEST },
    request_timeout: {
      options: { requestTimeoutMs: 1 },
      ...answered(() => {}),
    },
    cancelled: answered((bus) => {
      for (const { requestId } of bus.requests.pending()) {
        bus.requests.cancel(requestId);
      }
    }),
    unreachable: answered((_bus, leave) => leave()),
    rejected: answered(() => {
      throw new BusError("rejected", "no");
    }),
    remote: answered(() => {
      throw new Error("no luck");
    }),
    routing_failed: routed(() => {
      throw new Error("no luck");
    }),
    storage: withFullStore(),
    closed: { message: DIRECT, arrange: (bus) => bus.close() },
  };
}

/** The same for the replay of the only letter there is. */
export function replayRefusals(): Record<string, Refusal> {
  const { too_large, expired, routing_failed, storage, closed } =
    sendRefusals();
  return {
    ...{ too_large, expired, routing_failed, storage, closed } as Record<
      string,
      Refusal
    >,
    ...refusalsForRoom(),
    cancelled: routed((bus) => void bus.deadLetters.clear()),
    rejected: {
      options: { backpressure: { maxPending: 1 } },
      message: DIRECT,
      arrange: async (bus) => {
        await fill(bus);
        const [letter] = bus.deadLetters;
        // Waits for room until the bus is closed.
        bus.deadLetters.replay(letter?.id ?? "").catch(() => {});
      },
    },
  };
}

/** A bus with a letter of the message, sent with another payload. */
export async function busWithLetter(
  { options = {}, message }: Refusal,
  payload: unknown,
): Promise<{ bus: MessageBus; id: string }> {
  const bus = new MessageBus(options);
  await bus.ready();
  const action = { kind: "dead-letter", reason: "a trap" } as const;
  bus.router.addRule({ id: "trap", priority: 100, action });
  const sent = message.type === "request"
    ? bus.request({ ...message, payload })
    : bus.send({ ...message, payload });
  // One that is refused before any rule sees it leaves a letter as well.
  await sent.catch(() => {});
  bus.router.removeRule("trap");
  const [letter] = bus.deadLetters;
  if (!letter) throw new Error("no letter was left");
  return { bus, id: letter.id };
}

function refusalsForRoom(): Record<string, Refusal> {
  return {
    backpressure_timeout: {
      options: { backpressure: { maxPending: 1, timeoutMs: 0 } },
      message: DIRECT,
      arrange: fill,
    },
    overflow: {
      options: { mailbox: { maxMessages: 1, overflow: "reject" } },
      message: DIRECT,
      arrange: fill,
    },
  };
}

/** A worker that is away, with a message in its mailbox. */
async function fill(bus: MessageBus): Promise<void> {
  bus.agent("worker", { durable: true });
  await bus.send(DIRECT);
}

/** A request to a worker that does something, and never answers. */
function answered(
  act: (bus: MessageBus, leave: () => void) => void,
): Refusal {
  const arrange = (bus: MessageBus) => {
    const worker = bus.agent("worker");
    worker.respond(() => {
      act(bus, () => void worker.close());
      return new Promise<never>(() => {});
    });
  };
  return { message: REQUEST, arrange };
}

/** A message that a rule's handler looks at. */
function routed(act: (bus: MessageBus) => void): Refusal {
  const arrange = (bus: MessageBus) => {
    bus.agent("worker", { durable: true });
    bus.router.registerHandler("check", () => act(bus));
    bus.router.addRule({ id: "check", priority: 1, handler: "check" });
  };
  return { message: DIRECT, arrange };
}

function withFullStore(): Refusal {
  const store = new MortalStore(memoryStore());
  const arrange = (bus: MessageBus) => {
    bus.agent("worker", { durable: true });
    store.isFull = true;
  };
  const message = { ...DIRECT, requiresAck: true };
  return { options: { store }, message, arrange };
}
