import {
  type Agent,
  BusError,
  type Delivery,
  type Message,
  MessageBus,
  type Subscription,
  type Tasks,
} from "../../../mod.ts";
import { seededRandom } from "../../../testing/mod.ts";
import {
  type Act,
  type BusSettings,
  type Command,
  type ConsumeCommand,
  deliveryName,
  letterName,
  REFUSING_HANDLER,
  type SendCommand,
  type Start,
  TICK_MS,
} from "./commands.ts";
import { settle, StepClock } from "./step_clock.ts";
import { inOrder, type View } from "./views.ts";

const TASKS: Tasks = {
  soon: (task) => void Promise.resolve().then(task),
  later: (task) => void Promise.resolve().then(task),
};

/** Work of a handler that is not over. */
interface Work {
  readonly delivery: Delivery;
  readonly end: PromiseWithResolvers<string>;
}

/** A consumer, with the mailbox it takes from. */
interface Consumer {
  readonly instance: string;
  readonly subscription: Subscription;
}

/** The bus itself, told and asked the same as the model. */
export class RealBus {
  starts: Start[] = [];
  readonly settled = new Map<string, string>();
  readonly bus: MessageBus;
  readonly clock = new StepClock();
  readonly #settings: BusSettings;
  readonly #instances = new Map<string, Agent>();
  readonly #consumers = new Map<string, Consumer>();
  readonly #aborts = new Map<string, AbortController>();
  /** Every delivery there was, by name; those that are over have no end. */
  readonly #work = new Map<string, Work | undefined>();
  readonly #deliveries = new Map<string, Delivery>();
  /** Labels of the messages by what the bus calls them. */
  readonly #labels = new Map<string, string>();

  constructor(settings: BusSettings) {
    this.#settings = settings;
    this.bus = new MessageBus({
      clock: this.clock,
      random: seededRandom(1),
      tasks: TASKS,
      backpressure: {
        maxPending: settings.maxPending,
        maxPendingBytes: settings.maxPendingBytes,
        timeoutMs: settings.waitTimeoutMs,
      },
      delivery: {
        maxAttempts: settings.maxAttempts,
        ackTimeoutMs: settings.ackTimeoutMs,
        agingStepMs: settings.agingStepMs,
        retry: ({ attempts }) => settings.retryMs[attempts - 1],
      },
      mailbox: {
        maxMessages: settings.maxMessages,
        overflow: settings.overflow,
      },
      deadLetters: {
        maxEntries: settings.maxLetters,
        whenFull: settings.whenFull,
      },
      requestTimeoutMs: settings.requestTimeoutMs,
    });
    this.bus.router.registerHandler("look", () => {});
    this.bus.router.registerHandler(REFUSING_HANDLER, () => {
      throw new Error("refused by a rule");
    });
  }

  /** Does one command, and waits until nothing more happens without time going on. */
  async apply(command: Command): Promise<void> {
    this.starts = [];
    await this.clock.advance(TICK_MS);
    await this.#do(command);
    await settle();
  }

  /** The same that the model shows of itself. */
  view(): View {
    const { bus } = this;
    const { pending, pendingBytes, waiting } = bus.backpressure
      .snapshot();
    return {
      tally: this.#tally(),
      agents: bus.agents().toSorted((one, other) =>
        one.name < other.name ? -1 : 1
      ).map(({ lastSeen: _, subscriptions, ...agent }) => ({
        ...agent,
        subscriptions: inOrder(subscriptions),
      })),
      backpressure: { pending, pendingBytes, waiting },
      requests: bus.requests.pending().map(({ messageId, state }) => ({
        label: this.#labels.get(messageId) ?? "",
        state,
      })),
      letters: [...bus.deadLetters].map((letter) => {
        const { message, reason, attempts, agent } = letter;
        return letterName(labelOf(message), reason, attempts, agent);
      }),
      aborted: [...this.#work].filter(([, work]) =>
        work?.delivery.signal.aborted
      ).map(([id]) => id).sort(),
      rules: bus.router.rules().map(({ id }) => id),
    };
  }

  /** Every counter that is not 0. */
  #tally(): Map<string, number> {
    const { latencyMs: _, connectionErrors: __, ...stats } = this.bus.stats();
    const {
      pendingMessages: ___,
      deadLetters: ____,
      store: _____,
      ...counters
    } = stats;
    const { perTopic, perSender, perType, ...totals } = counters;
    const { totalWaits, totalTimeouts } = this.bus.backpressure.snapshot();
    const tally = new Map<string, number>();
    const add = (counts: Record<string, number>, prefix = "") => {
      for (const [name, count] of Object.entries(counts)) {
        if (count > 0) tally.set(prefix + name, count);
      }
    };
    add({ ...totals, totalWaits, totalTimeouts });
    add(perTopic, "topic ");
    add(perSender, "sender ");
    add(perType, "type ");
    for (const { id, matches } of this.bus.router.rules()) {
      if (matches > 0) tally.set(`rule ${id}`, matches);
    }
    return tally;
  }

  async #do(command: Command): Promise<void> {
    const { bus } = this;
    switch (command.do) {
      case "join": {
        const { id, name, durable } = command;
        this.#instances.set(id, bus.agent(name, { durable }));
        return;
      }
      case "leave":
        void this.#instances.get(command.instance)?.close();
        this.#instances.delete(command.instance);
        return;
      case "receive":
      case "respond":
      case "subscribe":
        return await this.#consume(command);
      case "retire":
        void this.#consumers.get(command.consumer)?.subscription.close();
        this.#consumers.delete(command.consumer);
        return;
      case "send":
      case "publish":
      case "broadcast":
      case "request":
        return this.#send(command);
      case "abort":
        this.#aborts.get(command.call)?.abort(new Error("enough"));
        return;
      case "cancel":
        return this.#cancel(command.call);
      case "settle":
        return this.#settleBy(command);
      case "rule":
        bus.router.addRule(command.rule);
        return;
      case "unrule":
        bus.router.removeRule(command.rule);
        return;
      case "enable":
        bus.router.setEnabled(command.rule, command.enabled);
        return;
      case "replay":
      case "discard":
        return this.#letter(command);
      case "clear":
        bus.deadLetters.clear();
        return;
      case "advance":
        return await this.clock.advance(command.ms);
      case "jump":
        return this.clock.jump(command.ms);
    }
  }

  async #consume(command: ConsumeCommand): Promise<void> {
    const { id, instance, pattern = "", queue, durable, settings } = command;
    const agent = this.#instances.get(instance);
    if (!agent) return;
    const run = (box: string) => (message: Message, delivery: Delivery) =>
      this.#started(id, box, message, delivery);
    const subscription = command.do === "receive"
      ? agent.receive(handlerOf(run("receive")), settings)
      : command.do === "respond"
      ? agent.respond(run("respond"), settings)
      : await agent.subscribe(pattern, handlerOf(run("subscribe")), {
        ...settings,
        queue,
        durable,
      });
    this.#consumers.set(id, { instance, subscription });
  }

  #send(command: SendCommand): void {
    const { id, instance, to, bytes, timeoutMs, ...rest } = command;
    const agent = this.#instances.get(instance);
    if (!agent) return;
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    const payload = id.padEnd(bytes - 2, ".");
    const options = { ...rest, signal: abort.signal };
    const sending = command.do === "send"
      ? agent.send(to, payload, options)
      : command.do === "publish"
      ? agent.publish(to, payload, options)
      : command.do === "broadcast"
      ? agent.broadcast(payload, options)
      : agent.request(to, payload, { ...options, timeoutMs });
    this.#await(id, sending);
    for (const { messageId, requestId } of this.bus.requests.pending()) {
      if (this.#labels.has(messageId)) continue;
      this.#labels.set(messageId, id).set(requestId, id);
    }
  }

  /** Notes how a call ends, in the words of the model. */
  #await(call: string, calling: Promise<string | Message>): void {
    calling.then((result) => {
      if (typeof result !== "string") {
        this.settled.set(call, `reply ${result.payload}`);
        return;
      }
      if (!this.#labels.has(result)) this.#labels.set(result, call);
      this.settled.set(call, `ok ${this.#labels.get(result)}`);
    }, (error) => {
      const code = error instanceof BusError ? error.code : "aborted";
      this.settled.set(call, code);
    });
  }

  #cancel(call: string): void {
    const { bus } = this;
    const found = bus.requests.pending().find(({ messageId }) =>
      this.#labels.get(messageId) === call
    );
    if (found) bus.requests.cancel(found.requestId);
  }

  #letter(command: Command & { do: "replay" | "discard" }): void {
    const { deadLetters } = this.bus;
    const letter = [...deadLetters].find(({ message }) =>
      labelOf(message) === command.letter
    );
    if (!letter) return;
    if (command.do === "discard") deadLetters.discard(letter.id);
    else {
      this.#labels.set(letter.message.id, command.letter);
      this.#await(command.id, deadLetters.replay(letter.id));
    }
  }

  #settleBy({ delivery: id, verb, delayMs, end }: Command & { do: "settle" }) {
    const delivery = this.#deliveries.get(id);
    if (verb === "ack") delivery?.ack();
    if (verb === "nack") delivery?.nack({ delayMs });
    if (verb === "reject") delivery?.reject("no");
    if (verb === "extend") delivery?.extend();
    if (end === "return") this.#work.get(id)?.end.resolve(id);
    if (end === "throw") this.#work.get(id)?.end.reject(new Error("thrown"));
  }

  #started(
    consumer: string,
    kind: string,
    message: Message,
    delivery: Delivery,
  ): unknown {
    const label = labelOf(message);
    const { id: messageId, requestId, attempt, priority } = message;
    this.#labels.set(messageId, label);
    if (requestId !== undefined) this.#labels.set(requestId, label);
    const id = deliveryName(label, consumer, this.#deliveries);
    this.#deliveries.set(id, delivery);
    const { redelivered } = delivery;
    const at = this.clock.monotonic();
    this.starts.push({ id, attempt, redelivered, priority, at });
    const act = this.#settings.act(label, kind, attempt);
    return this.#act(act, id, delivery);
  }

  #act(act: Act, id: string, delivery: Delivery): unknown {
    switch (act) {
      case "hold":
      case "hang":
        return this.#hold(id, delivery, act);
      case "return":
        return id;
      case "throw":
        throw new Error("thrown");
      case "fail":
        return Promise.reject(new Error("failed"));
      case "refuse":
        throw new BusError("rejected", "Cannot handle this as it is refused");
      case "ack":
        delivery.ack();
        return id;
      case "nack":
        delivery.nack();
        return id;
      case "reject":
        delivery.reject("no");
        return id;
    }
  }

  #hold(id: string, delivery: Delivery, act: Act): Promise<string> {
    const end = Promise.withResolvers<string>();
    this.#work.set(id, { delivery, end });
    if (act === "hold") {
      delivery.signal.addEventListener("abort", () => end.resolve(id));
    }
    return end.promise.finally(() => this.#work.delete(id));
  }
}

/** A handler whose result nobody looks at. */
function handlerOf(run: (message: Message, delivery: Delivery) => unknown) {
  return (message: Message, delivery: Delivery): void | Promise<void> => {
    const result = run(message, delivery);
    if (result instanceof Promise) return result;
  };
}

/** What a program calls a message: its payload, without what fills it up. */
function labelOf(message: Message | undefined): string {
  return String(message?.payload).replace(/\.+$/, "");
}
