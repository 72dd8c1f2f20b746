/** A directory of one test's own, for its sockets; gone with the test. */
export class SocketDirectory implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes a directory that its owner alone may use. */
  static async create(): Promise<SocketDirectory> {
    return new SocketDirectory(await Deno.makeTempDir({ prefix: "busbar-" }));
  }

  /** The path of a file in it. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
