/** A disk in memory that is full soon. Only a person who may mount has one. */
export class SmallDisk implements Disposable {
  /** Where it is. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes one; `undefined` where nobody lets us. */
  static make(bytes: number): SmallDisk | undefined {
    const directory = Deno.makeTempDirSync({ prefix: "busbar-disk-" });
    const size = `size=${bytes}`;
    if (run("mount", "-t", "tmpfs", "-o", size, "tmpfs", directory)) {
      return new SmallDisk(directory);
    }
    Deno.removeSync(directory);
  }

  /** Whether there can be one. */
  static isPossible(): boolean {
    using disk = SmallDisk.make(1024 * 1024);
    return disk !== undefined;
  }

  /** Takes all room that is left. @returns The file that has it. */
  fill(): string {
    const path = `${this.directory}/rest`;
    using file = Deno.openSync(path, { create: true, write: true });
    const page = new Uint8Array(4_096);
    try {
      while (true) file.writeSync(page);
    } catch {
      return path;
    }
  }

  /** Nothing can be written to it from then on. */
  protect(): void {
    run("mount", "-o", "remount,ro", this.directory);
  }

  /** Takes the disk away. */
  [Symbol.dispose](): void {
    run("umount", "--lazy", this.directory);
    Deno.removeSync(this.directory);
  }
}

function run(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}
