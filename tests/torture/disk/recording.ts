import { fileURLToPath } from "node:url";
import { readSaid, type Said } from "../said.ts";
import type { StoreKind } from "../programs/stores.ts";
import type { FileCall } from "./file_call.ts";
import { asFound, FOUND } from "./killed_writes.ts";
import { readStrace, STRACE_ARGS } from "./strace_text.ts";

const PROGRAMS = fileURLToPath(new URL("../programs/", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));
/** Where the files of the store are, from the directory of a recording. */
const STORE_DIRECTORY = "disk/";
/** The first of them. */
export const STORE_FILE = `${STORE_DIRECTORY}bus.db`;
const DIARIES: readonly string[] = ["said.log", "far.log"];
/**
 * A writer that is killed and started anew, with an agent beside it. It is
 * handed the path of Deno and its arguments. What each life finds is copied.
 */
const LIVES = `
  programs=$1; directory=$2; kind=$3; seed=$4; shift 4
  "$@" "$programs/far_sender.ts" "$directory" "$seed" & far=$!
  for life in 1 2 3; do
    cp -r --sparse=never "$directory/disk" "$directory/${FOUND}$life"
    "$@" "$programs/writer.ts" "$directory" "$kind" "$seed" $life
    ended=$?
  done
  kill -9 $far
  exit $ended
`;

/** What was recorded of a writer. */
export interface Recording {
  /** What it did to files, its diaries left out. */
  readonly calls: readonly FileCall[];
  /** What it said, with the line of the recording at which it began to. */
  readonly said: readonly { readonly line: number; readonly said: Said }[];
}

/** Whether this machine can record. */
export async function canRecord(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("strace", {
      args: [...STRACE_ARGS, "-o", "/dev/null", "true"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs a writer with a kind of store in a directory, and records it. */
export async function record(
  directory: string,
  kind: StoreKind,
  seed: number,
): Promise<Recording> {
  const real = await Deno.realPath(directory);
  await Deno.mkdir(`${real}/${STORE_DIRECTORY}`);
  const trace = `${real}/strace.txt`;
  // The shell tells of every kill, which nobody needs to know if all goes well.
  const { success, stderr } = await new Deno.Command("strace", {
    args: [
      ...[...STRACE_ARGS, "-o", trace, "sh", "-c", LIVES, "sh"],
      ...[PROGRAMS, real, kind, String(seed), Deno.execPath()],
      ...["run", "-A", "--no-prompt", "--no-check", "--config", CONFIG],
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (!success) {
    const text = new TextDecoder().decode(stderr);
    throw new Error(`The writer has failed: ${text}`);
  }
  const traced = readStrace(await Deno.readFile(trace), real);
  const calls = asFound(traced, (path) => readIfThere(`${real}/${path}`));
  return {
    calls: calls.filter(({ path }) => isStored(path)),
    said: saidIn(calls),
  };
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isStored(path: string): boolean {
  return path.startsWith(STORE_DIRECTORY);
}

function saidIn(calls: readonly FileCall[]): Recording["said"] {
  const decoder = new TextDecoder();
  return calls.flatMap((call) =>
    call.type === "write" && DIARIES.includes(call.path)
      ? readSaid(decoder.decode(call.bytes))
        .map((said) => ({ line: call.from, said }))
      : []
  );
}
