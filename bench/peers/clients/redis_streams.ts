// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import { createClient } from "npm:redis@6.3.1";
import type { BenchMessage } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";

const GROUP = "workers";
/** Entries taken with one command. */
const COUNT = 256;

/** A client of a Redis server that uses its streams: whoever waits for entries takes a connection of its own. */
export async function join({ server, name }: JoinOptions): Promise<Client> {
  const socket = { path: server, tls: false } as const;
  const [writer, reader] = [createClient({ socket }), createClient({ socket })];
  await Promise.all([writer.connect(), reader.connect()]);
  let last: Promise<unknown> = Promise.resolve();
  return {
    async receive(address, take) {
      await writer.xGroupCreate(address, GROUP, "$", { MKSTREAM: true });
      void readAll(reader, writer, { address, name, take });
    },
    send: (address, message) => {
      last = writer.xAdd(address, "*", { message: JSON.stringify(message) });
    },
    flush: () => last,
    confirmed: (address, message) =>
      writer.xAdd(address, "*", { message: JSON.stringify(message) }),
    [Symbol.asyncDispose]() {
      writer.destroy();
      reader.destroy();
      return Promise.resolve();
    },
  };
}

type Redis = ReturnType<typeof createClient>;

interface Reading {
  readonly address: string;
  readonly name: string;
  readonly take: (message: BenchMessage) => void;
}

async function readAll(
  reader: Pick<Redis, "xReadGroup">,
  writer: Pick<Redis, "xAck">,
  { address, name, take }: Reading,
): Promise<void> {
  const from = { key: address, id: ">" };
  while (true) {
    const streams = await reader.xReadGroup(GROUP, name, from, {
      COUNT,
      BLOCK: 1_000,
    }) as Streams | null;
    const entries = streams?.[0]?.messages ?? [];
    if (entries.length === 0) continue;
    for (const { message } of entries) {
      take(JSON.parse(message.message ?? "") as BenchMessage);
    }
    // Not waited for: the next ones are read while these are acknowledged.
    void writer.xAck(address, GROUP, entries.map(({ id }) => id));
  }
}

type Streams = readonly {
  readonly messages: readonly {
    readonly id: string;
    readonly message: Readonly<Record<string, string>>;
  }[];
}[];
