// deno-lint-ignore-file no-import-prefix -- what only the comparison needs stays out of deno.json
import { ServiceBroker } from "npm:moleculer@0.15.2";
import { type BenchMessage, TOPIC } from "../../message.ts";
import type { Client, JoinOptions } from "../client.ts";

/** How often programs tell each other whom they know, in seconds. */
const GOSSIP_PERIOD_S = 0.2;
/** After so long, each knows of the other's new services, in milliseconds. */
const GOSSIP_MS = 1_500;

/** A node among those that `server` lists, over its TCP transporter; no broker. */
export async function join(
  { server, name }: JoinOptions,
): Promise<Client> {
  const own = server.split(",").find((url) => url.endsWith(`/${name}`));
  const broker = new ServiceBroker({
    nodeID: name,
    logger: false,
    transporter: {
      type: "TCP",
      options: {
        udpDiscovery: false,
        useHostname: false,
        gossipPeriod: GOSSIP_PERIOD_S,
        port: Number(own?.split(/[:/]/)[1]),
        urls: server,
      },
    },
  });
  await broker.start();
  return new MoleculerNode(broker);
}

class MoleculerNode implements Client {
  readonly #broker: ServiceBroker;
  #last: Promise<unknown> = Promise.resolve();

  constructor(broker: ServiceBroker) {
    this.#broker = broker;
  }

  async receive(
    address: string,
    take: (message: BenchMessage) => void,
  ): Promise<void> {
    this.#broker.createService({
      name: address,
      events: {
        [address]: (context: { params: BenchMessage }) => take(context.params),
      },
    });
    await this.#spread();
  }

  send(address: string, message: BenchMessage): void {
    this.#last = address === TOPIC
      ? this.#broker.broadcast(address, message)
      : this.#broker.emit(address, message);
  }

  flush(): Promise<unknown> {
    return this.#last;
  }

  found(address: string): Promise<unknown> {
    return this.#broker.waitForServices(address);
  }

  async request(address: string, message: BenchMessage): Promise<unknown> {
    return await this.#broker.call(`${address}.ask`, message);
  }

  async respond(address: string): Promise<void> {
    this.#broker.createService({
      name: address,
      actions: {
        ask: ({ params }: { params: BenchMessage }) => {
          const { sender, recipient } = params;
          const reply = { ...params, sender: recipient, recipient: sender };
          return { ...reply, type: "response" };
        },
      },
    });
    await this.#spread();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker.stop();
  }

  #spread(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, GOSSIP_MS));
  }
}
