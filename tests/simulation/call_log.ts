import { BusError } from "../../mod.ts";
import type { Dice } from "../support/dice.ts";
import type { Call, Entry } from "./history.ts";
import type { SimProcess } from "./net/sim_process.ts";
import type { World } from "./world.ts";

/** Who calls, and where that runs. */
export interface Caller {
  readonly instance: string;
  readonly process: SimProcess;
}

/** What a call resolved with, as the history has it. */
export type Answer = Partial<
  Pick<Entry & { type: "resolved" }, "id" | "reply">
>;

interface OpenCall {
  readonly caller: Caller;
  readonly controller: AbortController;
}

/** Writes down every call of a program, and how it ended, once. */
export class CallLog {
  readonly #world: World;
  readonly #open = new Map<number, OpenCall>();
  #calls = 0;

  /** Nothing is called yet. */
  constructor(world: World) {
    this.#world = world;
  }

  /** Calls of living processes that have not ended. */
  get open(): number {
    let count = 0;
    for (const [call, { caller }] of this.#open) {
      if (caller.process.alive) count++;
      else this.#open.delete(call);
    }
    return count;
  }

  /** Makes a call, whose program may give it up. */
  make(
    caller: Caller,
    what: Omit<Call, "call" | "instance">,
    run: (signal: AbortSignal, call: number) => Promise<Answer>,
  ): Promise<void> {
    const call = ++this.#calls;
    const controller = new AbortController();
    this.#open.set(call, { caller, controller });
    const { instance } = caller;
    this.#world.record({ type: "called", what: { call, instance, ...what } });
    const { signal } = controller;
    return run(signal, call).then(
      (answer) => this.#end(call, { type: "resolved", call, ...answer }),
      (error) => {
        const code = codeOf(error, signal);
        this.#end(call, { type: "rejected", call, code });
      },
    );
  }

  /** Writes down a piece of a stream. */
  piece(call: number, token: number, index: number): void {
    const alive = this.#open.get(call)?.caller.process.alive;
    if (alive) this.#world.record({ type: "piece", call, token, index });
  }

  /** Gives up one of a caller's calls, if there is one. */
  cancel(instance: string, dice: Dice): void {
    const own = [...this.#open].filter(([, { caller, controller }]) =>
      caller.instance === instance && caller.process.alive &&
      !controller.signal.aborted
    );
    const [call, open] = dice.pick(own) ?? [];
    if (call === undefined || !open) return;
    this.#world.record({ type: "cancelled", call });
    open.controller.abort(new Error("given up"));
  }

  #end(call: number, entry: Entry): void {
    const alive = this.#open.get(call)?.caller.process.alive;
    this.#open.delete(call);
    if (alive) this.#world.record(entry);
  }
}

function codeOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted && error === signal.reason) return "aborted";
  if (error instanceof BusError) return error.code;
  return error instanceof Error ? error.name : "unknown";
}
