import { type Agent, MessageBus } from "@busbar/busbar";
import { askFor, type Run, sendFor, type Work } from "./measure.ts";
import { PAYLOAD, TOPIC } from "./payload.ts";

const GROUP = "in one process";
const SUBSCRIBERS = 8;

/** Agents of one process, with everything on that a user has by default. */
export function inProcessWorks(): Work[] {
  return [
    { group: GROUP, name: "send, 1 to 1", run: (ms) => runSends(ms, false) },
    {
      group: GROUP,
      name: "send, 1 to 1, with acks",
      run: (ms) => runSends(ms, true),
    },
    {
      group: GROUP,
      name: "publish, 1 to 8",
      run: (ms) => runPublishes(ms, false),
    },
    {
      group: GROUP,
      name: "publish, 1 to 8, with acks",
      run: (ms) => runPublishes(ms, true),
    },
    {
      group: GROUP,
      name: "request, 1 in flight",
      run: (ms) => runRequests(ms, 1),
    },
    {
      group: GROUP,
      name: "request, 64 in flight",
      run: (ms) => runRequests(ms, 64),
    },
  ];
}

async function runSends(
  durationMs: number,
  requiresAck: boolean,
): Promise<Run> {
  await using bus = new MessageBus();
  const sender = bus.agent("sender");
  const arrivals = new Arrivals();
  bus.agent("receiver").receive(arrivals.take);
  const options = { topic: TOPIC, requiresAck };
  return await arrivals.timed(
    1,
    durationMs,
    () => sender.send("receiver", PAYLOAD, options),
  );
}

async function runPublishes(
  durationMs: number,
  requiresAck: boolean,
): Promise<Run> {
  await using bus = new MessageBus();
  const sender = bus.agent("sender");
  const arrivals = new Arrivals();
  for (let index = 0; index < SUBSCRIBERS; index++) {
    await bus.agent(`subscriber-${index}`).subscribe(TOPIC, arrivals.take);
  }
  const options = { requiresAck };
  return await arrivals.timed(
    SUBSCRIBERS,
    durationMs,
    () => sender.publish(TOPIC, PAYLOAD, options),
  );
}

async function runRequests(durationMs: number, inFlight: number): Promise<Run> {
  await using bus = new MessageBus();
  const requester: Agent = bus.agent("requester");
  bus.agent("responder").respond(({ payload }) => payload);
  const options = { topic: TOPIC };
  return await askFor(
    durationMs,
    inFlight,
    () => requester.request("responder", PAYLOAD, options),
  );
}

/** Counts what arrives, and tells when all of it has. */
class Arrivals {
  #count = 0;
  #expected = Infinity;
  readonly #complete = Promise.withResolvers<void>();

  /** The handler. */
  readonly take = (): void => {
    if (++this.#count >= this.#expected) this.#complete.resolve();
  };

  /** Sends for a while, and waits until each message has arrived `copies` times. */
  async timed(
    copies: number,
    durationMs: number,
    send: () => Promise<unknown>,
  ): Promise<Run> {
    const startedAt = performance.now();
    const count = await sendFor(durationMs, send);
    this.#expected = count * copies;
    if (this.#count < this.#expected) await this.#complete.promise;
    return { count, elapsedMs: performance.now() - startedAt };
  }
}
