/**
 * Frames on a Unix socket, as fast as the platform allows: a length, an address
 * and the JSON, written many at a time and read from whole chunks. It has no
 * limits, no handshake and no care: it is what a bus is measured against.
 *
 * A frame is a length of four bytes (of what follows it), the length of the
 * address in one, the address, and the JSON.
 */
const HEADER_BYTES = 5;
/** A write that is not under way begins as soon as so much is ready. */
const EAGER_BYTES = 8 * 1_024;
/** Most that waits to be written before its sender should pause. */
const HIGH_WATER_BYTES = 1_024 * 1_024;
const READ_BYTES = 256 * 1_024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes of an address, made once for each. */
const addresses = new Map<string, Uint8Array>();

/** One end of a connection. */
export class FramedSocket {
  readonly #socket: Deno.UnixConn;
  #filling = new Uint8Array(EAGER_BYTES * 8);
  #filled = 0;
  #spare = new Uint8Array(EAGER_BYTES * 8);
  #writing: Promise<void> | undefined;
  #due = false;

  /** Takes the socket over. */
  constructor(socket: Deno.UnixConn) {
    this.#socket = socket;
  }

  /** Dials whoever listens at a path. */
  static async dial(path: string): Promise<FramedSocket> {
    return new FramedSocket(await Deno.connect({ transport: "unix", path }));
  }

  /** Whether more should wait for {@linkcode flush}. */
  get isFull(): boolean {
    return this.#filled > HIGH_WATER_BYTES;
  }

  /** Sends a value to an address. */
  send(address: string, value: unknown): void {
    this.#append(address, value);
    this.#schedule();
  }

  /** Sends a value to an address over several connections, encoded once. */
  static sendAll(
    sockets: readonly FramedSocket[],
    address: string,
    value: unknown,
  ): void {
    const [first, ...others] = sockets;
    if (!first) return;
    const from = first.#filled;
    const bytes = first.#append(address, value);
    for (const other of others) {
      other.forward(bytes.subarray(from, first.#filled));
    }
    first.#schedule();
  }

  /** Sends whole frames on as they are. */
  forward(frames: Uint8Array): void {
    this.#reserve(this.#filled + frames.length);
    this.#filling.set(frames, this.#filled);
    this.#filled += frames.length;
    this.#schedule();
  }

  /** Resolves once what was sent so far is written. */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  /** Hands over each frame: the chunk it is in, where it begins, and where it ends. */
  async read(
    take: (chunk: Uint8Array, from: number, to: number) => void,
    onChunk: () => void = () => {},
  ): Promise<void> {
    let buffer = new Uint8Array(READ_BYTES);
    let end = 0;
    while (true) {
      const count = await this.#socket.read(buffer.subarray(end));
      if (count === null) return;
      end += count;
      let at = 0;
      while (end - at >= HEADER_BYTES) {
        const next = at + 4 + readLength(buffer, at);
        if (next > end) break;
        take(buffer, at, next);
        at = next;
      }
      onChunk();
      if (end - at > buffer.length / 2) {
        const larger = new Uint8Array(buffer.length * 2);
        larger.set(buffer.subarray(at, end));
        buffer = larger;
      } else {
        buffer.copyWithin(0, at, end);
      }
      end -= at;
    }
  }

  /** Ends both directions. */
  close(): void {
    this.#socket.close();
  }

  /** Adds a frame to what is to be written. @returns The buffer that it is in. */
  #append(address: string, value: unknown): Uint8Array {
    const text = JSON.stringify(value);
    const to = addressBytes(address);
    const from = this.#filled;
    const textAt = from + HEADER_BYTES + to.length;
    // A character of JSON takes at most three bytes.
    this.#reserve(textAt + text.length * 3);
    const bytes = this.#filling;
    const { written } = encoder.encodeInto(text, bytes.subarray(textAt));
    bytes.set(to, from + HEADER_BYTES);
    writeHeader(bytes, from, 1 + to.length + written, to.length);
    this.#filled = textAt + written;
    return bytes;
  }

  #reserve(length: number): void {
    if (length <= this.#filling.length) return;
    const larger = new Uint8Array(length * 2);
    larger.set(this.#filling.subarray(0, this.#filled));
    this.#filling = larger;
  }

  #schedule(): void {
    if (this.#writing) return;
    if (this.#filled >= EAGER_BYTES) return this.#write();
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#write();
    });
  }

  #write(): void {
    if (this.#writing || this.#filled === 0) return;
    this.#writing = this.#writeAll().finally(() => this.#writing = undefined);
  }

  async #writeAll(): Promise<void> {
    while (this.#filled > 0) {
      const bytes = this.#filling;
      const length = this.#filled;
      this.#filling = this.#spare;
      this.#filled = 0;
      this.#spare = bytes;
      for (let at = 0; at < length;) {
        at += await this.#socket.write(bytes.subarray(at, length));
      }
    }
  }
}

/** The JSON of a frame, parsed. */
export function valueOf<T>(chunk: Uint8Array, from: number, to: number): T {
  const at = from + HEADER_BYTES + (chunk[from + 4] ?? 0);
  return JSON.parse(decoder.decode(chunk.subarray(at, to))) as T;
}

/** The address of a frame. */
export function addressOf(chunk: Uint8Array, from: number): string {
  const at = from + HEADER_BYTES;
  const bytes = chunk.subarray(at, at + (chunk[from + 4] ?? 0));
  return String.fromCharCode(...bytes);
}

/** The length that a frame's header gives for what follows the length itself. */
function readLength(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 |
    (bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0)) >>> 0;
}

function writeHeader(
  bytes: Uint8Array,
  at: number,
  length: number,
  addressLength: number,
): void {
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
  bytes[at + 4] = addressLength;
}

function addressBytes(address: string): Uint8Array {
  const known = addresses.get(address);
  if (known) return known;
  const bytes = encoder.encode(address);
  addresses.set(address, bytes);
  return bytes;
}
