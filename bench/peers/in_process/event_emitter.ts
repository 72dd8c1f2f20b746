import { EventEmitter } from "node:events";
import type { BenchMessage } from "../../message.ts";
import type { LocalSystem } from "./local_system.ts";

/** Node's EventEmitter; a request carries the function that takes its reply. */
export const eventEmitter: LocalSystem = {
  sender(receivers, take) {
    const emitter = new EventEmitter();
    for (let index = 0; index < receivers; index++) {
      // A listener of its own for each, as real ones are.
      emitter.on("jobs.build", (message: BenchMessage) => take(message));
    }
    return Promise.resolve((message) => emitter.emit("jobs.build", message));
  },
  requester() {
    const emitter = new EventEmitter();
    emitter.on(
      "coder",
      ({ payload }: BenchMessage, reply: (payload: unknown) => void) =>
        reply(payload),
    );
    return Promise.resolve((message) =>
      new Promise((resolve) => emitter.emit("coder", message, resolve))
    );
  },
};
