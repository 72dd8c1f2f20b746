import type { Clock } from "../../core/clock.ts";
import { Deadlines } from "../../core/deadlines.ts";
import { BusError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { checkFields, type MessageFields } from "../../core/message_check.ts";
import { nextNumber } from "../../core/number_table.ts";
import type { IdSource } from "../../core/random.ts";
import type { RetryPolicy } from "../../core/retry.ts";
import type { Tasks } from "../../core/tasks.ts";
import { logOf } from "../../telemetry/telemetry.ts";
import {
  FrameFlag,
  FrameKind,
  type OutgoingFrame,
  type ReceivedFrame,
  type Transport,
} from "../../transports/transport.ts";
import type { Body, Consumer, ConsumerSpec } from "../consumer.ts";
import type { Link, LinkAttachment, RequestHandle } from "../link.ts";
import type { ReplySink } from "../requests.ts";
import { fromFailure, type Hello } from "./protocol.ts";
import { RemoteConnection } from "./remote_connection.ts";
import { RemoteConsumers } from "./remote_consumers.ts";
import { RemoteRequests } from "./remote_requests.ts";
import { RemoteSends } from "./remote_sends.ts";
import { TurnClock } from "./turn_clock.ts";
import {
  cutBody,
  MessageFrame,
  type OutgoingMessage,
} from "./message_frame.ts";

/** What a {@linkcode RemoteLink} needs. */
export interface RemoteLinkOptions {
  /** The way to the bus. */
  transport: Transport;
  /** Who connects. */
  hello: Omit<Hello, "protocol" | "versions">;
  /** Whether frames have checksums, both ways. */
  checksums: boolean;
  /** When to try again; a lost connection ends the link if left out. */
  backoff: RetryPolicy | undefined;
  /** Longest wait before a send is refused, in milliseconds. */
  sendTimeoutMs: number;
  /** Where time comes from. */
  clock: Clock;
  /** How work is put off. */
  tasks: Tasks;
  /** Where ids come from. */
  ids: IdSource;
}

const log = logOf("bus");

/** Codes after which it would be no use to try again. */
const FINAL_CODES: readonly string[] = [
  "protocol",
  "unauthorized",
  "forbidden",
];

/** The link of an agent in another process: frames over a connection that is made again when it is lost. */
export class RemoteLink implements Link {
  /** Called once, when the link is closed for good. */
  onClosed: (() => void) | undefined;
  readonly #options: RemoteLinkOptions;
  readonly #deadlines: Deadlines;
  /** Of whatever is being sent: one for all, as each is written or copied at once. */
  readonly #frame = new MessageFrame();
  readonly #sends: RemoteSends;
  readonly #requests: RemoteRequests;
  readonly #consumers: RemoteConsumers;
  #connection: RemoteConnection | undefined;
  #limits = {
    maxMessageBytes: LIMITS.maxMessageBytes as number,
    requestTimeoutMs: 30_000,
  };
  /** Of every send, request and consumer, in one count. */
  #lastOperation = 0;
  #failures = 0;
  #cancelRetry: (() => void) | undefined;
  readonly #dialing = new AbortController();
  #closing: Promise<void> | undefined;

  /** A link that is not open yet. */
  constructor(options: RemoteLinkOptions) {
    this.#options = options;
    const { clock, tasks, sendTimeoutMs: timeoutMs } = options;
    this.#deadlines = new Deadlines(clock, { idleMs: LIMITS.idleTimerMs });
    const write = (sent: OutgoingFrame) => this.#connection?.send(sent);
    const writable = () => this.#connection?.writable ?? false;
    const connected = () => this.#connection !== undefined;
    const deadlines = this.#deadlines;
    const turnClock = new TurnClock(clock, tasks);
    const ports = { clock, turnClock, deadlines, write, connected, writable };
    this.#sends = new RemoteSends({ ...ports, timeoutMs });
    this.#requests = new RemoteRequests(ports);
    this.#consumers = new RemoteConsumers({ ...ports, timeoutMs });
  }

  /** Largest payload, in bytes. */
  get maxMessageBytes(): number {
    return this.#limits.maxMessageBytes;
  }

  /** Longest wait for a reply where the requester does not say, in milliseconds. */
  get requestTimeoutMs(): number {
    return this.#limits.requestTimeoutMs;
  }

  /** Whether the link is closed for good. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Connects for the first time.
   *
   * @throws {BusError} If that fails: a first connection is not tried again.
   */
  async open(signal?: AbortSignal): Promise<void> {
    const connection = await RemoteConnection.open(
      {
        ...this.#options,
        onFrame: (received) => this.#take(received),
        onWritable: () => {
          this.#consumers.flush();
          this.#requests.flush();
          this.#sends.flush();
        },
      },
      signal,
    );
    // Closed while the handshake was under way.
    if (this.#closing) return await connection.close();
    this.#connection = connection;
    this.#failures = 0;
    const { maxMessageBytes, requestTimeoutMs, sendWindow } =
      connection.welcome;
    this.#limits = { maxMessageBytes, requestTimeoutMs };
    void connection.ended.then((reason) => this.#lost(connection, reason));
    this.#consumers.attachAgain();
    this.#sends.resume(sendWindow);
  }

  /** The bus counts what is refused there; what never left is not among it. */
  refused(): void {}

  /** Sends a message. */
  send(
    fields: MessageFields,
    body: Body,
    signal?: AbortSignal,
  ): string | Promise<string> {
    this.#checkOpen();
    checkFields(fields);
    const id = this.#options.ids.next();
    const operation = this.#nextOperation();
    const refusal = this.#refusal(id, fields, body);
    if (refusal) {
      this.#report({ operation, id, fields, body });
      throw refusal;
    }
    try {
      const message = { operation, id, fields, body };
      const sent = this.#frame.fill(FrameKind.send, message);
      return this.#sends.send(sent, id, fields.requiresAck === true, signal);
    } finally {
      this.#frame.clear();
    }
  }

  /** Tells the bus of a message that is refused here, because that is where people look for it. */
  #report(refused: OutgoingMessage): void {
    const { body, bytes } = cutBody(refused.body, this.maxMessageBytes);
    const fields = { ...refused.fields, requiresAck: false };
    const message = { ...refused, fields, body };
    this.#sends.report(this.#frame.fill(FrameKind.send, message, bytes));
    this.#frame.clear();
  }

  /** Sends a request. */
  request(
    fields: MessageFields,
    body: Body,
    options: { timeoutMs: number; streams: boolean },
    sink: ReplySink,
  ): RequestHandle {
    this.#checkOpen();
    checkFields(fields);
    const id = this.#options.ids.next();
    const refusal = this.#refusal(id, fields, body);
    if (refusal) throw refusal;
    const operation = this.#nextOperation();
    const { timeoutMs, streams } = options;
    try {
      const message = { operation, id, fields, body };
      const flags = streams ? FrameFlag.stream : 0;
      const sent = this.#frame.fill(
        FrameKind.request,
        message,
        timeoutMs,
        flags,
      );
      return this.#requests.open(sent, options, sink);
    } finally {
      this.#frame.clear();
    }
  }

  /** Adds a consumer. */
  attach(spec: ConsumerSpec, consumer: Consumer): LinkAttachment {
    this.#checkOpen();
    return this.#consumers.attach(this.#nextOperation(), spec, consumer);
  }

  /** Leaves the bus, after what was sent has gone out. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#cancelRetry?.();
    this.#dialing.abort();
    const closed = () =>
      new BusError(
        "closed",
        `Agent "${this.#options.hello.name}" has left the bus`,
      );
    this.#consumers.end("closed");
    this.#requests.failAll(closed);
    this.#sends.failAll(closed);
    this.#deadlines.close();
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
    this.#consumers.detachAll();
    this.onClosed?.();
  }

  #take(received: ReceivedFrame): void {
    switch (received.kind) {
      case FrameKind.accepted:
      case FrameKind.credit:
        return this.#sends.take(received);
      case FrameKind.refused: {
        const { id, payload } = received;
        const error = fromFailure(payload);
        if (!this.#sends.refuse(id, error)) this.#consumers.refuse(id, error);
        return;
      }
      case FrameKind.reply:
      case FrameKind.piece:
      case FrameKind.end:
      case FrameKind.fail:
        return this.#requests.take(received);
      default:
        this.#consumers.take(received);
    }
  }

  #lost(connection: RemoteConnection, reason: BusError | undefined): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    const text = reason?.message ?? "the bus has closed it";
    log.warn("Connection of {agent} to the bus was lost: {reason}", {
      agent: this.#options.hello.name,
      reason: text,
    });
    this.#consumers.end("disconnected");
    this.#sends.suspend();
    this.#requests.failAll(() =>
      new BusError("unreachable", `Connection to the bus was lost: ${text}`)
    );
    const isFinal = reason !== undefined && FINAL_CODES.includes(reason.code);
    if (isFinal || !this.#options.backoff) void this.close();
    else this.#tryAgain(this.#options.backoff);
  }

  #tryAgain(backoff: RetryPolicy): void {
    const delayMs = backoff({ attempts: ++this.#failures }) ?? 0;
    this.#cancelRetry = this.#options.clock.schedule(delayMs, async () => {
      try {
        await this.open(this.#dialing.signal);
      } catch (error) {
        const isFinal = error instanceof BusError &&
          FINAL_CODES.includes(error.code);
        if (isFinal) void this.close();
        else if (!this.#closing) this.#tryAgain(backoff);
      }
    });
  }

  /** Why the bus would not take a message, as far as this end can tell. */
  #refusal(
    messageId: string,
    { ttlMs }: MessageFields,
    body: Body,
  ): BusError | undefined {
    const bytes = "bytes" in body ? body.bytes : body.encoded.bytes.byteLength;
    if (bytes > this.maxMessageBytes) {
      const text =
        `Cannot send message as its payload must be at most ${this.maxMessageBytes} bytes: it has ${bytes} or more`;
      return new BusError("too_large", text, { messageId });
    }
    if (ttlMs !== 0) return undefined;
    const text = "Cannot send message as its time to live has ended: 0 ms";
    return new BusError("expired", text, { messageId });
  }

  #nextOperation(): number {
    this.#lastOperation = nextNumber(this.#lastOperation);
    return this.#lastOperation;
  }

  #checkOpen(): void {
    if (!this.#closing) return;
    throw new BusError(
      "closed",
      `Agent "${this.#options.hello.name}" has left the bus`,
    );
  }
}
