/** What a program does when it is asked. */
export type Commands = Record<
  string,
  (...args: never[]) => unknown | Promise<unknown>
>;

/** The arguments that the program was started with. */
export function programArgs(): unknown[] {
  return Deno.args.map((arg) => JSON.parse(arg));
}

/** Says that the program is ready, then does what it is asked, line by line, until its input ends. */
export async function serveCommands(commands: Commands): Promise<void> {
  say({});
  let rest = "";
  const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const text of input) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) await answer(commands, line);
  }
  Deno.exit(0);
}

async function answer(commands: Commands, line: string): Promise<void> {
  const [name, ...args] = JSON.parse(line) as [string, ...never[]];
  try {
    say({ result: await commands[name]?.(...args) });
  } catch (error) {
    say({ error: error instanceof Error ? error.stack : String(error) });
  }
}

function say(value: object): void {
  console.log(JSON.stringify(value));
}
