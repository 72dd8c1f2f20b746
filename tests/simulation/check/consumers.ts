import type { ConsumerFacts, Line } from "../history.ts";

/** A consumer that its program has. */
export interface HeldConsumer {
  readonly facts: ConsumerFacts;
  /** In the process of the bus. */
  readonly local: boolean;
  /** The life of the bus that its agent joined first; a local one dies with it. */
  readonly bus: string;
  /** How many lines there were when it began to attach. */
  readonly beganAt: number;
  /** How many lines there were when it was known to be attached. */
  attachedAt: number | undefined;
}

interface Instance {
  readonly process: string;
  readonly local: boolean;
  readonly bus: string;
  readonly consumers: Set<number>;
}

/** Follows which consumers programs have; one that is to end, or whose agent is to leave, is theirs no more. */
export class Consumers {
  /** Consumers that programs have, attached or about to be. */
  readonly held: Map<number, HeldConsumer> = new Map();
  /** All that ever were: a handler may go on after its consumer has ended. */
  readonly facts: Map<number, ConsumerFacts> = new Map();
  readonly #instances = new Map<string, Instance>();
  #lines = 0;

  /** Lines seen: what came after what. */
  get now(): number {
    return this.#lines;
  }

  /** Looks at the next line. */
  take(line: Line): void {
    this.#lines++;
    switch (line.type) {
      case "joined": {
        const { process, local, bus } = line;
        const consumers = new Set<number>();
        this.#instances.set(line.instance, { process, local, bus, consumers });
        return;
      }
      case "attaching":
        return this.#add(line.consumer);
      case "attached": {
        const held = this.held.get(line.consumer);
        if (held) held.attachedAt = this.#lines;
        return;
      }
      case "detaching":
      case "detached":
        this.held.delete(line.consumer);
        return;
      case "leaving":
      case "left":
        return this.#end(line.instance);
      case "process_killed":
        return this.#endAll(({ process }) => process === line.process);
      case "bus_ended":
        this.#endAll(({ local, bus }) => local && bus === line.bus);
    }
  }

  #add(facts: ConsumerFacts): void {
    const { consumer, instance } = facts;
    this.facts.set(consumer, facts);
    const owner = this.#instances.get(instance);
    const { local = false, bus = "" } = owner ?? {};
    owner?.consumers.add(consumer);
    const times = { beganAt: this.#lines, attachedAt: undefined };
    this.held.set(consumer, { facts, local, bus, ...times });
  }

  #endAll(isEnded: (instance: Instance) => boolean): void {
    for (const [name, instance] of this.#instances) {
      if (isEnded(instance)) this.#end(name);
    }
  }

  #end(name: string): void {
    const instance = this.#instances.get(name);
    this.#instances.delete(name);
    for (const consumer of instance?.consumers ?? []) {
      this.held.delete(consumer);
    }
  }
}
