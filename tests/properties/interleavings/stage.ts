import {
  type Agent,
  type BusEvent,
  connect,
  type Listener,
  MessageBus,
  type MessageBusOptions,
  type Overflow,
  type Subscription,
} from "../../../mod.ts";
import { CuttableTransport } from "../../support/cuttable_transport.ts";
import { Dice } from "../../support/dice.ts";
import { Ledger } from "./ledger.ts";
import { Schedule } from "./schedule.ts";
import { type Owner, Work } from "./work.ts";

/** How agents reach their bus. */
export type Way = "in process" | "over a connection";

/** An agent with what handles its messages. */
export interface Member {
  readonly agent: Agent;
  /** Whose handlers must not start once it has left. */
  readonly owners: Owner[];
}

const OVERFLOWS: readonly [Overflow, ...Overflow[]] = [
  "wait",
  "reject",
  "drop-oldest",
  "drop-newest",
];
const SETUP_MS = 60_000;

/**
 * A small, narrow bus with two agents, a delivery in hand, two dead letters and
 * a rule: something for every call to meet.
 */
export class Stage {
  readonly dice: Dice;
  readonly schedule: Schedule;
  readonly work: Work;
  readonly bus: MessageBus;
  readonly ledger: Ledger;
  readonly transport = new CuttableTransport();
  /** Every agent, so that all of them leave in the end. */
  readonly members: Member[] = [];
  /** Given to calls that can be given up. */
  readonly giveUp = new AbortController();
  readonly #way: Way;
  #named = 0;
  #parts: StageParts | undefined;

  private constructor(
    seed: number,
    way: Way,
    onEvent?: (event: BusEvent) => void,
  ) {
    this.#way = way;
    this.dice = new Dice(seed);
    this.schedule = new Schedule(this.dice);
    this.work = new Work(this.dice, this.schedule);
    const maxAttempts = this.dice.int(1, 3);
    const maxMessages = this.dice.int(1, 3);
    this.bus = new MessageBus(this.#options(maxAttempts, maxMessages));
    this.ledger = new Ledger(this.bus, maxAttempts, onEvent);
    this.ledger.room.maxMessages = maxMessages;
    this.schedule.onIdle = () => {
      // A closed bus tells nothing any more.
      if (this.bus.state !== "closed") this.ledger.checkStill();
    };
  }

  /** A stage on which everything is in its place. */
  static async open(
    seed: number,
    way: Way,
    onEvent?: (event: BusEvent) => void,
  ): Promise<Stage> {
    const stage = new Stage(seed, way, onEvent);
    let error: unknown = "it takes too long";
    stage.#setUp().catch((thrown) => error = thrown);
    const isReady = () => stage.#parts !== undefined;
    if (await stage.schedule.run(isReady, SETUP_MS)) return stage;
    throw new Error(`The stage was not set up: ${error}`, { cause: error });
  }

  /** What calls are made on. */
  get parts(): StageParts {
    if (!this.#parts) throw new Error("The stage is not set up");
    return this.#parts;
  }

  /** A name of its own. */
  name(kind: string): string {
    return `${kind}-${++this.#named}`;
  }

  /** Somebody whose handlers are watched. */
  owner(kind: string, member?: Member): Owner {
    const owner = { name: this.name(kind), ended: false };
    member?.owners.push(owner);
    return owner;
  }

  /** Joins in the way that is tested. */
  async join(name: string, way: Way = this.#way): Promise<Member> {
    const { schedule, dice, transport } = this;
    const agent = way === "in process"
      ? this.bus.agent(name)
      : await connect(transport, {
        name,
        clock: schedule,
        random: dice,
        tasks: schedule,
      });
    const member = { agent, owners: [] };
    this.members.push(member);
    return member;
  }

  #options(maxAttempts: number, maxMessages: number): MessageBusOptions {
    const { dice, schedule } = this;
    return {
      clock: schedule,
      random: dice,
      tasks: schedule,
      requestTimeoutMs: 2_000,
      backpressure: {
        maxPending: dice.pick([1, 2, 3, 6]),
        timeoutMs: 5_000,
      },
      mailbox: {
        maxMessages,
        overflow: dice.pick(OVERFLOWS),
      },
      delivery: {
        ackTimeoutMs: dice.int(100, 3_000),
        maxAttempts,
      },
      deadLetters: {
        maxEntries: dice.int(3, 6),
        whenFull: dice.pick(["stop", "evict-oldest"]),
      },
    };
  }

  async #setUp(): Promise<void> {
    const { bus, work } = this;
    this.#setUpRules();
    // Kept as a letter: nobody serves the name.
    await bus.send({
      type: "direct",
      sender: "outsider",
      recipient: "nobody",
      payload: "lost",
    });
    const listener = await bus.listen(this.transport);
    const caller = await this.join("caller");
    const worker = await this.join("worker");
    caller.agent.receive(work.handlerOf(this.owner("caller", caller)));
    const receiving = this.owner("receive", worker);
    const received = worker.agent.receive(
      work.handlerOf(receiving),
      { concurrency: 2 },
    );
    worker.agent.respond(work.responderOf(this.owner("respond", worker)));
    const subscribing = this.owner("subscribe", worker);
    const subscribed = await worker.agent.subscribe(
      "jobs.>",
      work.handlerOf(subscribing),
    );
    await caller.agent.send("worker", "reject", { requiresAck: true });
    while (bus.deadLetters.size < 2) await this.schedule.pass(1);
    await caller.agent.send("worker", "hold", { requiresAck: true });
    while (!work.held) await this.schedule.pass(1);
    this.#parts = {
      listener,
      caller,
      worker,
      received,
      receiving,
      subscribed,
      subscribing,
    };
  }

  #setUpRules(): void {
    const { router } = this.bus;
    router.registerHandler("look", () => this.schedule.turn());
    if (this.dice.chance(0.5)) return;
    router.addRule({ id: "standing", priority: 50, handler: "look" });
  }
}

/** What calls are made on. */
export interface StageParts {
  readonly listener: Listener;
  readonly caller: Member;
  readonly worker: Member;
  /** The worker's direct messages. */
  readonly received: Subscription;
  readonly receiving: Owner;
  /** Its publishes. */
  readonly subscribed: Subscription;
  readonly subscribing: Owner;
}
