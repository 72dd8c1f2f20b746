import assert from "node:assert/strict";
import fc from "fast-check";
import { LIMITS } from "../../core/limits.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { Pipe } from "../../transports/pipe.ts";

Deno.test("Pipe gives the bytes that were written, whatever the sizes of writes and reads", async () => {
  for (const scale of [1, 100]) {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 * scale }), {
        maxLength: 20,
      }),
      fc.integer({ min: 1, max: 40 * scale }),
      fc.integer({ min: 1, max: 60 * scale }),
      async (writes, capacity, readBytes) => {
        const pipe = new Pipe(capacity);
        const reading = readAll(pipe, readBytes);
        for (const bytes of writes) await pipe.write(bytes);
        pipe.closeWriter();
        assert.deepEqual(
          await reading,
          writes.flatMap((bytes) => [...bytes]),
        );
      },
    ));
  }
});

Deno.test("Pipe keeps what is unread when its buffer grows", async () => {
  const pipe = new Pipe(4_000);
  const bytes = Uint8Array.from({ length: 1_500 }, (_, at) => at * 7);
  await pipe.write(bytes.subarray(0, 600));
  await pipe.read(new Uint8Array(300));
  await pipe.write(bytes.subarray(600));
  pipe.closeWriter();
  assert.deepEqual(await readAll(pipe, 5_000), [...bytes.subarray(300)]);
});

Deno.test("Pipe.write() resolves as soon as no more than the capacity is unread", async () => {
  const pipe = new Pipe(10);
  let written = false;
  const writing = pipe.write(new Uint8Array(15)).then(() => written = true);
  assert.equal(await pipe.read(new Uint8Array(4)), 4);
  await settled();
  assert.equal(written, false);
  assert.equal(await pipe.read(new Uint8Array(1)), 1);
  await writing;
});

Deno.test("memoryTransport() refuses to dial when 1,024 connections wait to be taken", async () => {
  const transport = memoryTransport();
  const listener = await transport.listen();
  for (let dialed = 0; dialed < LIMITS.maxBacklog; dialed++) {
    await transport.dial();
  }
  await assert.rejects(transport.dial(), { code: "unreachable" });
  await listener[Symbol.asyncIterator]().next();
  const last = await transport.dial();
  await listener.close();
  assert.equal(await last.read(new Uint8Array(1)), null);
});

Deno.test("memoryTransport() is a channel of its own each time", async () => {
  await using _listener = await memoryTransport().listen();
  await assert.rejects(memoryTransport().dial(), { code: "unreachable" });
});

async function readAll(pipe: Pipe, readBytes: number): Promise<number[]> {
  const received: number[] = [];
  const buffer = new Uint8Array(readBytes);
  for (;;) {
    const count = await pipe.read(buffer);
    if (count === null) return received;
    received.push(...buffer.subarray(0, count));
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}
