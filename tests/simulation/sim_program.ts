import { type Agent, BusError, connect, type Subscription } from "../../mod.ts";
import type { CallLog } from "./call_log.ts";
import { Dice } from "../support/dice.ts";
import type { ConsumerFacts } from "./history.ts";
import type { SimProcess } from "./net/sim_process.ts";
import { type Action, PATTERNS, type Slot } from "./plan.ts";
import type { SimHost } from "./sim_host.ts";
import { sendFrom, sendMalformed, sendPlain } from "./sim_sends.ts";
import type { SimWork, Worker } from "./sim_work.ts";
import type { World } from "./world.ts";

/** What all programs of a run share. */
export interface Scene {
  readonly world: World;
  readonly host: SimHost;
  readonly work: SimWork;
  readonly calls: CallLog;
  /** The living process of this name, started if there is none. */
  readonly processOf: (name: string) => SimProcess;
  /** Numbers for what is made, in order. */
  readonly nextOf: (kind: "consumer" | "instance") => number;
  readonly random: (purpose: string) => Dice;
  /** Durable subscriptions that somebody has made: pattern by `agent name`. */
  readonly durables: Map<string, string>;
}

/** A consumer that the program has. */
interface Held {
  readonly facts: ConsumerFacts;
  readonly subscription: Subscription;
}

/** An agent that has joined. */
interface Member {
  readonly agent: Agent;
  readonly instance: string;
  readonly process: SimProcess;
  readonly durable: boolean;
  readonly consumers: Map<number, Held>;
}

type Kind = ConsumerFacts["kind"];

/** One agent's program: it does what the plan says, as far as it can at that time, and writes down what it sees. */
export class SimProgram {
  readonly #slot: Slot;
  readonly #scene: Scene;
  #member: Member | undefined;
  /** The process in which it is about to join. */
  #joining: SimProcess | undefined;

  /** Has not joined. */
  constructor(slot: Slot, scene: Scene) {
    this.#slot = slot;
    this.#scene = scene;
  }

  /** Whether it has joined, and its process lives. */
  get joined(): boolean {
    return this.#alive !== undefined;
  }

  /** Joins, and takes in what most programs do. */
  async begin(seed: number): Promise<void> {
    const dice = new Dice(seed);
    await this.#join(dice.chance(0.15));
    this.#attach("direct", dice);
    if (dice.chance(0.6)) this.#attach("requests", dice);
    if (dice.chance(0.6)) this.#attach("topic", dice);
  }

  /** Does one thing. */
  do({ kind, seed }: Action): void {
    const dice = new Dice(seed);
    const member = this.#alive;
    switch (kind) {
      case "join":
        return void this.#join(dice.chance(0.2));
      case "leave":
      case "drain":
        if (member) void this.#leave(member, kind);
        return;
      case "attach":
        if (member && member.consumers.size >= MAX_CONSUMERS) return;
        return this.#attach(dice.weighted(KINDS), dice);
      case "detach":
        if (member) this.#detach(member, dice);
        return;
      case "send":
      case "publish":
      case "broadcast":
      case "request":
      case "stream":
        if (member) void sendFrom(this.#sender(member), kind, dice, seed);
        return;
      case "malformed":
        if (member) sendMalformed(this.#sender(member), dice, seed);
        return;
      case "cancel":
        if (member) this.#scene.calls.cancel(member.instance, dice);
    }
  }

  /** Comes back if it is away, and takes in everything that may wait for its name. */
  async heal(): Promise<void> {
    await this.#join(false);
    const dice = this.#scene.random(`heal ${this.#slot.name}`);
    this.#attach("direct", dice);
    for (const [key, pattern] of this.#scene.durables) {
      const [agent, durable] = key.split(" ");
      if (agent !== this.#slot.name) continue;
      this.#attach("topic", dice, { pattern, durable });
    }
  }

  /** Sends to its own name, in both modes. @returns Whether that is taken in. */
  async serves(): Promise<boolean> {
    const member = this.#alive;
    if (!member) return false;
    const { name } = this.#slot;
    const sender = this.#sender(member);
    const first = await sendPlain(sender, name, false);
    return first && await sendPlain(sender, name, true);
  }

  /** Leaves, if it is there. */
  async leave(): Promise<void> {
    const member = this.#alive;
    if (member) await this.#leave(member, "leave");
  }

  /** The member whose process lives. */
  get #alive(): Member | undefined {
    return this.#member?.process.alive ? this.#member : undefined;
  }

  #sender(member: Member) {
    return { ...member, calls: this.#scene.calls };
  }

  async #join(durable: boolean): Promise<void> {
    if (this.#joining?.alive || this.joined) return;
    const { world, host, processOf, nextOf } = this.#scene;
    const { name, local } = this.#slot;
    const process = local ? host.process : processOf(this.#slot.process);
    if (!process) return;
    const instance = `${name}#${nextOf("instance")}`;
    this.#joining = process;
    try {
      const agent = local
        ? this.#joinHere(durable)
        : await this.#connect(process, instance, durable);
      if (!agent || !process.alive) return;
      const bus = host.lifeName;
      const facts = { instance, agent: name, process: process.name };
      world.record({ type: "joined", ...facts, durable, local, bus });
      const consumers = new Map();
      this.#member = { agent, process, instance, durable, consumers };
    } catch {
      // Nobody to join: a later action tries again.
    } finally {
      this.#joining = undefined;
    }
  }

  #joinHere(durable: boolean): Agent | undefined {
    const { bus } = this.#scene.host;
    if (bus?.state !== "open") return undefined;
    return bus.agent(this.#slot.name, { durable });
  }

  async #connect(
    process: SimProcess,
    instance: string,
    durable: boolean,
  ): Promise<Agent> {
    const { world, host, random } = this.#scene;
    return await connect(host.transportFor(process), {
      name: this.#slot.name,
      durable,
      checksums: this.#slot.checksums,
      clock: process.clock,
      tasks: process.tasks(world.tasks),
      random: random(instance),
      reconnect: { minDelayMs: 10, maxDelayMs: 1_000 },
      sendTimeoutMs: 2_000,
    });
  }

  async #leave(member: Member, how: "leave" | "drain"): Promise<void> {
    const { instance, agent, process } = member;
    const { world } = this.#scene;
    world.record({ type: "leaving", instance });
    this.#member = undefined;
    await (how === "drain" ? agent.drain() : agent.close());
    if (process.alive) world.record({ type: "left", instance });
  }

  #attach(
    kind: Kind,
    dice: Dice,
    topic: { pattern: string; durable?: string } = this.#drawTopic(dice),
  ): void {
    const member = this.#alive;
    if (!member) return;
    const { world, nextOf } = this.#scene;
    const { instance, process } = member;
    const consumer = nextOf("consumer");
    const facts: ConsumerFacts = {
      consumer,
      instance,
      agent: this.#slot.name,
      kind,
      ...(kind === "topic" ? topic : {}),
      ...consumerOptions(kind, dice),
    };
    world.record({ type: "attaching", consumer: facts });
    const sendOn = (token: number) => {
      const further = dice.fork(token);
      const verb = further.pick(["send", "publish"] as const);
      return sendFrom(this.#sender(member), verb, further, token);
    };
    const worker: Worker = { facts, process, sendOn };
    try {
      void this.#begin(member, worker);
    } catch {
      // The bus has closed meanwhile.
    }
  }

  async #begin(member: Member, worker: Worker): Promise<void> {
    const { world, work, durables } = this.#scene;
    const { agent, process, consumers } = member;
    const { facts } = worker;
    const { consumer, kind, pattern = ">", durable } = facts;
    const attached = (subscription: Subscription) => {
      consumers.set(consumer, { facts, subscription });
      if (process.alive) world.record({ type: "attached", consumer });
    };
    try {
      if (kind === "inbox") return await this.#loop(member, worker);
      if (kind === "topic") {
        if (durable) durables.set(`${facts.agent} ${durable}`, pattern);
        return attached(await this.#subscribe(member, worker));
      }
      const subscription = kind === "direct"
        ? agent.receive(
          (message, delivery) => work.handle(worker, message, delivery),
          facts,
        )
        : agent.respond(
          (message, delivery) => work.answer(worker, message, delivery),
          { ...facts, topic: facts.pattern },
        );
      // Over a connection nobody is told when it is there.
      if (this.#slot.local) attached(subscription);
      else consumers.set(consumer, { facts, subscription });
    } catch {
      // Refused, or the agent has left: it is not attached.
    }
  }

  /** Tries again, if the bus does not answer, where something may wait for its return. */
  async #subscribe(member: Member, worker: Worker): Promise<Subscription> {
    const { facts } = worker;
    const { pattern = ">", durable } = facts;
    for (;;) {
      try {
        return await member.agent.subscribe(
          pattern,
          (message, delivery) =>
            this.#scene.work.handle(worker, message, delivery),
          facts,
        );
      } catch (error) {
        const isLost = error instanceof BusError &&
          error.code === "unreachable";
        if (!isLost || durable === undefined) throw error;
      }
    }
  }

  async #loop({ agent, process }: Member, worker: Worker): Promise<void> {
    const { world, work } = this.#scene;
    const { consumer } = worker.facts;
    let left = INBOX_TURNS;
    for await (const delivery of agent.inbox(worker.facts)) {
      if (!process.alive) return;
      try {
        await work.handle(worker, delivery.message, delivery);
        delivery.ack();
      } catch {
        delivery.nack();
      }
      if (--left === 0) break;
    }
    if (process.alive) world.record({ type: "detached", consumer });
  }

  #drawTopic(
    dice: Dice,
  ): { pattern: string; queue?: string; durable?: string } {
    const pattern = dice.pick(PATTERNS);
    const how = dice.int(0, 9);
    if (how < 3) return { pattern, queue: dice.pick(["q1", "q2"]) };
    // Of an agent that is forgotten, nothing could take in what waits for its return.
    const canKeep = this.#alive?.durable && how < 6;
    return canKeep
      ? { pattern, durable: `d${PATTERNS.indexOf(pattern)}` }
      : { pattern };
  }

  #detach({ consumers, process }: Member, dice: Dice): void {
    const [consumer, held] = dice.pick(consumers) ?? [];
    if (consumer === undefined || !held) return;
    const { world } = this.#scene;
    const how = dice.pick(["close", "drain"] as const);
    consumers.delete(consumer);
    world.record({ type: "detaching", consumer, how });
    const done = how === "close"
      ? held.subscription.close()
      : held.subscription.drain();
    void done.then(() => {
      if (process.alive) world.record({ type: "detached", consumer });
    });
  }
}

const KINDS: Readonly<Record<Kind, number>> = {
  direct: 3,
  requests: 3,
  topic: 5,
  inbox: 1,
};
const MAX_CONSUMERS = 8;
const INBOX_TURNS = 20;

function consumerOptions(kind: Kind, dice: Dice) {
  const isTopic = kind === "topic";
  return {
    concurrency: dice.int(1, 4),
    ...(dice.chance(0.2) ? { maxAttempts: dice.int(1, 3) } : {}),
    ...(dice.chance(0.2) ? { ackTimeoutMs: dice.int(20, 500) } : {}),
    ...(isTopic && dice.chance(0.2) ? { maxMessages: dice.int(1, 5) } : {}),
    ...(isTopic && dice.chance(0.2)
      ? { overflow: dice.pick(["wait", "drop-oldest", "drop-newest"] as const) }
      : {}),
  };
}
