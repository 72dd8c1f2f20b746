import assert from "node:assert/strict";
import { digest } from "./canonical.ts";
import { fuzzCase } from "./fuzz/fuzz_case.ts";
import { readWhole } from "./fuzz/laws.ts";
import { makeStock } from "./fuzz/stock.ts";

const HERE = new URL(".", import.meta.url);
const SEED = 0x9e37;
const FRAMES = 10_000;

const python = await findPython();
// Where every change is judged, a second opinion that is not asked must not pass for one that agrees.
const required = Deno.env.get("CI") === "true";

Deno.test({
  name: pythonTest("W4 decoder.py reads every vector as it says"),
  ignore: python === undefined && !required,
  fn: async () => {
    await assertAgrees("vectors", new URL("vectors.json", HERE).pathname);
  },
});

Deno.test({
  name: pythonTest(
    "decoder.py reads 10,000 mutated frames as FrameDecoder, decodeEnvelope() and decodePayload() do",
  ),
  ignore: python === undefined && !required,
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".jsonl" });
    try {
      await Deno.writeTextFile(file, verdicts());
      await assertAgrees("verdicts", file);
    } finally {
      await Deno.remove(file);
    }
  },
});

/** Streams and what the library reads of them, one a line. */
function verdicts(): string {
  const stock = makeStock(SEED);
  const lines: string[] = [];
  let frames = 0;
  for (let place = 0; frames < FRAMES; place++) {
    const tried = fuzzCase(SEED, place, stock);
    frames += tried.frames;
    const { role: reader, phase, maxMessageBytes, checksums, bytes } = tried;
    const read = readWhole(tried);
    lines.push(JSON.stringify({
      place,
      reader,
      phase,
      maxMessageBytes,
      checksums,
      hex: bytes.toHex(),
      digest: digest(read),
    }));
  }
  return lines.join("\n") + "\n";
}

async function assertAgrees(command: string, path: string): Promise<void> {
  assert.ok(python !== undefined, "python3 is needed here, and is not there");
  const script = new URL("decoder.py", HERE).pathname;
  const { code, stdout, stderr } = await new Deno.Command(python, {
    // Without what a user's own set-up may add to it.
    args: ["-I", "-B", script, command, path],
  }).output();
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stdout) + text.decode(stderr));
}

async function findPython(): Promise<string | undefined> {
  try {
    const { success } = await new Deno.Command("python3", {
      args: ["--version"],
    }).output();
    return success ? "python3" : undefined;
  } catch {
    return undefined;
  }
}

function pythonTest(name: string): string {
  return python === undefined ? `${name} (needs python3)` : name;
}
