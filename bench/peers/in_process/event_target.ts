import type { BenchMessage } from "../../message.ts";
import type { LocalSystem } from "./local_system.ts";

interface Question {
  readonly message: BenchMessage;
  readonly reply: (payload: unknown) => void;
}

/** The web's EventTarget with CustomEvents. */
export const eventTarget: LocalSystem = {
  sender(receivers, take) {
    const target = new EventTarget();
    for (let index = 0; index < receivers; index++) {
      target.addEventListener(
        "jobs.build",
        (event) => take((event as CustomEvent<BenchMessage>).detail),
      );
    }
    return Promise.resolve((message) =>
      target.dispatchEvent(new CustomEvent("jobs.build", { detail: message }))
    );
  },
  requester() {
    const target = new EventTarget();
    target.addEventListener("coder", (event) => {
      const { message, reply } = (event as CustomEvent<Question>).detail;
      reply(message.payload);
    });
    return Promise.resolve((message) =>
      new Promise((reply) =>
        target.dispatchEvent(
          new CustomEvent("coder", { detail: { message, reply } }),
        )
      )
    );
  },
};
