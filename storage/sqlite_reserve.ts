import { createFile, removeFile, sizeOf, writeFile } from "./store_files.ts";

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
    return removeFile(this.#path);
  }

  #isWhole(): boolean {
    return sizeOf(this.#path) === this.#bytes;
  }

  #write(): void {
    createFile(this.#path);
    // Written and not only claimed: a hole takes no room.
    writeFile(this.#path, new Uint8Array(this.#bytes));
  }
}
