import { writeSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";

/** What a program can be asked, by name. */
export type Commands = Readonly<
  Record<string, (...args: never[]) => unknown>
>;

/** What a program was started with. */
export function programArguments(): readonly string[] {
  return process.argv.slice(2);
}

/**
 * The other end of a `Child`: says that it is ready, does what it is asked, one
 * after the other, and ends the process once nobody can ask any more. Uses what
 * Deno and Node have in common.
 */
export async function answer(commands: Commands): Promise<never> {
  tell(null);
  for await (const line of createInterface({ input: process.stdin })) {
    await obey(commands, line);
  }
  return process.exit(0);
}

/** Says one line by itself. */
export function tell(result: unknown): void {
  say({ result });
}

async function obey(commands: Commands, line: string): Promise<void> {
  const [name, ...args] = JSON.parse(line) as [string, ...never[]];
  try {
    const command = commands[name];
    if (!command) throw new Error(`There is no command ${name}`);
    say({ result: await command(...args) ?? null });
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
}

function say(answer: unknown): void {
  writeSync(1, JSON.stringify(answer) + "\n");
}
