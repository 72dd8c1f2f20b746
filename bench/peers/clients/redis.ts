// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import { createClient } from "npm:redis@6.3.1";
import type { BenchMessage } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";
import { withRequests } from "../correlation.ts";

/** A client of a Redis server: subscribing takes a connection of its own. */
export async function join({ server }: JoinOptions): Promise<Client> {
  const socket = { path: server, tls: false } as const;
  const [publisher, subscriber] = [
    createClient({ socket }),
    createClient({ socket }),
  ];
  await Promise.all([publisher.connect(), subscriber.connect()]);
  let last: Promise<unknown> = Promise.resolve();
  return withRequests({
    receive: (address, take) =>
      subscriber.subscribe(
        address,
        (text) => take(JSON.parse(text) as BenchMessage),
      ),
    send: (address, message) => {
      last = publisher.publish(address, JSON.stringify(message));
    },
    flush: () => last,
    async [Symbol.asyncDispose]() {
      await Promise.all([publisher.close(), subscriber.close()]);
    },
  });
}
