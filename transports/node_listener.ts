import type { Server, Socket } from "node:net";
import { LIMITS } from "../core/limits.ts";
import { NodeSocket } from "./node_socket.ts";
import type { ByteSocket, SocketListener } from "./unix_platform.ts";

type Taker = PromiseWithResolvers<ByteSocket>;

/**
 * A server of Node, whose peers are taken one by one. Node accepts whoever
 * comes: at most `LIMITS.maxBacklog` wait to be taken, and who comes then is cut off.
 */
export class NodeListener implements SocketListener {
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  readonly #takers: Taker[] = [];

  /** Takes over a server that listens. */
  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => this.#offer(socket));
    // It goes on after a peer that could not be accepted.
    server.on("error", () => {});
  }

  accept(): Promise<ByteSocket> {
    const socket = this.#waiting.shift();
    if (socket) return Promise.resolve(new NodeSocket(socket));
    if (!this.#server.listening) return Promise.reject(closed());
    const taker: Taker = Promise.withResolvers();
    this.#takers.push(taker);
    return taker.promise;
  }

  close(): void {
    this.#server.close();
    for (const taker of this.#takers.splice(0)) taker.reject(closed());
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #offer(socket: Socket): void {
    const taker = this.#takers.shift();
    if (taker) return taker.resolve(new NodeSocket(socket));
    if (this.#waiting.length >= LIMITS.maxBacklog) return void socket.destroy();
    this.#waiting.push(socket);
    // One that breaks while it waits is found out by who takes it.
    socket.on("error", () => {});
  }
}

function closed(): Error {
  return new Error("the listener was closed");
}
