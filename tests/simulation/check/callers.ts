import type { Call, Line } from "../history.ts";

/** An object of an agent's name, as its program sees it. */
export interface Instance {
  readonly instance: string;
  readonly agent: string;
  readonly process: string;
  readonly local: boolean;
  readonly durable: boolean;
  /** The life of the bus it joined first; a local one dies with it. */
  readonly bus: string;
  /** Its program has asked it to leave. */
  isLeaving: boolean;
}

/** A call that has not ended. */
export interface OpenCall {
  readonly what: Call;
  readonly by: Instance | undefined;
  readonly calledMs: number;
}

/** Told of what happens to programs, each time before it is forgotten. */
export interface CallWatcher {
  called?(call: OpenCall, line: Line): void;
  /** The call's own promise has settled. */
  ended?(
    call: OpenCall,
    line: Line & { readonly type: "resolved" | "rejected" },
  ): void;
  /** A promise has settled that was not open, or was of nobody. */
  strange?(
    call: number,
    line: Line & { readonly type: "resolved" | "rejected" | "piece" },
  ): void;
  piece?(call: OpenCall, line: Line & { readonly type: "piece" }): void;
  /** The program died: nobody will hear how the call ended. */
  lost?(call: OpenCall, line: Line): void;
  gone?(instance: Instance, line: Line): void;
}

/** Follows who is there, and which of their calls are open; forgets who has gone. */
export class Callers {
  /** Who is there, or was not said to have gone. */
  readonly instances: Map<string, Instance> = new Map();
  /** Calls that have not ended, in the order they began. */
  readonly open: Map<number, OpenCall> = new Map();
  readonly #watcher: CallWatcher;

  /** Follows programs for a watcher. */
  constructor(watcher: CallWatcher = {}) {
    this.#watcher = watcher;
  }

  /** Looks at the next line. */
  take(line: Line): void {
    switch (line.type) {
      case "joined": {
        const { instance, agent, process, local, durable, bus } = line;
        this.instances.set(instance, {
          instance,
          agent,
          process,
          local,
          durable,
          bus,
          isLeaving: false,
        });
        return;
      }
      case "leaving": {
        const instance = this.instances.get(line.instance);
        if (instance) instance.isLeaving = true;
        return;
      }
      case "left": {
        const instance = this.instances.get(line.instance);
        if (!instance) return;
        this.#watcher.gone?.(instance, line);
        this.instances.delete(line.instance);
        return;
      }
      case "process_killed":
        return this.#kill(line, ({ process }) => process === line.process);
      case "bus_ended":
        if (line.how === "closing") return;
        return this.#kill(line, ({ local, bus }) => local && bus === line.bus);
      case "called":
        return this.#call(line);
      case "piece": {
        const call = this.open.get(line.call);
        if (call) this.#watcher.piece?.(call, line);
        else this.#watcher.strange?.(line.call, line);
        return;
      }
      case "resolved":
      case "rejected":
        return this.#end(line);
    }
  }

  #call(line: Line & { readonly type: "called" }): void {
    const { what, atMs } = line;
    const by = this.instances.get(what.instance);
    const call: OpenCall = {
      what,
      by,
      calledMs: atMs,
    };
    this.open.set(what.call, call);
    this.#watcher.called?.(call, line);
  }

  #end(line: Line & { readonly type: "resolved" | "rejected" }): void {
    const call = this.open.get(line.call);
    if (!call) return void this.#watcher.strange?.(line.call, line);
    this.#watcher.ended?.(call, line);
    this.open.delete(line.call);
  }

  #kill(line: Line, isKilled: (instance: Instance) => boolean): void {
    for (const instance of [...this.instances.values()]) {
      if (!isKilled(instance)) continue;
      this.#watcher.gone?.(instance, line);
      this.instances.delete(instance.instance);
    }
    // Those of instances that had left among them, and of whoever is no
    // instance, as he calls the bus itself.
    for (const call of [...this.open.values()]) {
      const isLost = call.by ? isKilled(call.by) : line.type === "bus_ended";
      if (!isLost) continue;
      this.#watcher.lost?.(call, line);
      this.open.delete(call.what.call);
    }
  }
}
