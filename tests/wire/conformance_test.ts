import assert from "node:assert/strict";
import { FrameKind } from "../../transports/transport.ts";
import { StreamReader } from "./stream_reader.ts";
import { KINDS, unpack } from "./vectors/bytes.ts";
import { allVectors } from "./vectors/main.ts";
import { shown, type Vector } from "./vectors/vector.ts";
import { wayOf } from "./ways.ts";

const FILE = new URL("vectors.json", import.meta.url);
const { vectors } = JSON.parse(Deno.readTextFileSync(FILE)) as {
  vectors: Vector[];
};

const FAMILIES = Map.groupBy(vectors, ({ id }) => id.split("-", 1)[0] ?? id);

for (const [family, members] of FAMILIES) {
  Deno.test(`W4 FrameDecoder, decodeEnvelope() and decodePayload() read the ${members.length} vectors "${family}-…"`, () => {
    const wrong = members.filter(isReadDifferently).map(({ id }) => id);
    assert.deepEqual(wrong, []);
  });
}

Deno.test("vectors.json holds at least 300 vectors, each under an id of its own", () => {
  const ids = new Set(vectors.map(({ id }) => id));
  assert.equal(ids.size, vectors.length);
  assert.ok(vectors.length >= 300);
});

Deno.test("vectors.json is what its program writes", () => {
  assert.deepEqual(vectors, JSON.parse(JSON.stringify(allVectors())));
});

Deno.test("vectors.json has every kind for everyone who may read it", () => {
  const seen = new Set(
    vectors.flatMap(({ reader, expect }) =>
      expect.frames.map(({ kind }) => `${reader} ${kind}`)
    ),
  );
  const missing = Object.values(FrameKind).flatMap((kind) => {
    const { name, reader } = wayOf(kind);
    const readers = reader === "both" ? ["bus", "client"] : [reader];
    return readers.map((one) => `${one} ${name}`);
  }).filter((one) => !seen.has(one));
  assert.deepEqual(missing, []);
  assert.deepEqual(Object.values(KINDS), Object.values(FrameKind));
});

Deno.test("vectors.json is read alike one byte at a time", () => {
  for (const vector of vectors) {
    const whole = concat(vector.chunks.map(unpack));
    // Of the large ones each byte would be copied thousands of times over.
    if (whole.length > 2_000) continue;
    const bytes = Array.from(whole, (byte) => Uint8Array.of(byte));
    assert.deepEqual(readAll(vector, bytes), vector.expect, vector.id);
  }
});

function isReadDifferently(vector: Vector): boolean {
  const result = readAll(vector, vector.chunks.map(unpack));
  try {
    assert.deepEqual(result, vector.expect);
    return false;
  } catch {
    return true;
  }
}

function readAll(
  { reader, phase, maxMessageBytes, checksums }: Vector,
  chunks: readonly Uint8Array[],
): unknown {
  const stream = new StreamReader(reader, phase, maxMessageBytes, checksums);
  for (const chunk of chunks) stream.take(chunk);
  return shown(stream.result());
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}
