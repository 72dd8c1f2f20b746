import assert from "node:assert/strict";
import { connect, MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { type Connection, FrameKind } from "../../transports/transport.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { frame, join, json, unpack } from "./vectors/bytes.ts";
import type { Vector } from "./vectors/vector.ts";

const FILE = new URL("vectors.json", import.meta.url);
const { vectors } = JSON.parse(Deno.readTextFileSync(FILE)) as {
  vectors: Vector[];
};
/** Asked for behind everything else: its answer says that all was read. */
const LAST_PING = 0xfedcba98;

/** What a bus said, and whether it closed after that. */
interface Answers {
  readonly frames: readonly { kind: number; id: number; code: unknown }[];
  readonly closed: boolean;
}

Deno.test("MessageBus.listen() takes and refuses the vectors that a bus reads, by the same codes", async () => {
  for (const vector of vectors.filter(({ reader }) => reader === "bus")) {
    const { frames, refusal, pending = 0 } = vector.expect;
    if (pending > 0) continue;
    const answers = await answersOf(vector);
    const goodbyes = answers.frames.filter(({ kind }) =>
      kind === FrameKind.goodbye
    );
    const codes = goodbyes.map(({ code }) => code);
    // Of what did not arrive as it was sent nothing is said: the connection ends.
    const isBroken = refusal === "unreachable";
    const told = refusal === undefined || isBroken ? [] : [refusal];
    assert.deepEqual(codes, told, vector.id);
    if (isBroken) assert.ok(answers.closed, vector.id);
    for (const { kind, id, refusal: code } of frames) {
      // Of a send that requires no ack the client is told nothing.
      if (kind !== "attach" && kind !== "request") continue;
      if (kind === "request" && code === undefined) continue;
      const told = answers.frames.filter((answer) => answer.id === id)
        .map((answer) => answer.code);
      assert.deepEqual(told, [code], vector.id);
    }
  }
});

Deno.test("connect() takes and refuses the handshakes that a client reads, by the same codes", async () => {
  for (const vector of vectors.filter(isHandshakeOfBus)) {
    const { refusal, closed, frames } = vector.expect;
    const expected = refusal ?? (closed ? "overflow" : undefined);
    assert.ok(expected !== undefined || frames.length > 0);
    assert.equal(await refusalOf(vector), expected, vector.id);
  }
});

function isHandshakeOfBus({ reader, phase, expect }: Vector): boolean {
  // What comes behind a welcome no longer decides whether it was one.
  const greeted = expect.frames.some(({ kind }) => kind === "welcome");
  return reader === "client" && phase === "handshake" &&
    !(greeted && expect.refusal !== undefined);
}

/** What a bus answers to a client that sends a vector. */
async function answersOf(vector: Vector): Promise<Answers> {
  const { maxMessageBytes, phase, checksums, chunks, expect } = vector;
  await using bus = new MessageBus({
    clock: new VirtualClock(),
    maxMessageBytes,
  });
  const transport = memoryTransport();
  await using _listener = await bus.listen(transport);
  await using connection = await transport.dial();
  const hello = { protocol: "busbar", versions: [1], name: "p", instance: "i" };
  const greeting = frame("hello", { payload: json(hello), checksums });
  const ping = frame("ping", { id: LAST_PING, checksums });
  const isOver = expect.refusal !== undefined || expect.closed === true;
  const all = [
    ...(phase === "open" ? [greeting] : []),
    ...chunks,
    ...(isOver ? [] : [ping]),
  ];
  const answers = readAnswers(connection);
  for (const chunk of all) await writeOrClosed(connection, unpack(chunk));
  return await answers;
}

/** Reads until the answer to the last ping, or until the bus closes. */
async function readAnswers(connection: Connection): Promise<Answers> {
  const decoder = new FrameDecoder(1_000_000, "as-first");
  const frames: { kind: number; id: number; code: unknown }[] = [];
  const buffer = new Uint8Array(65_536);
  const isLast = () =>
    frames.some(({ kind, id }) => kind === FrameKind.pong && id === LAST_PING);
  while (!isLast()) {
    const count = await connection.read(buffer);
    if (count === null) return { frames, closed: true };
    decoder.push(buffer.subarray(0, count), ({ kind, id, payload }) => {
      const isTold = kind === FrameKind.goodbye || kind === FrameKind.fail ||
        kind === FrameKind.refused;
      const code = isTold
        ? JSON.parse(new TextDecoder().decode(payload)).code
        : undefined;
      frames.push({ kind, id, code });
    });
  }
  return { frames, closed: false };
}

async function writeOrClosed(
  connection: Connection,
  bytes: Uint8Array,
): Promise<void> {
  try {
    await connection.write(bytes);
  } catch {
    // The bus closed as soon as it had read enough; its answers say why.
  }
}

/** The code that connect() fails with, if the bus answers its hello with a vector. */
async function refusalOf({ chunks, checksums }: Vector): Promise<unknown> {
  const transport = memoryTransport();
  await using listener = await transport.listen();
  const accepting = listener[Symbol.asyncIterator]().next();
  const clock = new VirtualClock();
  const connecting = connect(transport, {
    name: "planner",
    reconnect: false,
    checksums,
    clock,
  }).then(async (agent) => {
    await agent.close();
    return undefined;
  }, (error) => error.code);
  const { value: connection } = await accepting;
  await connection.read(new Uint8Array(4_096));
  await writeOrClosed(connection, unpack(join(...chunks)));
  const code = await connecting;
  await connection.close();
  return code;
}
