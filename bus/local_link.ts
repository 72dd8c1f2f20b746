import { BusError } from "../core/errors.ts";
import type { MessageFields } from "../core/message_check.ts";
import type { Body, Consumer, ConsumerSpec } from "./consumer.ts";
import type { Instance } from "./agent_entry.ts";
import type { Engine } from "./engine.ts";
import { idOf } from "./intake.ts";
import type { Link, LinkAttachment, RequestHandle } from "./link.ts";
import { openRequest } from "./request_reply.ts";
import type { ReplySink } from "./requests.ts";

/** The parts of the bus that a {@linkcode LocalLink} works with. */
export type LocalLinkParts = Pick<
  Engine,
  | "counters"
  | "intake"
  | "directory"
  | "deliveries"
  | "dispatcher"
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
  readonly #parts: LocalLinkParts;
  readonly #instance: Instance;
  readonly #onClose: () => void;
  readonly #requests = new Set<RequestHandle>();
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
    const { dispatcher, intake } = this.#parts;
    const id = idOf(intake.submit({ fields, body, signal }));
    const { rest } = dispatcher;
    return rest && typeof id === "string" ? rest.then(() => id) : id;
  }

  /** Sends a request. */
  request(
    fields: MessageFields,
    body: Body,
    options: { timeoutMs: number; streams: boolean },
    sink: ReplySink,
  ): RequestHandle {
    let ended = false;
    let handle: RequestHandle | undefined = undefined;
    const forget = () => {
      ended = true;
      if (handle) this.#requests.delete(handle);
    };
    const submission = { fields, body };
    const opened = withEnd(sink, forget);
    handle = openRequest(this.#parts, submission, options, opened);
    // It may have ended already: nobody serves the name.
    if (!ended) this.#requests.add(handle);
    return handle;
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
    for (const request of [...this.#requests]) {
      request.cancel(new BusError("closed", text));
    }
    this.#onClose();
    return Promise.resolve();
  }
}

/** The sink, with something to do once no more can come. */
function withEnd(sink: ReplySink, onEnd: () => void): ReplySink {
  return {
    reply: (envelope) => {
      onEnd();
      sink.reply(envelope);
    },
    piece: (envelope) => sink.piece(envelope),
    end: () => {
      onEnd();
      sink.end();
    },
    fail: (error) => {
      onEnd();
      sink.fail(error);
    },
  };
}
