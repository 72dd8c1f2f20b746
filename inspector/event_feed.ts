import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { BusEvent, Clock, MessageBus } from "../mod.ts";
import { EventOutbox } from "./event_outbox.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { Problem } from "./problem.ts";
import { shownEvent } from "./shown.ts";
import type { StatsSource } from "./stats_source.ts";

/** Where an {@linkcode EventFeed} takes its parts from. */
export interface EventFeedOptions {
  /** Whose events. */
  bus: MessageBus;
  /** Its figures. */
  source: StatsSource;
  /** Waits, and paces. */
  clock: Clock;
  /** Ends every stream. */
  signal: AbortSignal;
}

/** A stream that is open. */
interface OpenStream {
  stream: SSEStreamingApi;
  outbox: EventOutbox;
  controller: AbortController;
  wantsStats: boolean;
}

const RETRY_MS = 2_000;

/**
 * Streams of server-sent events, at most 16 at a time. Each is read from the
 * bus without delay into an outbox of its own, so that what a slow reader loses
 * is counted for that reader; each is written at most 500 events a second.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  #open = 0;

  /** No streams yet. */
  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  /** Answers with a stream. @throws {Problem} With status 503 if there are too many. */
  answer(c: Context, { wantsStats }: { wantsStats: boolean }): Response {
    if (this.#open >= INSPECTOR_LIMITS.maxEventStreams) {
      c.header("Retry-After", "5");
      throw new Problem(
        503,
        "too_many_streams",
        `Cannot open event stream as ${INSPECTOR_LIMITS.maxEventStreams} are open already`,
      );
    }
    this.#open++;
    return streamSSE(c, async (stream) => {
      try {
        await this.#serve(stream, wantsStats);
      } finally {
        this.#open--;
      }
    });
  }

  async #serve(stream: SSEStreamingApi, wantsStats: boolean): Promise<void> {
    const { signal } = this.#options;
    const controller = new AbortController();
    const outbox = new EventOutbox();
    const end = () => controller.abort();
    controller.signal.addEventListener("abort", () => {
      outbox.end();
      stream.abort();
    });
    // A reader that goes away cancels its stream.
    stream.onAbort(end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    const collecting = this.#collect(outbox, controller.signal);
    try {
      await this.#pump({ stream, outbox, controller, wantsStats });
    } finally {
      end();
      signal.removeEventListener("abort", end);
      await collecting;
    }
  }

  async #collect(outbox: EventOutbox, signal: AbortSignal): Promise<void> {
    for await (const event of this.#options.bus.events({ signal })) {
      outbox.offer(event);
    }
    outbox.end();
  }

  async #pump(open: OpenStream): Promise<void> {
    const { clock } = this.#options;
    const writer = new EventWriter(this.#options, open);
    await writer.write(`: connected\nretry: ${RETRY_MS}\n\n`);
    while (!open.controller.signal.aborted && !open.outbox.finished) {
      const hadEvents = await writer.flush();
      if (hadEvents) {
        await pause(
          clock,
          INSPECTOR_LIMITS.eventBatchMs,
          open.controller.signal,
        );
      } else await open.outbox.wait(clock, writer.quietMs());
    }
  }
}

/** Writes the text of one stream. */
class EventWriter {
  readonly #options: EventFeedOptions;
  readonly #open: OpenStream;
  #lastId = 0;
  #writtenAt: number;
  #statsAt: number;

  constructor(options: EventFeedOptions, open: OpenStream) {
    this.#options = options;
    this.#open = open;
    this.#writtenAt = options.clock.monotonic();
    this.#statsAt = open.wantsStats ? this.#writtenAt : Infinity;
  }

  /** Writes what is due. @returns Whether there were events. */
  async flush(): Promise<boolean> {
    const { outbox } = this.#open;
    const lost = outbox.takeLost();
    const events = outbox.take(INSPECTOR_LIMITS.maxBatchEvents);
    let text = lost > 0 ? named("lost", { lost }) : "";
    for (const event of events) text += this.#numbered(event);
    text += this.#dueStats();
    if (text === "" && this.#silentMs() >= INSPECTOR_LIMITS.heartbeatMs) {
      text = ": alive\n\n";
    }
    if (text !== "") await this.write(text);
    return events.length > 0;
  }

  /** How long nothing is due if no event comes, in milliseconds. */
  quietMs(): number {
    const untilStats = this.#statsAt - this.#options.clock.monotonic();
    const untilBeat = INSPECTOR_LIMITS.heartbeatMs - this.#silentMs();
    return Math.max(1, Math.min(untilStats, untilBeat));
  }

  /** Writes, and cuts the stream when its reader stalls: what it holds would stay for ever. */
  async write(text: string): Promise<void> {
    const { clock } = this.#options;
    const cancel = clock.schedule(
      INSPECTOR_LIMITS.stalledMs,
      () => this.#open.controller.abort(),
    );
    await this.#open.stream.write(text);
    cancel();
    this.#writtenAt = clock.monotonic();
  }

  #numbered(event: BusEvent): string {
    this.#lastId++;
    return `id: ${this.#lastId}\ndata: ${
      JSON.stringify(shownEvent(event))
    }\n\n`;
  }

  #dueStats(): string {
    const now = this.#options.clock.monotonic();
    if (now < this.#statsAt) return "";
    this.#statsAt = now + INSPECTOR_LIMITS.statsEveryMs;
    return named("stats", this.#options.source.pulse());
  }

  #silentMs(): number {
    return this.#options.clock.monotonic() - this.#writtenAt;
  }
}

function named(event: string, value: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;
}

/** Waits, or less if the signal aborts; unlike `sleep()` it does not throw then. */
async function pause(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  const cancel = clock.schedule(delayMs, resolve);
  await promise;
  cancel();
  signal.removeEventListener("abort", onAbort);
}
