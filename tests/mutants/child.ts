/** How a program that was run in a copy of the project ended. */
export interface Run {
  /** Each line that it wrote to its standard output. */
  readonly lines: readonly string[];
  /** What it wrote to its standard error. */
  readonly errors: string;
  /** Whether it had to be ended as its time was over. */
  readonly isOverdue: boolean;
}

/** How a program is run. */
export interface RunOptions {
  /** Its folder. */
  readonly cwd: string;
  /** Longest that it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Looks at each line as it comes. @returns Whether that is enough, and the program can be ended. */
  readonly isEnough?: (line: string) => boolean;
}

/** Runs Deno with the given arguments until it ends, has said enough, or its time is over. */
export async function runDeno(
  args: readonly string[],
  { cwd, timeoutMs, isEnough = () => false }: RunOptions,
): Promise<Run> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  await using child = command.spawn();
  let isOverdue = false;
  const timer = setTimeout(() => {
    isOverdue = true;
    end(child);
  }, timeoutMs);
  try {
    const errors = new Response(child.stderr).text();
    const lines: string[] = [];
    for await (const line of linesOf(child.stdout)) {
      lines.push(line);
      if (isEnough(line)) end(child);
    }
    await child.status;
    return { lines, errors: await errors, isOverdue };
  } finally {
    clearTimeout(timer);
  }
}

/** A program that loops does not hear of anything gentler. */
function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
