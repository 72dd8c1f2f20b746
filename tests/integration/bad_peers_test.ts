import assert from "node:assert/strict";
import { type BusEvent, connect, MessageBus } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";

const HELLO = new TextEncoder().encode(
  JSON.stringify({
    protocol: "busbar",
    versions: [1],
    name: "peer",
    instance: "1",
  }),
);

/** A frame with a header of 20 bytes, of which `length` is told as given. */
function frameOf(kind: number, payload: Uint8Array, length?: number) {
  const bytes = new Uint8Array(20 + payload.length);
  new DataView(bytes.buffer).setUint32(0, length ?? 16 + payload.length);
  bytes[4] = kind;
  bytes.set(payload, 20);
  return bytes;
}

/** Has a raw peer misbehave at a bus where two good agents talk, and gives the reason its connection ended for. */
async function reasonFor(
  misbehave: (peer: Deno.UnixConn) => Promise<void>,
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "busbar-peers-" });
  const path = `${folder}/bus.sock`;
  try {
    await using bus = new MessageBus();
    await using _listener = await bus.listen(unixTransport(path), {
      handshakeTimeoutMs: 60,
    });
    const transport = unixTransport(path);
    await using good = await connect(transport, { name: "good" });
    bus.agent("echo").respond(({ payload }) => payload);
    const watching = new AbortController();
    const ended = closedEvent(bus.events({ signal: watching.signal }));
    using peer = await Deno.connect({ transport: "unix", path });
    await misbehave(peer);
    const { reason = "" } = await ended;
    watching.abort();
    assert.equal(bus.stats().connectionErrors, 1);
    assert.equal(
      (await good.request("echo", "still here")).payload,
      "still here",
    );
    assert.deepEqual(
      bus.agents().map(({ name, instances }) => [name, instances]).filter((
        [, n],
      ) => n === 1),
      [["good", 1], ["echo", 1]],
    );
    return reason;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function closedEvent(events: AsyncIterable<BusEvent>) {
  for await (const event of events) {
    if (event.type === "connection_closed") return event;
  }
  throw new Error("no connection has ended");
}

Deno.test("garbage on the socket ends that connection, is counted, and harms nobody", async () => {
  const text = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const reason = await reasonFor(async (peer) => {
    await peer.write(new TextEncoder().encode(text));
  });
  assert.match(reason, /4096|4,096/);
});

for (const length of [2 ** 31, 2 ** 32 - 1]) {
  Deno.test(`a frame that says it has ${length} bytes ends that connection, is counted, and harms nobody`, async () => {
    const reason = await reasonFor(async (peer) => {
      await peer.write(frameOf(1, HELLO, length));
    });
    assert.match(reason, new RegExp(String(length)));
  });
}

Deno.test("a peer that says nothing is ended after its time, is counted, and harms nobody", async () => {
  const reason = await reasonFor(() => Promise.resolve());
  assert.match(reason, /must say hello within 60 ms/);
});

Deno.test("a first frame that is no hello ends that connection, is counted, and harms nobody", async () => {
  const reason = await reasonFor(async (peer) => {
    await peer.write(frameOf(10, HELLO));
  });
  assert.match(reason, /first frame must be a hello/);
});

Deno.test("half a frame and then the end is counted, and harms nobody", async () => {
  const reason = await reasonFor(async (peer) => {
    await peer.write(frameOf(1, HELLO).subarray(0, 30));
    await peer.closeWrite();
  });
  assert.match(reason, /ended inside one|must end between two frames/);
});

Deno.test("a kind that a client must not send ends that connection, is counted, and harms nobody", async () => {
  const reason = await reasonFor(async (peer) => {
    await peer.write(frameOf(1, HELLO));
    await peer.write(frameOf(30, new Uint8Array(0)));
  });
  assert.match(reason, /must not send this kind: 30/);
});
