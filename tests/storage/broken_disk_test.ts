import assert from "node:assert/strict";
import { readFile, WrittenStore } from "./written_store.ts";

const WRITER = new URL("programs/limited_writer.ts", import.meta.url).pathname;
const LIMIT_BYTES = 1_000_000;
/** Without the shell's help the signal of the limit would end the program; so the write fails. */
const SCRIPT = `trap "" XFSZ; ulimit -S -f ${
  LIMIT_BYTES / 1_000
}; exec "$0" run --no-check -A "$1" "$2"`;

const mayLimit = await succeeds("prlimit", "--version");

async function succeeds(command: string, ...args: string[]): Promise<boolean> {
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(command, options).output()).success;
  } catch {
    return false;
  }
}

/** A program that keeps one record a line, with a limit to what it may write. */
class Writer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  constructor(path: string) {
    this.#child = new Deno.Command("bash", {
      args: ["-c", SCRIPT, Deno.execPath(), WRITER, path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** What it says next; it says one thing at a time. */
  async says(): Promise<string> {
    return (await this.#output.read()).value?.trim() ?? "";
  }

  async keeps(): Promise<string> {
    await this.#input.write(Uint8Array.of(10));
    return await this.says();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#output.cancel();
    await this.#child.status;
  }
}

Deno.test({
  name:
    "after a write that failed nothing of it is kept, and the file is opened anew by itself",
  ignore: Deno.build.os !== "linux" || !mayLimit,
  fn: async () => {
    using written = new WrittenStore();
    let kept = 0;
    {
      await using writer = new Writer(written.path);
      const pid = await writer.says();
      // Once a write has failed the log is brought into the file, and there may be room for some more.
      for (let failed = 0; failed < 3;) {
        const answer = await writer.keeps();
        if (answer !== `kept ${kept}`) {
          failed++;
          assert.equal(answer, `failed storage true ${kept}`);
        } else {
          failed = 0;
          kept++;
        }
      }
      assert.ok(kept > 3, `${kept} records were kept`);
      assert.ok(await succeeds("prlimit", "--pid", pid, "--fsize=unlimited"));
      for (let more = 0; more < 5; more++) {
        assert.equal(await writer.keeps(), `kept ${kept++}`);
      }
    }
    const { file, records } = readFile(written.path);
    file.close();
    assert.ok(records.every(({ damage }) => damage === undefined));
    assert.deepEqual(records.map(({ key }) => key), [...Array(kept).keys()]);
  },
});
