import {
  BusError,
  type Change,
  type Delivery,
  type Message,
  MessageBus,
  type MessageBusOptions,
  type Store,
} from "../../mod.ts";
import { memoryStore } from "../../storage/memory_store.ts";

/** How a send is made that outlives the process. */
export const KEEP = { requiresAck: true } as const;

/** A store whose bus can end as a killed process does: what it is told afterwards is lost. */
export class MortalStore implements Store {
  readonly name = "mortal";
  readonly #kept: Store;
  #isDead = false;
  /** Fails the next commits that are not urgent. */
  isFull = false;
  /** Fails all. */
  isBroken = false;
  /** Held back until it resolves. */
  held: Promise<void> | undefined;
  readonly commits: (readonly Change[])[] = [];

  constructor(kept: Store) {
    this.#kept = kept;
  }

  get size() {
    return this.#kept.size;
  }

  open() {
    return this.#kept.open();
  }

  async commit(
    changes: readonly Change[],
    options: { readonly urgent?: boolean } = {},
  ): Promise<void> {
    await this.held;
    if (this.#isDead) throw new BusError("storage", "Nobody is there");
    if (this.isBroken || (this.isFull && !options.urgent)) {
      throw new BusError("storage", "Cannot keep it as the disk is full");
    }
    this.commits.push(changes);
    await this.#kept.commit(changes);
  }

  async kill(): Promise<void> {
    this.#isDead = true;
    await this.#kept.close();
  }

  close() {
    return this.#isDead ? Promise.resolve() : this.#kept.close();
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }
}

/** A bus, and its store. */
export interface Life {
  readonly bus: MessageBus;
  readonly store: MortalStore;
}

/** One life after the other of a bus on the same store, each ended as a killed process is. */
export async function inLives(
  lives: readonly ((life: Life) => Promise<void>)[],
  options: MessageBusOptions = {},
): Promise<void> {
  const kept = memoryStore();
  for (const live of lives) {
    const store = new MortalStore(kept);
    const bus = new MessageBus({ ...options, store });
    await bus.ready();
    await live({ bus, store });
    await store.kill();
    await bus.close();
  }
}

/** The next `count` that an agent is handed, by its inbox. */
export async function take(
  bus: MessageBus,
  name: string,
  count: number,
): Promise<Delivery[]> {
  const deliveries = bus.agent(name, { durable: true })
    .inbox({ concurrency: count })[Symbol.asyncIterator]();
  const taken: Delivery[] = [];
  // Not left: what it has in hand is to be settled.
  while (taken.length < count) taken.push((await deliveries.next()).value);
  return taken;
}

/** What the messages say. */
export const payloads = (taken: readonly { message: Message }[]) =>
  taken.map(({ message }) => message.payload);
