import {
  type Agent,
  BusError,
  connect,
  type Listener,
  MessageBus,
  type Transport,
} from "../../mod.ts";
import { Dice } from "../support/dice.ts";
import { pause } from "./pause.ts";

/** What many shutdowns came to. */
export interface ShutdownFigures {
  /** The longest that one took, in milliseconds. */
  readonly longestMs: number;
  /** How what was sent ended, by code; `"ok"` for what was accepted or answered. */
  readonly ends: Record<string, number>;
  /** What should not have been, with the seed that brings it back. */
  readonly problems: readonly string[];
}

/** How what is sent may fail while a bus ends. */
const FAIR_CODES: readonly string[] = [
  "ok",
  "closed",
  "unreachable",
  // A handler of the worker throws now and then.
  "remote",
  // The agent at the other end has left already.
  "no_recipient",
];
/** How long a drain may take before it is given up, in milliseconds. */
const DRAIN_MS = 100;
/** Far more than a send or an end may take, in milliseconds. */
const PATIENCE_MS = 5_000;
const SENDS = 12;

/** Builds a busy bus and ends it at a moment that chance chooses, again and again. */
export async function endAtAnyMoment(
  seeds: readonly number[],
  createTransport: (seed: number) => Transport,
): Promise<ShutdownFigures> {
  const ends: Record<string, number> = {};
  const problems: string[] = [];
  let longestMs = 0;
  for (const seed of seeds) {
    const round = new Round(new Dice(seed));
    try {
      longestMs = Math.max(longestMs, await round.run(createTransport(seed)));
    } catch (error) {
      round.problems.push(`${error}`);
    }
    problems.push(...round.problems.map((text) => `seed ${seed}: ${text}`));
    for (const end of round.ends) ends[end] = (ends[end] ?? 0) + 1;
  }
  return { longestMs, ends, problems };
}

/** One bus, from its first message to its last. */
class Round {
  readonly problems: string[] = [];
  readonly ends: string[] = [];
  readonly #dice: Dice;
  readonly #bus: MessageBus;
  /** Ids that the bus said it has accepted. */
  readonly #accepted: string[] = [];
  readonly #sent: Promise<void>[] = [];
  /** What the end does not wait for: handlers that go on, and the moment that came otherwise. */
  readonly #pauses: Promise<void>[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
    // With room for four, most senders are waiting in line when the end comes.
    const maxPending = dice.pick([4, 10_000]);
    this.#bus = new MessageBus({ backpressure: { maxPending } });
  }

  /** @returns How long the end took, in milliseconds. */
  async run(transport: Transport): Promise<number> {
    const listener = await this.#bus.listen(transport);
    const agents = await this.#populate(transport);
    const ending = Promise.withResolvers<void>();
    this.#bus.agent("closer").receive(() => {
      if (this.#dice.chance(0.5)) ending.resolve();
    });
    this.#keepBusy(agents);
    await Promise.race([this.#aWhile(), ending.promise]);
    const from = performance.now();
    const ended = this.#end(listener);
    this.#keepBusy(agents);
    await this.#within("the end", ended);
    const tookMs = performance.now() - from;
    await this.#within("what was sent", Promise.all(this.#sent));
    this.#account();
    await this.#within("leaving", Promise.all(agents.map((a) => a.close())));
    await Promise.all(this.#pauses);
    return tookMs;
  }

  async #populate(transport: Transport): Promise<Agent[]> {
    const join = (name: string) =>
      connect(transport, {
        name,
        reconnect: this.#dice.chance(0.5) && { minDelayMs: 1, maxDelayMs: 5 },
        sendTimeoutMs: 20,
      });
    const [asker, worker] = await Promise.all([join("asker"), join("worker")]);
    const desk = this.#bus.agent("desk");
    for (const one of [desk, worker]) {
      one.receive(() => this.#work());
      one.respond(async ({ payload }) => {
        await this.#work();
        return payload;
      });
      await this.#subscribe(one);
    }
    return [asker, worker, desk];
  }

  /** A slow machine may not answer within the time that a send may take here. */
  async #subscribe(agent: Agent): Promise<void> {
    for (;;) {
      try {
        return void await agent.subscribe("news", () => this.#work());
      } catch (error) {
        const isSlow = error instanceof BusError &&
          error.code === "unreachable";
        if (!isSlow) throw error;
      }
    }
  }

  #keepBusy(agents: readonly Agent[]): void {
    for (let n = 0; n < SENDS; n++) {
      const one = this.#dice.pick(agents);
      if (one) this.#sent.push(this.#say(one, n));
    }
  }

  async #say(from: Agent, n: number): Promise<void> {
    const requiresAck = this.#dice.chance(0.5);
    const to = this.#dice.pick(["worker", "desk", "closer"]);
    try {
      if (this.#dice.chance(0.3)) {
        await from.request(this.#dice.pick(["worker", "desk"]), n);
      } else {
        const id = this.#dice.chance(0.3)
          ? await from.publish("news", n, { requiresAck })
          : await from.send(to, n, { requiresAck });
        if (requiresAck) this.#accepted.push(id);
      }
      this.ends.push("ok");
    } catch (error) {
      this.#note(error);
    }
  }

  #note(error: unknown): void {
    const code = error instanceof BusError ? error.code : String(error);
    this.ends.push(code);
    if (!FAIR_CODES.includes(code)) {
      this.problems.push(`a send ended: ${error}`);
    }
  }

  async #work(): Promise<void> {
    if (this.#dice.chance(0.1)) throw new Error("not today");
    if (this.#dice.chance(0.3)) await this.#pause(3);
  }

  async #pause(mostMs: number): Promise<void> {
    const paused = pause(this.#dice.int(0, mostMs));
    this.#pauses.push(paused);
    await paused;
  }

  async #aWhile(): Promise<void> {
    const turns = this.#dice.int(0, 40);
    for (let n = 0; n < turns; n++) await Promise.resolve();
    if (this.#dice.chance(0.7)) await this.#pause(4);
  }

  async #end(listener: Listener): Promise<void> {
    const bus = this.#bus;
    switch (this.#dice.pick(["close", "drain", "both", "listener", "twice"])) {
      case "drain":
        await this.#drain();
        break;
      case "both":
        await Promise.all([this.#drain(), bus.close()]);
        break;
      case "listener":
        await listener.close();
        break;
      case "twice":
        await Promise.all([bus.close(), bus.close(), listener.close()]);
    }
    await bus.close();
  }

  async #drain(): Promise<void> {
    try {
      await this.#bus.drain({ timeoutMs: DRAIN_MS });
    } catch (error) {
      const isLate = error instanceof BusError && error.code === "cancelled";
      if (!isLate) throw error;
    }
  }

  /** Nothing that was accepted is without an end that can be looked up. */
  #account(): void {
    for (const id of this.#accepted) {
      const outcome = this.#bus.message(id)?.outcome;
      if (outcome === undefined || outcome === "pending") {
        this.problems.push(`accepted ${id} is ${outcome}`);
      }
    }
    for (const { message, outcome } of this.#bus.history()) {
      if (outcome === "pending") this.problems.push(`${message.id} is pending`);
    }
    const { pendingMessages } = this.#bus.stats();
    if (pendingMessages !== 0) this.problems.push(`${pendingMessages} pending`);
  }

  async #within(what: string, task: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`${what} took more than ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    );
    try {
      await Promise.race([task, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
