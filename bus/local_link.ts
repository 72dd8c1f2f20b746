import { Chain, type ChainLink } from "../core/chain.ts";
import { BusError } from "../core/errors.ts";
import type { MessageFields } from "../core/message_check.ts";
import type { Body, Consumer, ConsumerSpec } from "./consumer.ts";
import type { Instance } from "./agent_entry.ts";
import { idOf } from "./decision.ts";
import type { Engine } from "./engine.ts";
import type { Envelope } from "./envelope.ts";
import type { Pausable } from "./instant_clock.ts";
import type { Link, LinkAttachment, RequestHandle } from "./link.ts";
import type { OpenRequest, ReplySink, RequestTable } from "./requests.ts";

/** The parts of the bus that a {@linkcode LocalLink} works with. */
export type LocalLinkParts = Pick<
  Engine,
  | "clock"
  | "counters"
  | "intake"
  | "directory"
  | "deliveries"
  | "dispatcher"
  | "pace"
  | "requests"
  | "maxMessageBytes"
  | "requestTimeoutMs"
>;

/** The link of an agent in the bus's own process: plain calls. */
export class LocalLink implements Link {
  /** Largest payload, in bytes. */
  readonly maxMessageBytes: number;
  /** Longest wait for a reply where the requester does not say, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** What stands still while the bus hands out. */
  readonly instant: Pausable;
  readonly #parts: LocalLinkParts;
  readonly #instance: Instance;
  readonly #onClose: () => void;
  readonly #requests = new Chain<LocalRequest>();
  #closed = false;

  /** The link of an instance that has joined. */
  constructor(
    instance: Instance,
    parts: LocalLinkParts,
    onClose: () => void,
  ) {
    this.#instance = instance;
    this.#parts = parts;
    this.#onClose = onClose;
    this.instant = parts.clock;
    this.maxMessageBytes = parts.maxMessageBytes;
    this.requestTimeoutMs = parts.requestTimeoutMs;
  }

  /** Counts a send that was refused before it got here. */
  refused(): void {
    this.#parts.counters.refused++;
  }

  /** Sends a message. */
  send(
    fields: MessageFields,
    body: Body,
    signal?: AbortSignal,
  ): string | Promise<string> {
    const { dispatcher, intake, pace } = this.#parts;
    const id = idOf(intake.submit({ fields, body, signal }));
    const pause = pace.step();
    if (typeof id !== "string") return pause ? after(pause, id) : id;
    const rest = pause ?? dispatcher.rest;
    return rest ? rest.then(() => id) : id;
  }

  /** Sends a request. */
  request(
    fields: MessageFields,
    body: Body,
    { timeoutMs, streams }: { timeoutMs: number; streams: boolean },
    sink: ReplySink,
  ): RequestHandle {
    const { clock, intake, requests } = this.#parts;
    const request = new LocalRequest(sink, requests, this.#requests);
    this.#requests.add(request);
    const isHeld = clock.begin();
    try {
      const how = { timeoutMs, streams, sink: request };
      request.opened = intake.request({ fields, body }, how);
    } catch (error) {
      this.#requests.remove(request);
      throw error;
    } finally {
      if (isHeld) clock.release();
    }
    return request;
  }

  /** Adds a consumer. */
  attach(spec: ConsumerSpec, consumer: Consumer): LinkAttachment {
    const { directory, deliveries } = this.#parts;
    const attachment = directory.attach(this.#instance, spec, consumer);
    return {
      attached: Promise.resolve(),
      wake: () => attachment.mailbox.wake(),
      detach: ({ giveBack }) => {
        directory.detach(this.#instance, attachment);
        if (giveBack) {
          for (const lease of attachment.leases) deliveries.takeBack(lease);
        }
        return Promise.resolve();
      },
    };
  }

  /** Leaves the bus. */
  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#parts.directory.leave(this.#instance);
    const text = `Agent "${this.#instance.agent.name}" has left the bus`;
    for (const request of this.#requests) {
      request.cancel(new BusError("closed", text));
    }
    this.#onClose();
    return Promise.resolve();
  }
}

/** What a send came to, once a pause is over, too. */
async function after(pause: Promise<void>, sent: Promise<string>) {
  const id = await sent;
  await pause;
  return id;
}

/** A request of an agent in the bus's own process, and where its reply goes. */
class LocalRequest
  implements ReplySink, RequestHandle, ChainLink<LocalRequest> {
  previous: LocalRequest | undefined = undefined;
  next: LocalRequest | undefined = undefined;
  /** On the table of the bus; not yet while it is put there. */
  opened: OpenRequest | undefined = undefined;
  readonly #sink: ReplySink;
  readonly #table: RequestTable;
  readonly #open: Chain<LocalRequest>;

  constructor(
    sink: ReplySink,
    table: RequestTable,
    open: Chain<LocalRequest>,
  ) {
    this.#sink = sink;
    this.#table = table;
    this.#open = open;
  }

  reply(envelope: Envelope): void {
    this.#open.remove(this);
    this.#sink.reply(envelope);
  }

  piece(envelope: Envelope): void {
    this.#sink.piece(envelope);
  }

  end(): void {
    this.#open.remove(this);
    this.#sink.end();
  }

  fail(error: BusError): void {
    this.#open.remove(this);
    this.#sink.fail(error);
  }

  cancel(
    error: BusError = new BusError("cancelled", "Request was cancelled"),
  ): void {
    if (this.opened) this.#table.fail(this.opened, error);
  }

  grant(pieces: number): void {
    if (this.opened) this.#table.grant(this.opened, pieces);
  }
}
