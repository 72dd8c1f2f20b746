import { systemClock } from "../connect.ts";
import { Terminal } from "./terminal.ts";

/** Where a window's size cannot be told. */
const USUAL_SIZE = { columns: 80, rows: 24 };
const STOP_SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The terminal that the program was started from. */
export function systemTerminal(): Terminal {
  return new Terminal({
    writeOut: (text) => writeAll(Deno.stdout, text),
    writeError: (text) => writeAll(Deno.stderr, text),
    isTerminal: Deno.stdout.isTerminal(),
    size: windowSize,
    env: (name) => Deno.env.get(name) || undefined,
    input: () => Deno.stdin.readable,
    setRaw,
    onStop,
    clock: systemClock,
  });
}

/** Written before anything else happens: a message is acknowledged when it has left the program. */
function writeAll(
  file: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function windowSize(): { columns: number; rows: number } {
  try {
    return Deno.consoleSize();
  } catch {
    return USUAL_SIZE;
  }
}

function onStop(callback: () => void): () => void {
  for (const signal of STOP_SIGNALS) Deno.addSignalListener(signal, callback);
  return () => {
    for (const signal of STOP_SIGNALS) {
      Deno.removeSignalListener(signal, callback);
    }
  };
}

/** Keys that come from a file come as they are. */
function setRaw(raw: boolean): void {
  if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(raw, { cbreak: raw });
}
