import type { Clock } from "../../core/clock.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Tasks } from "../../core/tasks.ts";
import type { Connection } from "../connection.ts";
import { BufferSize } from "./buffer_size.ts";
import { type Checksums, FrameDecoder } from "./decoder.ts";
import { frame, FrameKind, type OutgoingFrame } from "./frame.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ReceivedFrame } from "./received_frame.ts";
import { FrameWriter } from "./writer.ts";

/** Size of the read buffer at first, in bytes: what a connection without traffic costs. */
const FIRST_READ_BYTES = 1024;
/** Size that it grows to while reads fill it, in bytes. */
const READ_BYTES = 64 * 1024;

/** Options of {@linkcode FrameChannel}. */
export interface FrameChannelOptions {
  /** Measures silence and the time that a write takes. */
  clock: Clock;
  /** Says when a turn ends. */
  tasks: Tasks;
  /** Most that a received frame's length field may say, in bytes. Small before the handshake. */
  maxFrameBytes: number;
  /**
   * Silence after which the peer is pinged, in milliseconds; after twice as
   * long it is given up.
   *
   * @default {15_000}
   */
  heartbeatMs?: number;
  /**
   * Longest that the peer may leave one write untaken, in milliseconds.
   *
   * @default {10_000}
   */
  writeTimeoutMs?: number;
  /**
   * Whether frames have checksums, both ways. With `"as-first"` they have them
   * if the first that is received has; until then none has, and none is a ping.
   *
   * @default {false}
   */
  checksums?: Checksums;
  /** Called when {@linkcode FrameChannel.writable} becomes `true` again. */
  onWritable?: () => void;
  /** Held while frames that arrived together are handed out, one after the other. */
  instant?: Instant;
}

/** Something that can be held for as long as everything happens at once. */
export interface Instant {
  /** From now on. */
  hold(): void;
  /** Up to now. */
  release(): void;
}

/**
 * Frames over one connection, both ways: cuts what arrives, gathers what
 * leaves, and watches that the peer lives and reads.
 */
export class FrameChannel {
  /** The other end, for logs and for the inspector. */
  readonly remote: string;
  readonly #connection: Connection;
  readonly #writeTimeoutMs: number;
  readonly #clock: Clock;
  readonly #decoder: FrameDecoder;
  readonly #writer: FrameWriter;
  readonly #heartbeat: Heartbeat;
  readonly #instant: Instant | undefined;
  #failure: { cause: unknown } | undefined;
  #closing: Promise<void> | undefined;

  /** A channel that sends at once, and reads as soon as it is run. */
  constructor(connection: Connection, options: FrameChannelOptions) {
    const {
      clock,
      tasks,
      maxFrameBytes,
      heartbeatMs = LIMITS.heartbeatMs,
      writeTimeoutMs = LIMITS.writeTimeoutMs,
      checksums = false,
      onWritable = () => {},
    } = options;
    this.remote = connection.remote;
    this.#instant = options.instant;
    this.#connection = connection;
    this.#clock = clock;
    this.#writeTimeoutMs = writeTimeoutMs;
    this.#decoder = new FrameDecoder(maxFrameBytes, checksums);
    this.#writer = new FrameWriter(connection, {
      clock,
      tasks,
      writeTimeoutMs,
      onWritable,
      onFailure: (failure) => this.#fail(failure),
    });
    this.#heartbeat = new Heartbeat(clock, heartbeatMs, {
      lastSentAt: () => this.#writer.lastWriteAt,
      ping: () => this.#ping(),
      onSilence: (failure) => this.#fail(failure),
    });
  }

  /** Most that a received frame's length field may say, in bytes; from the next frame on. */
  get maxFrameBytes(): number {
    return this.#decoder.maxFrameBytes;
  }
  set maxFrameBytes(bytes: number) {
    this.#decoder.maxFrameBytes = bytes;
  }

  /** Silence after which the peer is pinged, in milliseconds. */
  get heartbeatMs(): number {
    return this.#heartbeat.intervalMs;
  }
  set heartbeatMs(intervalMs: number) {
    this.#heartbeat.intervalMs = intervalMs;
  }

  /** Whether more should be sent now: `false` above 1 MiB until half of it has left, and once closed. */
  get writable(): boolean {
    return this.#writer.writable;
  }

  /**
   * Sends a frame; it may be changed and sent again as soon as this returns, and
   * what it refers to may change. Does nothing once the channel is closed: {@linkcode FrameChannel.run} tells.
   */
  send(frame: OutgoingFrame): void {
    if (this.#closing !== undefined) return;
    this.#writer.send(frame, this.#decoder.checksums);
  }

  /**
   * Reads until the stream ends, calling `onFrame` for each frame but pings and
   * pongs, which are dealt with here. A frame holds only during
   * the call, and is used again for the next one; after {@linkcode FrameChannel.close} there are no more
   * calls. To be run once.
   *
   * @returns When the peer or this side has closed; the channel is closed then.
   * @throws {BusError} With code `"unreachable"` if the connection broke, what
   * was sent did not arrive as it was, or the peer fell silent or does not read:
   * the channel is closed then. With code
   * `"protocol"` if the peer sent what is no frame, or whatever `onFrame` threw:
   * the channel still sends then, so that its owner can say why, and close it.
   */
  async run(onFrame: (frame: ReceivedFrame) => void): Promise<void> {
    this.#heartbeat.start();
    try {
      await this.#readAll((frame) => this.#take(frame, onFrame));
    } finally {
      this.#heartbeat.stop();
    }
    if (this.#failure) throw this.#failure.cause;
  }

  /**
   * Sends what is buffered, if the peer takes it within `graceMs` milliseconds,
   * the write timeout unless said otherwise; then closes. Safe to call twice.
   */
  close(graceMs: number = this.#writeTimeoutMs): Promise<void> {
    this.#closing ??= this.#finish(graceMs);
    return this.#closing;
  }

  /** Closes at once and drops what is buffered. Safe to call twice. */
  abort(): void {
    this.#decoder.stop();
    this.#writer.end();
    const closed = this.#closeConnection();
    this.#closing ??= closed;
  }

  async #readAll(onFrame: (frame: ReceivedFrame) => void): Promise<void> {
    const size = new BufferSize(FIRST_READ_BYTES, READ_BYTES);
    let buffer = new Uint8Array(size.bytes);
    let count = await this.#read(buffer);
    while (count !== null) {
      this.#heartbeat.heard();
      this.#decode(buffer.subarray(0, count), onFrame);
      if (count === buffer.length) size.grow();
      else size.used(count);
      if (buffer.length !== size.bytes) buffer = new Uint8Array(size.bytes);
      count = await this.#read(buffer);
    }
    if (this.#decoder.pendingBytes > 0) this.#fail(cutOff(this.remote));
    this.abort();
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#connection.read(buffer);
    } catch (cause) {
      this.#fail(cause);
      return null;
    }
  }

  #decode(chunk: Uint8Array, onFrame: (frame: ReceivedFrame) => void): void {
    this.#instant?.hold();
    try {
      this.#decoder.push(chunk, onFrame);
    } catch (error) {
      if (!isBroken(error)) throw error;
      this.#fail(error);
    } finally {
      this.#instant?.release();
    }
  }

  #ping(): void {
    // A peer that has not said whether it wants checksums could not read it.
    if (this.#decoder.checksums === undefined) return;
    this.send(frame(FrameKind.ping));
  }

  #take(
    received: ReceivedFrame,
    onFrame: (frame: ReceivedFrame) => void,
  ): void {
    switch (received.kind) {
      case FrameKind.ping:
        // One that does not read what it is told is not told more.
        if (this.writable) {
          this.send(frame(FrameKind.pong, { id: received.id }));
        }
        return;
      case FrameKind.pong:
        return;
      default:
        onFrame(received);
    }
  }

  async #finish(graceMs: number): Promise<void> {
    // Reading goes on meanwhile, and is ignored: a peer that waits for room to
    // write might otherwise never come to read what is still to be sent.
    this.#decoder.stop();
    this.#heartbeat.stop();
    const cancel = this.#clock.schedule(
      graceMs,
      () => this.#writer.end(),
    );
    await this.#writer.idle();
    cancel();
    this.#writer.end();
    await this.#closeConnection();
  }

  async #closeConnection(): Promise<void> {
    try {
      await this.#connection.close();
    } catch {
      // Whatever stood in the way of closing it, nothing uses it any more.
    }
  }

  /** The first failure is what the channel ended with; none counts once it closes. */
  #fail(cause: unknown): void {
    if (this.#closing !== undefined) return;
    this.#failure = { cause };
    this.abort();
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof BusError && error.code === "unreachable";
}

function cutOff(remote: string): BusError {
  return new BusError(
    "unreachable",
    `Cannot read from ${remote} as a stream must end between two frames: it ended inside one`,
  );
}
