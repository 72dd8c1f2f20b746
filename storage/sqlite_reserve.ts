import { createFile } from "./sqlite_database.ts";

/**
 * Room on the disk that is held back for changes that lead to less being kept:
 * a file of zeros beside the store's, given up when it is needed.
 */
export class SqliteReserve {
  readonly #path: string;
  readonly #bytes: number;
  #held = false;

  constructor(path: string, bytes: number) {
    this.#path = `${path}-reserve`;
    this.#bytes = bytes;
  }

  /** Whether it is there to be given up. */
  get held(): boolean {
    return this.#held || this.#bytes === 0;
  }

  /** Takes the room, where it is not taken. Throws what the system says if there is none. */
  take(): void {
    if (this.held) return;
    try {
      if (!this.#isWhole()) this.#write();
      this.#held = true;
    } catch (error) {
      this.giveUp();
      throw error;
    }
  }

  /** Gives the room to others. @returns Whether there was any. */
  giveUp(): boolean {
    this.#held = false;
    try {
      Deno.removeSync(this.#path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  #isWhole(): boolean {
    try {
      return Deno.statSync(this.#path).size === this.#bytes;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  #write(): void {
    createFile(this.#path);
    using file = Deno.openSync(this.#path, {
      create: true,
      write: true,
      truncate: true,
    });
    // Written and not only claimed: a hole takes no room.
    const zeros = new Uint8Array(this.#bytes);
    for (let at = 0; at < zeros.length;) {
      at += file.writeSync(zeros.subarray(at));
    }
    file.syncSync();
  }
}
