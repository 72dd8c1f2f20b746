import { addressOf, type FramedSocket } from "../clients/framed_socket.ts";

/** Frames for one address that lie side by side in a chunk: they are forwarded at once. */
export class FrameRun {
  readonly #receiversOf: (address: string) => readonly FramedSocket[];
  #chunk: Uint8Array | undefined;
  #from = 0;
  #to = 0;

  /** No frames yet; where they go is looked up once for all of them. */
  constructor(receiversOf: (address: string) => readonly FramedSocket[]) {
    this.#receiversOf = receiversOf;
  }

  /** Adds a frame; one for another address ends the run before it. */
  add(chunk: Uint8Array, from: number, to: number): void {
    if (this.#chunk && !this.#isSameAddress(chunk, from)) this.end();
    if (!this.#chunk) {
      this.#chunk = chunk;
      this.#from = from;
    }
    this.#to = to;
  }

  /** Forwards them. The chunk is read over after that. */
  end(): void {
    if (!this.#chunk) return;
    const frames = this.#chunk.subarray(this.#from, this.#to);
    const address = addressOf(this.#chunk, this.#from);
    for (const socket of this.#receiversOf(address)) socket.forward(frames);
    this.#chunk = undefined;
  }

  #isSameAddress(chunk: Uint8Array, from: number): boolean {
    const length = (chunk[from + 4] ?? 0) + 1;
    for (let index = 4; index < 4 + length; index++) {
      if (chunk[this.#from + index] !== chunk[from + index]) return false;
    }
    return true;
  }
}
