// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import {
  AckPolicy,
  jetstream,
  jetstreamManager,
  StorageType,
} from "npm:@nats-io/jetstream@3.4.0";
import {
  connect,
  type NatsConnection,
} from "npm:@nats-io/transport-node@3.4.0";
import type { BenchMessage } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";

const STREAM = "jobs";
const CONSUMER = "workers";
/** Messages that a consumer has asked for and not had yet. */
const MAX_MESSAGES = 1_000;

/** A client of a NATS server that uses its streams. */
export async function join(
  { server, name, mode }: JoinOptions,
): Promise<Client> {
  const nats = await connect({ servers: server, name });
  const stream = jetstream(nats);
  let last: Promise<unknown> = Promise.resolve();
  return {
    async receive(address, take) {
      const storage = mode === "file" ? StorageType.File : StorageType.Memory;
      await makeStream(nats, address, storage);
      const consumer = await stream.consumers.get(STREAM, CONSUMER);
      await consumer.consume({
        max_messages: MAX_MESSAGES,
        callback: (message) => {
          take(message.json<BenchMessage>());
          message.ack();
        },
      });
    },
    send: (address, message) => {
      last = stream.publish(address, JSON.stringify(message));
    },
    flush: () => last,
    confirmed: (address, message) =>
      stream.publish(address, JSON.stringify(message)),
    async [Symbol.asyncDispose]() {
      await nats.close();
    },
  };
}

async function makeStream(
  nats: NatsConnection,
  subject: string,
  storage: StorageType,
): Promise<void> {
  const manager = await jetstreamManager(nats);
  await manager.streams.add({ name: STREAM, subjects: [subject], storage });
  await manager.consumers.add(STREAM, {
    durable_name: CONSUMER,
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: MAX_MESSAGES * 10,
  });
}
