import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "../../mod.ts";
import { unixTransport } from "../../transports/unix.ts";

const PROGRAMS = new URL("../support/programs/", import.meta.url);
/** Longest wait for a line, in milliseconds: far below the 30 s of a lease. */
const PATIENCE_MS = 12_000;

/** A program in a process of its own, spoken to by lines. */
class Process implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #text = "";

  constructor(file: string, ...args: string[]) {
    const path = fileURLToPath(new URL(file, PROGRAMS));
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", path, ...args],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** Waits for the next line. */
  async line(): Promise<string> {
    const timer = setTimeout(() => this.kill(), PATIENCE_MS);
    try {
      for (;;) {
        const end = this.#text.indexOf("\n");
        if (end >= 0) {
          const line = this.#text.slice(0, end);
          this.#text = this.#text.slice(end + 1);
          return line;
        }
        const { done, value } = await this.#lines.read();
        assert.ok(!done, "the program ended, or said nothing for too long");
        this.#text += value;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async say(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      assert.ok(error instanceof TypeError, String(error));
    }
  }

  /** Ends it as a power cut would, and waits until it is gone. */
  async killed(): Promise<void> {
    this.kill();
    await this.#child.status;
  }

  async status(): Promise<number> {
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killed();
    await this.#input.close().catch(() => {});
    await this.#lines.cancel();
  }
}

async function withSocket(use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "busbar-processes-" });
  try {
    await use(join(folder, "bus.sock"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function listening(path: string): Promise<Process> {
  const host = new Process("host.ts", path);
  assert.equal(await host.line(), "listening");
  return host;
}

Deno.test("a second host is refused while the first one lives, and harms it not", async () => {
  await withSocket(async (path) => {
    await using first = await listening(path);
    await using second = new Process("host.ts", path);
    assert.equal(await second.line(), "refused unreachable");
    assert.equal(await second.status(), 3);
    const transport = unixTransport(path);
    await using sender = await connect(transport, { name: "sender" });
    await sender.send("counter", "still here", { requiresAck: true });
    assert.equal(await first.line(), "still here");
  });
});

Deno.test("closing an old listener does not unlink its successor's socket", async () => {
  await withSocket(async (path) => {
    await using old = await listening(path);
    // As a person would, to make way for another.
    await Deno.remove(path);
    await using successor = await listening(path);
    await old.say("close");
    await old.say("stats");
    assert.match(await old.line(), /^stats /);
    const transport = unixTransport(path);
    await using sender = await connect(transport, { name: "sender" });
    await sender.send("counter", "to the successor", { requiresAck: true });
    assert.equal(await successor.line(), "to the successor");
  });
});
