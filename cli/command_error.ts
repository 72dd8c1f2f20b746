import { CommanderError } from "commander";
import { BusError, type BusErrorCode } from "../connect.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { visible } from "./text.ts";

/** Ends a command with a text for people and a code for scripts. */
export class CommandError extends Error {
  /** What the program ends with. */
  readonly exitCode: ExitCode;

  /** What was wrong and what to do, in one line. */
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

/** How a failure is told. */
export interface Failure {
  /** What the program ends with. */
  readonly exitCode: ExitCode;
  /** One line. */
  readonly text: string;
}

const CODES: Partial<Record<BusErrorCode, ExitCode>> = {
  invalid_message: EXIT.usage,
  no_recipient: EXIT.notFound,
  unreachable: EXIT.noBus,
  request_timeout: EXIT.timeout,
  backpressure_timeout: EXIT.timeout,
  unauthorized: EXIT.notAllowed,
  forbidden: EXIT.notAllowed,
};

/** What to do about it, where the error's own text does not say so. */
const ADVICE: Partial<Record<BusErrorCode, string>> = {
  no_recipient: '; "busbar agents" lists who is there',
  unreachable:
    '; start a bus with "busbar serve", or let "busbar doctor" look for the reason',
  request_timeout: "; --timeout gives it longer",
  backpressure_timeout: '; "busbar top" shows what is full',
  protocol: '; "busbar doctor" compares the versions',
};

/** Says what went wrong, whatever it was, in one line without control characters. */
export function describeFailure(thrown: unknown): Failure {
  const { exitCode, text } = failureOf(thrown);
  return { exitCode, text: visible(text.replaceAll(/\s*\n\s*/g, " ")) };
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof CommandError) {
    return { exitCode: thrown.exitCode, text: thrown.message };
  }
  if (thrown instanceof CommanderError) {
    return {
      exitCode: EXIT.usage,
      text: thrown.message.replace(/^error: /, ""),
    };
  }
  if (thrown instanceof BusError) {
    return {
      exitCode: CODES[thrown.code] ?? EXIT.failed,
      text: thrown.message + (ADVICE[thrown.code] ?? ""),
    };
  }
  if (thrown instanceof Deno.errors.NotCapable) {
    return {
      exitCode: EXIT.notAllowed,
      text: `Cannot do this as Deno gave no leave: ${thrown.message}`,
    };
  }
  if (thrown instanceof TypeError || thrown instanceof RangeError) {
    return { exitCode: EXIT.usage, text: thrown.message };
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return { exitCode: EXIT.failed, text };
}
