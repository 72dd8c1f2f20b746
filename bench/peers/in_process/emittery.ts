// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import Emittery from "npm:emittery@2.2.0";
import type { BenchMessage } from "../../message.ts";
import type { LocalSystem } from "./local_system.ts";

interface Question {
  readonly message: BenchMessage;
  readonly reply: (payload: unknown) => void;
}

/** Emittery: listeners are called in a later turn, and may be async. */
export const emittery: LocalSystem = {
  sender(receivers, take) {
    const emitter = new Emittery<{ "jobs.build": BenchMessage }>();
    for (let index = 0; index < receivers; index++) {
      emitter.on("jobs.build", ({ data }) => take(data));
    }
    return Promise.resolve((message) => emitter.emit("jobs.build", message));
  },
  requester() {
    const emitter = new Emittery<{ coder: Question }>();
    emitter.on("coder", ({ data }) => data.reply(data.message.payload));
    return Promise.resolve((message) =>
      new Promise((reply, refuse) => {
        emitter.emit("coder", { message, reply }).catch(refuse);
      })
    );
  },
};
