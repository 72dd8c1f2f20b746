// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import { ServiceBroker } from "npm:moleculer@0.15.2";
import type { BenchMessage } from "../../message.ts";
import type { LocalSystem } from "./local_system.ts";

/** Moleculer without a transporter. */
export const moleculer: LocalSystem = {
  async sender(receivers, take) {
    const broker = new ServiceBroker({ logger: false });
    for (let index = 0; index < receivers; index++) {
      broker.createService({
        name: `coder-${index}`,
        events: {
          "jobs.build": (context: { params: BenchMessage }) =>
            take(context.params),
        },
      });
    }
    await broker.start();
    return (message) => broker.emit("jobs.build", message);
  },
  async requester() {
    const broker = new ServiceBroker({ logger: false });
    broker.createService({
      name: "coder",
      actions: {
        ask: ({ params }: { params: BenchMessage }) => params.payload,
      },
    });
    await broker.start();
    return (message) => broker.call("coder.ask", message);
  },
};
