/** Where the report goes: a file, and standard output while it is written. */
export class ReportFile {
  /** The file's path. */
  readonly path: string;
  #writing: Promise<void> = Promise.resolve();

  /** Nothing is written yet. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Writes a report piece by piece, as it comes; a report that is asked for
   * meanwhile is written after it. What was in the file before is replaced at
   * the end, so that whoever reads it finds a whole report.
   */
  write(
    pieces: AsyncIterable<string>,
    options: { print: boolean },
  ): Promise<void> {
    const written = this.#writing.then(() => this.#write(pieces, options));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #write(
    pieces: AsyncIterable<string>,
    { print }: { print: boolean },
  ): Promise<void> {
    const encoder = new TextEncoder();
    const whole: string[] = [];
    for await (const piece of pieces) {
      whole.push(piece);
      if (print) await writeAll(encoder.encode(piece));
    }
    const next = `${this.path}.part`;
    await Deno.writeTextFile(next, whole.join(""));
    await Deno.rename(next, this.path);
  }
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += await Deno.stdout.write(bytes.subarray(at));
}
