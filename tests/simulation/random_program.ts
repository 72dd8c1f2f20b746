import assert from "node:assert/strict";
import {
  type Agent,
  type Delivery,
  type Message,
  MessageBus,
  type Tasks,
} from "../../mod.ts";
import { seededRandom, VirtualClock } from "../../testing/mod.ts";
import { Books } from "./books.ts";
import { checkBooks, StartChecks } from "./bus_checks.ts";
import { Dice } from "./dice.ts";
import {
  type Consumer,
  copiesOf,
  type Instance,
  presenceOf,
} from "./presence.ts";
import {
  ACTS,
  AUDIT,
  NAMES,
  OVERFLOWS,
  PATTERNS,
  RULES,
  TOPICS,
} from "./random_choices.ts";
import { RandomWork } from "./random_work.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const TASKS: Tasks = {
  soon: (task) => void Promise.resolve().then(task),
  later: (task) => void Promise.resolve().then(task),
};

/** Lets everything happen that can without time going on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await undefined;
}

/**
 * A random program on a bus whose time stands still: agents that come and go,
 * every kind of message, every way to settle one, rules and wall clocks that
 * change. After each step the books are checked against what the bus tells of
 * itself; at the end everything is healed, drained, and must be zero.
 */
export class RandomProgram {
  readonly #dice: Dice;
  readonly #work: RandomWork;
  readonly #clock = new VirtualClock();
  readonly #bus: MessageBus;
  readonly #instances = new Set<Instance>();
  readonly #durableAgents = new Set<string>();
  /** Patterns of the subscriptions that outlive their consumers, by mailbox. */
  readonly #durable = new Map<string, string>();
  readonly #aborts = new Set<AbortController>();
  readonly #open = new Set<Promise<unknown>>();
  readonly #books = new Books();
  readonly #starts: StartChecks;
  #rules = 0;
  #replays = 0;
  #subscriptions = 0;

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#work = new RandomWork(
      this.#dice,
      (...start) => this.#started(...start),
    );
    const maxAttempts = this.#dice.int(1, 4);
    this.#starts = new StartChecks(this.#books, maxAttempts);
    this.#bus = new MessageBus({
      clock: this.#clock,
      random: seededRandom(seed + 1_000_000),
      tasks: TASKS,
      backpressure: { maxPending: this.#dice.int(5, 60), timeoutMs: 5_000 },
      delivery: {
        maxAttempts,
        ackTimeoutMs: this.#dice.int(50, 3_000),
        agingStepMs: this.#dice.int(1, 1_000),
      },
      mailbox: {
        maxMessages: this.#dice.int(1, 10),
        overflow: this.#dice.pick(OVERFLOWS),
      },
      history: { maxEntries: 50 },
      requestTimeoutMs: 2_000,
    });
    this.#books.read(this.#bus.events(), this.#clock);
    this.#bus.router.registerHandler("look", () => {});
    this.#bus.router.registerHandler("refuse", () => {
      throw new Error("refused by a rule");
    });
    const { agent } = this.#join(AUDIT);
    this.#receive(agent);
    for (const name of NAMES.slice(0, 3)) this.#join(name);
  }

  async step(): Promise<void> {
    const act = this.#dice.pick(ACTS);
    switch (act) {
      case "join":
        this.#join(this.#dice.pick(NAMES));
        break;
      case "leave":
        this.#leave();
        break;
      case "consume":
        await this.#consume();
        break;
      case "retire":
        this.#retire();
        break;
      case "send":
      case "publish":
      case "broadcast":
      case "request":
        this.#send(act);
        break;
      case "settle":
        this.#work.settleOne();
        break;
      case "abort":
        this.#abort();
        break;
      case "replay":
        this.#replay();
        break;
      case "rule":
        this.#changeRules();
        break;
      case "jump":
        this.#clock.setWall(
          this.#clock.now() + this.#dice.int(-DAY_MS, DAY_MS),
        );
        break;
      case "tick":
        await this.#clock.advance(this.#dice.int(0, 20));
        break;
      case "wait":
        await this.#clock.advance(this.#dice.int(100, 8_000));
        break;
    }
    await this.#settled();
    checkBooks(this.#bus, this.#books);
  }

  /** Heals everything, lets all work finish, and expects nothing to be left. */
  async end(): Promise<unknown> {
    this.#work.healed = true;
    const bus = this.#bus;
    for (const { id } of bus.router.rules()) bus.router.removeRule(id);
    this.#work.settleAll();
    await this.#settled();
    for (const instance of [...this.#instances]) {
      this.#instances.delete(instance);
      await instance.agent.close();
      await this.#settled();
    }
    for (const name of [AUDIT, ...NAMES]) await this.#serve(name);
    for (let turn = 0; turn < 10; turn++) await this.#clock.advance(MINUTE_MS);
    await Promise.all(this.#open);
    const drained = bus.drain();
    await this.#settled();
    await drained;
    checkBooks(bus, this.#books);
    const { pending, pendingBytes, waiting } = bus.backpressure.snapshot();
    assert.deepEqual([pending, pendingBytes, waiting], [0, 0, 0]);
    assert.equal(bus.requests.size, 0);
    for (const { name, mailboxDepth, inFlight } of bus.agents()) {
      assert.deepEqual([name, mailboxDepth, inFlight], [name, 0, 0]);
    }
    assert.ok(bus.history().every(({ outcome }) => outcome !== "pending"));
    await bus.close();
    await this.#books.done;
    assert.equal(this.#clock.timers, 0);
    return bus.stats();
  }

  /** Lets an agent come back, with a consumer for everything that may wait for it. */
  async #serve(name: string): Promise<void> {
    const instance = this.#join(name);
    this.#receive(instance.agent);
    await this.#settled();
    for (const [mailbox, pattern] of [...this.#durable]) {
      const [, owner, durable] = mailbox.split(" ");
      if (owner !== name) continue;
      await this.#subscribe(instance, pattern, { durable });
      await this.#settled();
    }
  }

  #join(name: string): Instance {
    const durable = !this.#work.healed && this.#dice.chance(0.15);
    const agent = this.#bus.agent(name, { durable });
    if (durable) this.#durableAgents.add(name);
    const instance = { agent, consumers: new Set<Consumer>() };
    this.#instances.add(instance);
    return instance;
  }

  #leave(): void {
    const instance = this.#dice.pick(this.#instances);
    if (!instance || instance.agent.name === AUDIT) return;
    this.#instances.delete(instance);
    void instance.agent.close();
  }

  async #consume(): Promise<void> {
    const instance = this.#dice.pick(this.#instances);
    if (!instance) return;
    const { agent, consumers } = instance;
    const { name } = agent;
    const how = this.#dice.int(0, 9);
    if (how < 3) return this.#receive(agent);
    if (how < 6) {
      const mailbox = `requests ${name}`;
      const subscription = agent.respond(
        (message, delivery) => this.#work.answer(mailbox, message, delivery),
        { concurrency: this.#dice.int(1, 3) },
      );
      consumers.add({ kind: "requests", mailbox, subscription });
      return;
    }
    const pattern = this.#dice.pick(PATTERNS);
    if (how < 8) return await this.#subscribe(instance, pattern, {});
    if (how < 9) {
      const queue = this.#dice.pick(["q1", "q2"]);
      return await this.#subscribe(instance, pattern, { queue });
    }
    // Of an agent that is forgotten, nothing shows what waits for its return.
    if (!this.#durableAgents.has(name)) return;
    const durable = `d${PATTERNS.indexOf(pattern)}`;
    return await this.#subscribe(instance, pattern, { durable });
  }

  #receive(agent: Agent): void {
    const instance = [...this.#instances].find((one) => one.agent === agent);
    const mailbox = `direct ${agent.name}`;
    const subscription = agent.receive(
      (message, delivery) => this.#work.handle(mailbox, message, delivery),
      { concurrency: this.#dice.int(1, 3) },
    );
    instance?.consumers.add({ kind: "direct", mailbox, subscription });
  }

  async #subscribe(
    { agent, consumers }: Instance,
    pattern: string,
    { queue, durable }: { queue?: string; durable?: string },
  ): Promise<void> {
    const mailbox = queue !== undefined
      ? `queue ${queue} ${pattern}`
      : durable !== undefined
      ? `durable ${agent.name} ${durable}`
      : `private ${++this.#subscriptions}`;
    const subscription = await agent.subscribe(
      pattern,
      (message, delivery) => this.#work.handle(mailbox, message, delivery),
      { queue, durable, concurrency: this.#dice.int(1, 3) },
    );
    if (durable !== undefined) this.#durable.set(mailbox, pattern);
    consumers.add({
      kind: "topic",
      mailbox,
      pattern,
      queue,
      durable,
      subscription,
    });
  }

  #retire(): void {
    const instance = this.#dice.pick(this.#instances);
    const consumer = instance && this.#dice.pick(instance.consumers);
    if (!consumer) return;
    instance.consumers.delete(consumer);
    void consumer.subscription.close();
  }

  #send(act: "send" | "publish" | "broadcast" | "request"): void {
    const instance = this.#dice.pick(this.#instances);
    if (!instance) return;
    const { agent } = instance;
    const abort = new AbortController();
    this.#aborts.add(abort);
    const options = {
      requiresAck: this.#dice.chance(0.5),
      priority: this.#dice.pick([0, 10, 50, 50, 50, 90]),
      signal: abort.signal,
      ...(this.#dice.chance(0.3) ? { ttlMs: this.#dice.int(0, 2_000) } : {}),
      ...(this.#dice.chance(0.1)
        ? { deduplicationId: this.#dice.pick(["x", "y"]) }
        : {}),
    };
    const payload = "p".repeat(this.#dice.int(0, 30));
    const to = this.#dice.pick(NAMES);
    const topic = this.#dice.pick(TOPICS);
    const sending: Promise<unknown> = act === "send"
      ? agent.send(to, payload, options)
      : act === "publish"
      ? agent.publish(topic, payload, options)
      : act === "broadcast"
      ? agent.broadcast(payload, options)
      : agent.request(to, payload, {
        ...options,
        timeoutMs: this.#dice.int(1, 3_000),
      });
    this.#await(sending.finally(() => this.#aborts.delete(abort)));
  }

  #abort(): void {
    const abort = this.#dice.pick(this.#aborts);
    if (abort) return abort.abort(new Error("enough"));
    const request = this.#dice.pick(this.#bus.requests.pending());
    if (request) this.#bus.requests.cancel(request.requestId);
  }

  #replay(): void {
    const { deadLetters } = this.#bus;
    const letter = this.#dice.pick([...deadLetters]);
    if (!letter) return;
    const { id, reason } = letter;
    const how = this.#dice.int(0, 9);
    if (how >= 3 && reason === "routing_failed") return;
    if (how > 3) return this.#replaying(deadLetters.replay(id));
    if (how === 3) return this.#replaying(deadLetters.replayAll({ reason }));
    // A letter that goes while its replay is under way is no event of a replay.
    if (this.#replays > 0) return;
    if (how === 0) deadLetters.clear();
    else deadLetters.discard(id);
  }

  #replaying(replay: Promise<unknown>): void {
    this.#replays++;
    this.#await(replay.finally(() => this.#replays--));
  }

  #changeRules(): void {
    const { router } = this.#bus;
    const rule = this.#dice.pick(router.rules());
    if (rule && this.#dice.chance(0.3)) {
      router.setEnabled(rule.id, !rule.enabled);
    } else if (rule && this.#dice.chance(0.6)) router.removeRule(rule.id);
    else {
      const rule = this.#dice.pick(RULES);
      const isForward = rule.action?.kind === "forward";
      router.addRule({
        id: `r${++this.#rules}`,
        priority: this.#dice.int(0, 100),
        // What is sent to it anyway would reach it twice.
        match: {
          sender: this.#dice.pick(NAMES),
          ...(isForward ? { type: "publish" } : {}),
        },
        ...rule,
      });
    }
  }

  /** Nothing is asserted inside a handler: what it throws is the bus's to handle. */
  #started(mailbox: string, message: Message, delivery: Delivery): void {
    const { redelivered } = delivery;
    const nowMs = this.#clock.monotonic();
    this.#books.later(() =>
      this.#starts.check(mailbox, message, { redelivered, nowMs })
    );
  }

  /** What has happened in this step is booked by who is there at its end. */
  async #settled(): Promise<void> {
    await settle();
    const presence = presenceOf(
      this.#instances,
      this.#durableAgents,
      this.#durable,
    );
    const rules = this.#bus.router.rules();
    this.#books.close((message) => copiesOf(message, rules, presence));
  }

  #await(promise: Promise<unknown>): void {
    const settled = promise.catch(() => {}).finally(() =>
      this.#open.delete(settled)
    );
    this.#open.add(settled);
  }
}
