/**
 * Lesson 16: a transport of one's own.
 *
 * It moves bytes, over TCP. Run it with `deno task example 16`, and the suite for all
 * transports with `deno test --allow-net=127.0.0.1 examples/16_own_transport.ts`.
 */
import { BusError, connect, MessageBus } from "@busbar/busbar";
import type { Connection, Transport } from "@busbar/busbar";
import { testTransport } from "@busbar/busbar/testing";

if (import.meta.main) {
  await using bus = new MessageBus();
  const transport = tcpTransport();
  console.log("listening on", (await bus.listen(transport)).address);
  bus.agent("near").respond<string>(({ payload }) => `heard ${payload}`);
  await using far = await connect(transport, { name: "far" });
  console.log("far:", (await far.request("near", "you")).payload);
} else {
  const setup = () => Promise.resolve({ transport: tcpTransport() });
  testTransport({ name: "tcp", setup });
}

/** Listens on a port of this machine; 0 takes a free one, and keeps it. */
function tcpTransport(port = 0, hostname = "127.0.0.1"): Transport {
  return {
    name: "tcp",
    async listen() {
      const sockets = await reach(() => Deno.listen({ hostname, port }));
      port = sockets.addr.port;
      return {
        address: `tcp://${hostname}:${port}`,
        async *[Symbol.asyncIterator]() {
          for await (const socket of sockets) yield toConnection(socket);
        },
        ...closing(sockets),
      };
    },
    async dial({ signal } = {}) {
      signal?.throwIfAborted();
      return toConnection(await reach(() => Deno.connect({ hostname, port })));
    },
  };
}

function toConnection(socket: Deno.TcpConn): Connection {
  const { isOpen, ...ends } = closing(socket);
  return {
    remote: `tcp:${socket.remoteAddr.port}`,
    read: (buffer) =>
      reach(() => socket.read(buffer))
        .catch((error) => isOpen() ? Promise.reject(error) : null), // the end
    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        at += await reach(() => socket.write(bytes.subarray(at)), isOpen);
      }
    },
    ...ends,
  };
}

/** What can be closed twice, by hand or by `await using`. */
function closing(resource: { close(): void }) {
  let isOpen = true;
  const close = () => {
    isOpen = false;
    return Promise.try(() => resource.close()).catch(() => {});
  };
  return { isOpen: () => isOpen, close, [Symbol.asyncDispose]: close };
}

/** Whatever the network says becomes the one error that callers look for. */
async function reach<T>(work: () => T | Promise<T>, isOpen = () => true) {
  try {
    return await work();
  } catch (cause) {
    const code = isOpen() ? "unreachable" : "closed";
    throw new BusError(code, `Cannot reach peer: ${cause}`, { cause });
  }
}
