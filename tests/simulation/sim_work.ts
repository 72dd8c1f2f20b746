import { sleep } from "../../core/clock.ts";
import { BusError, type Delivery, type Message } from "../../mod.ts";
import { Dice, mix } from "../support/dice.ts";
import type { ConsumerFacts, Entry } from "./history.ts";
import type { SimProcess } from "./net/sim_process.ts";
import { factsOf, replyOf } from "./payloads.ts";
import type { Act, Plan } from "./plan.ts";
import type { World } from "./world.ts";

/** Who handles, and what else it can do. */
export interface Worker {
  readonly facts: ConsumerFacts;
  readonly process: SimProcess;
  /** Sends a further message, made of the given token. */
  readonly sendOn: (token: number) => Promise<void>;
}

/** How a handler's work ended, as the history has it. */
type How = (Entry & { type: "handled" })["how"];
type Verb = (Entry & { type: "settling" })["verb"];

/** Pieces of most answers that come in pieces. */
const FEW = 4;

/**
 * What handlers and responders do with a delivery: drawn from the message's
 * token and attempt, so that it does not depend on what else happens. Once
 * healed, they all do what they should.
 */
export class SimWork {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #healing = Promise.withResolvers<void>();
  #isHealed = false;
  #handlings = 0;
  readonly #running = new Map<number, SimProcess>();
  #furtherSends = 0;

  /** Nothing is handled yet. */
  constructor(world: World, plan: Plan) {
    this.#world = world;
    this.#plan = plan;
  }

  /** Handlers of living processes that are at work. */
  get running(): number {
    for (const [handling, { alive }] of this.#running) {
      if (!alive) this.#running.delete(handling);
    }
    return this.#running.size;
  }

  /** From now on everything is handled at once, and nothing hangs any more. */
  heal(): void {
    this.#isHealed = true;
    this.#healing.resolve();
  }

  /** A handler of messages, publishes, or an inbox's deliveries. */
  async handle(
    worker: Worker,
    message: Message,
    delivery: Delivery,
  ): Promise<void> {
    await this.#run(worker, message, delivery, async (job) => {
      await job.act();
    });
  }

  /** A responder: what it answers is made of the request's token; an even one is answered in pieces. */
  async answer(
    worker: Worker,
    message: Message,
    delivery: Delivery,
  ): Promise<unknown> {
    return await this.#run(worker, message, delivery, async (job) => {
      await job.act();
      const { token } = job;
      return token % 2 === 0 ? job.stream() : replyOf(token);
    });
  }

  async #run<T>(
    worker: Worker,
    message: Message,
    delivery: Delivery,
    work: (job: Job) => Promise<T>,
  ): Promise<T> {
    const { process, facts } = worker;
    const handling = ++this.#handlings;
    const shown = factsOf(message);
    const record = (entry: Entry) => {
      if (process.alive) this.#world.record(entry);
    };
    record({
      type: "handling",
      handling,
      consumer: facts.consumer,
      message: shown,
      redelivered: delivery.redelivered,
    });
    const purpose = `${shown.token} ${shown.attempt} ${facts.kind}`;
    const job = new Job({
      dice: new Dice(mix(this.#plan.seed, purpose)),
      token: shown.token,
      acts: this.#isHealed ? undefined : this.#plan.acts,
      healing: this.#healing.promise,
      worker,
      delivery,
      settling: (verb, delayMs) =>
        record({ type: "settling", handling, verb, delayMs }),
      mayGoOn: () => this.#furtherSends++ < FURTHER_SENDS,
    });
    this.#watch(delivery, handling, record);
    this.#running.set(handling, process);
    const end = (how: How) => {
      this.#running.delete(handling);
      record({ type: "handled", handling, how });
    };
    job.onStreamed = () => end("returned");
    try {
      const result = await work(job);
      // An answer in pieces is work until its last one.
      if (!job.streams) end("returned");
      return result;
    } catch (error) {
      const isRejection = error instanceof BusError &&
        error.code === "rejected";
      end(isRejection ? "threw_rejected" : "threw");
      throw error;
    }
  }

  #watch(
    { signal }: Delivery,
    handling: number,
    record: (entry: Entry) => void,
  ): void {
    const tell = () => {
      const { reason } = signal;
      const code = reason instanceof BusError ? reason.code : "unknown";
      record({ type: "aborted", handling, code });
    };
    signal.addEventListener("abort", tell, { once: true });
  }
}

const FURTHER_SENDS = 60;

interface JobParts {
  readonly dice: Dice;
  readonly token: number;
  /** How often what is done; nothing but returning once healed. */
  readonly acts: Plan["acts"] | undefined;
  readonly healing: Promise<void>;
  readonly worker: Worker;
  readonly delivery: Delivery;
  readonly settling: (verb: Verb, delayMs?: number) => void;
  readonly mayGoOn: () => boolean;
}

/** One handler's work on one delivery. */
class Job {
  readonly token: number;
  /** Whether its answer comes in pieces. */
  streams = false;
  /** Told when the last piece has gone, or nobody wants the next. */
  onStreamed: () => void = () => {};
  readonly #parts: JobParts;

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.token = parts.token;
  }

  /** Does what is drawn. Returns, or throws, as the handler should. */
  async act(): Promise<void> {
    const { dice, acts } = this.#parts;
    if (acts) await this.#do(dice.weighted<Act>(acts));
  }

  async #do(act: Act): Promise<void> {
    const { dice, worker, mayGoOn } = this.#parts;
    switch (act) {
      case "return":
        return;
      case "work":
        return await this.#wait(dice.int(0, 80));
      case "ack_early":
        this.#say("ack");
        return await this.#wait(dice.int(0, 200));
      case "ack_late":
        await this.#wait(dice.int(0, 4_000));
        return this.#say("ack");
      case "nack":
        return this.#say("nack", dice.pick([0, 0, 5, 300]));
      case "reject":
        return this.#say("reject");
      case "throw":
        await this.#wait(dice.pick([0, 20]));
        throw new Error("thrown");
      case "throw_rejected":
        throw new BusError("rejected", "refused for good");
      case "extend":
        for (let turn = 0; turn < 3; turn++) {
          await this.#wait(dice.int(10, 900));
          this.#say("extend");
        }
        return;
      case "hang":
        return await this.#hang(dice.chance(0.5));
      case "send_on":
        if (mayGoOn()) await worker.sendOn(this.#further());
    }
  }

  /** An answer in pieces. */
  stream(): AsyncIterable<unknown> {
    this.streams = true;
    return this.#pieces();
  }

  /** Some pieces: a few, or more than may be on their way; at once, or with pauses. */
  async *#pieces(): AsyncGenerator<unknown> {
    const { dice, acts } = this.#parts;
    const count = dice.chance(0.1) ? dice.int(70, 150) : dice.int(0, FEW);
    const pauses = acts !== undefined && dice.chance(0.3);
    try {
      for (let index = 0; index < count; index++) {
        const isPause = pauses && dice.chance(0.2);
        await (isPause ? this.#wait(dice.pick([1, 80, 3_000])) : undefined);
        yield { ...replyOf(this.token), index };
      }
    } finally {
      this.onStreamed();
    }
  }

  /** A token that no other message has: made of this one's, who handles it, and which attempt that is. */
  #further(): number {
    const { token, worker: { facts }, delivery: { message } } = this.#parts;
    return mix(token, `${facts.consumer} ${message.id} ${message.attempt}`);
  }

  #say(verb: Verb, delayMs?: number): void {
    const { delivery, settling, worker } = this.#parts;
    if (!worker.process.alive) return;
    settling(verb, delayMs);
    if (verb === "ack") delivery.ack();
    else if (verb === "nack") delivery.nack({ delayMs });
    else if (verb === "reject") delivery.reject("no");
    else delivery.extend();
  }

  async #wait(ms: number): Promise<void> {
    await sleep(this.#parts.worker.process.clock, ms);
  }

  /** Works on until it is told to stop; if it is deaf, until all is healed. */
  async #hang(isDeaf: boolean): Promise<void> {
    const { delivery: { signal }, healing } = this.#parts;
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve(), { once: true })
    );
    await (isDeaf || signal.aborted
      ? healing
      : Promise.race([aborted, healing]));
  }
}
