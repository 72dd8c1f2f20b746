import { parseArgs, type ParseArgsConfig } from "node:util";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Reads the command line; ends the process if it cannot be understood. */
export function readOptions<const T extends Options>(
  options: T,
): ReturnType<typeof parseArgs<{ options: T }>>["values"] {
  // `deno task bench -- --json` hands on the dashes, after which nothing would be an option.
  const args = Deno.args.filter((arg) => arg !== "--");
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** The number that an option gives; ends the process if it is none. */
export function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  return fail(
    `Cannot measure as ${name} must be a whole number above 0: current value is ${text}`,
  );
}

/** Says why nothing can be measured, and ends the process. */
export function fail(reason: string): never {
  console.error(reason);
  Deno.exit(2);
}

/** Says what is being done, to a person who waits. */
export function showProgress(text: string): void {
  if (Deno.stderr.isTerminal()) console.error(text);
}
