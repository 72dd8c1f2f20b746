// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import { Subject } from "npm:rxjs@7.8.2";
import type { BenchMessage } from "../../message.ts";
import type { LocalSystem } from "./local_system.ts";

interface Question {
  readonly message: BenchMessage;
  readonly reply: (payload: unknown) => void;
}

/** A Subject of rxjs. */
export const rxjs: LocalSystem = {
  sender(receivers, take) {
    const subject = new Subject<BenchMessage>();
    for (let index = 0; index < receivers; index++) {
      subject.subscribe((message) => take(message));
    }
    return Promise.resolve((message) => subject.next(message));
  },
  requester() {
    const subject = new Subject<Question>();
    subject.subscribe(({ message, reply }) => reply(message.payload));
    return Promise.resolve((message) =>
      new Promise((reply) => subject.next({ message, reply }))
    );
  },
};
