import { CLI_LIMITS } from "./cli_limits.ts";
import { CommandError } from "./command_error.ts";
import { EXIT } from "./exit_code.ts";
import type { Terminal } from "./terminal.ts";

/** How a payload is written. */
export interface PayloadOptions {
  /** It is text, whatever it looks like. */
  readonly text?: boolean;
  /** It is bytes, from standard input. */
  readonly bytes?: boolean;
}

/**
 * The payload that an argument means: JSON where it is JSON, else text; `-` is
 * all of standard input, and none is null. Standard input is read only where it
 * is named: a script's may be open, and never say anything.
 *
 * @throws {CommandError} If there is too much of it.
 */
export async function readPayload(
  terminal: Terminal,
  argument: string | undefined,
  options: PayloadOptions,
): Promise<unknown> {
  if (options.bytes) {
    if (argument === "-") return await readAll(terminal);
    throw new CommandError(
      EXIT.usage,
      "Cannot read bytes as they must come from standard input: write - for the payload, and pipe them in",
    );
  }
  if (argument === "-") {
    const text = new TextDecoder().decode(await readAll(terminal));
    // The last line's end is its writer's, as `echo` writes it.
    return payloadOf(text.replace(/\r?\n$/, ""), options);
  }
  return argument === undefined ? null : payloadOf(argument, options);
}

/** JSON where it is JSON, else text. */
export function payloadOf(text: string, options: PayloadOptions = {}): unknown {
  if (options.text) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The lines of standard input, without those that are empty. */
export async function* readLines(
  terminal: Terminal,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoderStream();
  let rest = "";
  for await (const text of terminal.input().pipeThrough(decoder)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > CLI_LIMITS.maxInputBytes) throw tooMuch("a line");
    for (const line of lines) {
      const trimmed = line.replace(/\r$/, "");
      if (trimmed !== "") yield trimmed;
    }
  }
  if (rest !== "") yield rest;
}

async function readAll(terminal: Terminal): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of terminal.input()) {
    bytes += chunk.byteLength;
    if (bytes > CLI_LIMITS.maxInputBytes) throw tooMuch("a payload");
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function tooMuch(what: string): CommandError {
  return new CommandError(
    EXIT.usage,
    `Cannot read standard input as ${what} must take at most ${CLI_LIMITS.maxInputBytes} bytes: it takes more`,
  );
}
