/**
 * Writes `tests/wire/vectors.json` anew. An id, once there, keeps its meaning:
 * the program refuses to leave one out.
 *
 * `deno run -A tests/wire/vectors/main.ts`
 */
import { addressVectors } from "./address_vectors.ts";
import { attachVectors } from "./attach_vectors.ts";
import { envelopeVectors } from "./envelope_vectors.ts";
import { frameVectors } from "./frame_vectors.ts";
import { headerVectors } from "./header_vectors.ts";
import { checksumHandshakeVectors } from "./checksum_handshake_vectors.ts";
import { checksumVectors } from "./checksum_vectors.ts";
import { handshakeVectors } from "./handshake_vectors.ts";
import { kindVectors } from "./kind_vectors.ts";
import { messageVectors } from "./message_vectors.ts";
import { payloadVectors } from "./payload_vectors.ts";
import type { Vector } from "./vector.ts";

const FILE = new URL("../vectors.json", import.meta.url);

/** Every vector there is, in the order of the file. */
export function allVectors(): Vector[] {
  return [
    ...frameVectors(),
    ...checksumVectors(),
    ...checksumHandshakeVectors(),
    ...handshakeVectors(),
    ...kindVectors(),
    ...envelopeVectors(),
    ...headerVectors(),
    ...addressVectors(),
    ...messageVectors(),
    ...payloadVectors(),
    ...attachVectors(),
  ];
}

function write(): void {
  const vectors = allVectors();
  const ids = new Set(vectors.map(({ id }) => id));
  if (ids.size < vectors.length) throw new Error("An id stands there twice");
  const missing = writtenIds().filter((id) => !ids.has(id));
  if (missing.length > 0) throw new Error(`Cannot leave out ${missing}`);
  const lines = vectors.map((each) => JSON.stringify(each));
  Deno.writeTextFileSync(FILE, `{"vectors":[\n${lines.join(",\n")}\n]}\n`);
  console.log(`${vectors.length} vectors`);
}

function writtenIds(): string[] {
  try {
    const { vectors } = JSON.parse(Deno.readTextFileSync(FILE));
    return (vectors as Vector[]).map(({ id }) => id);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

if (import.meta.main) write();
