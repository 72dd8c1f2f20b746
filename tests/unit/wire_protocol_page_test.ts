import assert from "node:assert/strict";
import { LIMITS } from "../../core/limits.ts";
import { MESSAGE_TYPES } from "../../core/message.ts";
import { MessageBus } from "../../mod.ts";
import { VirtualClock } from "../../testing/virtual_clock.ts";
import { memoryTransport } from "../../transports/memory.ts";
import { type Connection, FrameFlag } from "../../transports/transport.ts";
import { FrameDecoder } from "../../transports/wire/decoder.ts";
import { HeadTag } from "../../transports/wire/head_tag.ts";
import { checksum } from "../../transports/wire/checksum.ts";
import {
  COUNTED_HEADER_BYTES,
  FRAME_CHECKSUM_BYTES,
  FrameForm,
  FrameKind,
} from "../../transports/wire/frame.ts";

const PAGE = Deno.readTextFileSync(
  new URL("../../docs/reference/wire_protocol.md", import.meta.url),
);

interface ExampleFrame {
  readonly fromClient: boolean;
  readonly name: string;
  readonly bytes: Uint8Array;
}

Deno.test("wire_protocol.md: a bus answers the example's bytes with the example's bytes", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const transport = memoryTransport();
  await using _listener = await bus.listen(transport);
  await using connection = await transport.dial();
  for (const { fromClient, name, bytes } of exampleFrames()) {
    if (fromClient) await connection.write(bytes);
    else {assert.equal(
        await readHex(connection, bytes.length),
        bytes.toHex(),
        name,
      );}
  }
  assert.ok(exampleFrames().length > 8);
  assert.equal(await connection.read(new Uint8Array(1)), null);
  assert.equal(bus.stats().totalAcked, 1);
});

Deno.test("wire_protocol.md: the example's frames are of the kinds it says", () => {
  for (const { name, bytes } of exampleFrames()) {
    const kinds: number[] = [];
    new FrameDecoder(1_000).push(bytes, ({ kind }) => kinds.push(kind));
    assert.deepEqual(kinds, [FrameKind[name as keyof typeof FrameKind]]);
  }
});

Deno.test("wire_protocol.md: a bus answers the example's bytes with checksums with the example's bytes", async () => {
  await using bus = new MessageBus({ clock: new VirtualClock() });
  const transport = memoryTransport();
  await using _listener = await bus.listen(transport);
  await using connection = await transport.dial();
  const frames = exampleFrames("wire with checksums");
  assert.deepEqual(frames.map(({ name }) => name), ["ping", "pong", "hello"]);
  for (const { fromClient, name, bytes } of frames) {
    if (fromClient) await connection.write(bytes);
    else {
      const read = await readHex(connection, bytes.length);
      assert.equal(read, bytes.toHex(), name);
    }
  }
  const welcome = await readHex(connection, 5);
  assert.equal(Number.parseInt(welcome.slice(8), 16), FrameKind.welcome);
});

Deno.test("wire_protocol.md: the form, and what checksums add to a length, are those of the code", () => {
  const row = PAGE.split("\n").find((line) => line.startsWith("|      7 |"));
  assert.ok(row?.includes(`| ${FrameForm.checksummed}: the frame has`));
  const least = COUNTED_HEADER_BYTES + FRAME_CHECKSUM_BYTES;
  assert.ok(PAGE.includes(`length is ${least} + head + payload`));
  const digits = new TextEncoder().encode("123456789");
  const sum = checksum(digits, 0, digits.length).toString(16);
  assert.ok(PAGE.includes(`\`123456789\` it is \`${sum}\``));
});

Deno.test("wire_protocol.md: the table of kinds has every kind with its number", () => {
  const rows = PAGE.matchAll(/^\| +(\d+) \| ([a-z ]+?) +\| (?:c→b|b→c|both)/gm);
  const written = [...rows].map(([, number, name = ""]) => [
    name.replace(/ (.)/, (_, letter: string) => letter.toUpperCase()),
    Number(number),
  ]);
  assert.deepEqual(written, Object.entries(FrameKind));
});

Deno.test("wire_protocol.md: the table of flags has every flag with its number", () => {
  const section = PAGE.slice(
    PAGE.indexOf("| Flag"),
    PAGE.indexOf("### Checksums"),
  );
  const rows = section.matchAll(/^\| +(\d+) \| ([a-z ]+?) +\|/gm);
  const written = [...rows].map(([, number, name = ""]) => [
    name.replace(/ (.)/g, (_, letter: string) => letter.toUpperCase()),
    Number(number),
  ]);
  assert.deepEqual(written, Object.entries(FrameFlag));
});

Deno.test("wire_protocol.md: the table of envelope fields has every field with its tag", () => {
  const section = PAGE.slice(
    PAGE.indexOf("### Envelopes"),
    PAGE.indexOf("## Handshake"),
  );
  const rows = section.matchAll(/^\| +(\d+) \| (\w+) +\|/gm);
  const written = [...rows].map(([, tag, name]) => [Number(tag), name]);
  const real = Object.entries(HeadTag).map(([name, tag]) => [tag, name]);
  assert.deepEqual(
    written,
    real.toSorted(([left], [right]) => Number(left) - Number(right)),
  );
  const types = MESSAGE_TYPES.map((type, number) => `${number} ${type}`);
  assert.ok(section.includes(types.join(", ")));
});

Deno.test("wire_protocol.md: the numbers are those of the limits", () => {
  const numbers = {
    handshakeFrameBytes: "4,096 B, 2 s",
    handshakeTimeoutMs: "within 2 seconds",
    maxEnvelopeBytes: "65,536 B",
    maxConsumers: "| 10,000",
    maxOpenRequests: "10,000 requests",
    streamWindow: "may send 64 of them",
    maxBufferedBytes: "64 MiB unread",
    highWaterBytes: "from 1 MiB on",
    writeTimeoutMs: "for 10 seconds",
    heartbeatMs: "15,000 ms hold",
    deduplicationWindowMs: "two minutes",
    reconnectGraceMs: "10 seconds if",
    maxPayloadDepth: "no deeper than 64 levels",
    maxPayloadKeys: "more than 10,000 members",
    maxNameChars: "A **name** has 1 to 255 characters",
    maxTopicTokens: "is 1 to 16 tokens",
    maxIdChars: "1 to 255 characters, if it is there",
    maxHeaders: "At most 64; names",
    maxHeaderChars: "16,384 characters in all",
    maxSettledAtOnce: "Leases of one ack, sends of one accepted | 1,024 |",
  };
  const values = {
    handshakeFrameBytes: 4_096,
    handshakeTimeoutMs: 2_000,
    maxEnvelopeBytes: 65_536,
    maxConsumers: 10_000,
    maxOpenRequests: 10_000,
    streamWindow: 64,
    maxBufferedBytes: 64 * 2 ** 20,
    highWaterBytes: 2 ** 20,
    writeTimeoutMs: 10_000,
    heartbeatMs: 15_000,
    deduplicationWindowMs: 120_000,
    reconnectGraceMs: 10_000,
    maxPayloadDepth: 64,
    maxPayloadKeys: 10_000,
    maxNameChars: 255,
    maxTopicTokens: 16,
    maxIdChars: 255,
    maxHeaders: 64,
    maxHeaderChars: 16_384,
    maxSettledAtOnce: 1_024,
  };
  const text = PAGE.replace(/\s+/g, " ");
  for (const [name, phrase] of Object.entries(numbers)) {
    const key = name as keyof typeof numbers;
    assert.equal(LIMITS[key], values[key], name);
    assert.ok(text.includes(phrase), `${name}: "${phrase}"`);
  }
});

function exampleFrames(language = "wire"): ExampleFrame[] {
  const blocks = [...PAGE.matchAll(/^```(.+)\n([^`]+)```/gm)].filter(
    ([, named]) => named === language,
  );
  const texts = blocks.flatMap(([, , block = ""]) =>
    block.trim().split("\n\n")
  );
  return texts.map((text) => {
    const [title = "", ...lines] = text.split("\n");
    const [arrow, name = ""] = title.split(" ");
    const bytes = Uint8Array.fromHex(lines.join("").replaceAll(" ", ""));
    return { fromClient: arrow === "→", name, bytes };
  });
}

async function readHex(connection: Connection, count: number): Promise<string> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const read = await connection.read(bytes.subarray(at));
    assert.ok(read !== null, "the bus closed the connection");
    at += read;
  }
  return bytes.toHex();
}
