import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Clock } from "../mod.ts";
import type { EventLog } from "./event_log.ts";
import type { EventSourceOfBus } from "./event_source.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { pause } from "./pause.ts";
import { Problem } from "./problem.ts";
import type { StatsSource } from "./stats_source.ts";

/** Where an {@linkcode EventFeed} takes its parts from. */
export interface EventFeedOptions {
  /** The events. */
  events: EventSourceOfBus;
  /** The bus's figures. */
  source: StatsSource;
  /** Waits, and paces. */
  clock: Clock;
  /** Ends every stream. */
  signal: AbortSignal;
}

/** What a reader asks for. */
export interface StreamWish {
  /** Whether it wants the bus's figures every second. */
  wantsStats: boolean;
  /** The id of the last event it has seen, if it was here before. */
  lastId: string | undefined;
}

/** A stream that is open. */
interface OpenStream {
  stream: SSEStreamingApi;
  log: EventLog;
  name: string;
  controller: AbortController;
  wish: StreamWish;
}

const RETRY_MS = 2_000;

/**
 * Streams of server-sent events, at most 16 at a time, each written at most 500
 * events a second. All read one log, each at its own place.
 */
export class EventFeed {
  readonly #options: EventFeedOptions;
  #open = 0;

  /** No streams yet. */
  constructor(options: EventFeedOptions) {
    this.#options = options;
  }

  /** Answers with a stream. @throws {Problem} If there are too many. */
  answer(c: Context, wish: StreamWish): Response {
    if (this.#open >= INSPECTOR_LIMITS.maxEventStreams) {
      c.header("Retry-After", "5");
      throw new Problem(
        "too_many_streams",
        `Cannot open event stream as ${INSPECTOR_LIMITS.maxEventStreams} are open already`,
      );
    }
    this.#open++;
    const { log, name } = this.#options.events.open();
    return streamSSE(c, async (stream) => {
      try {
        await this.#serve(stream, log, name, wish);
      } finally {
        this.#open--;
        this.#options.events.close();
      }
    });
  }

  async #serve(
    stream: SSEStreamingApi,
    log: EventLog,
    name: string,
    wish: StreamWish,
  ): Promise<void> {
    const { signal } = this.#options;
    const controller = new AbortController();
    const end = () => controller.abort();
    controller.signal.addEventListener("abort", () => stream.abort());
    // A reader that goes away cancels its stream.
    stream.onAbort(end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    try {
      await this.#pump({ stream, log, name, controller, wish });
    } finally {
      end();
      signal.removeEventListener("abort", end);
    }
  }

  async #pump(open: OpenStream): Promise<void> {
    const { clock } = this.#options;
    const { log, controller: { signal } } = open;
    const writer = new EventWriter(this.#options, open);
    await writer.write(`: connected\nretry: ${RETRY_MS}\n\n`);
    while (!signal.aborted && !(log.ended && writer.at >= log.last)) {
      const hadEvents = await writer.flush();
      if (hadEvents) {
        await pause(clock, INSPECTOR_LIMITS.eventBatchMs, signal);
      } else {
        await log.wait(writer.at, { clock, maxMs: writer.quietMs(), signal });
      }
    }
  }
}

/** Writes the text of one stream. */
class EventWriter {
  readonly #options: EventFeedOptions;
  readonly #open: OpenStream;
  /** The number of the last event written; where the reader stands in the log. */
  #at: number;
  /** Whether it was here before, and how much it missed cannot be told. */
  #missedUnknown: boolean;
  #writtenAt: number;
  #statsAt: number;

  constructor(options: EventFeedOptions, open: OpenStream) {
    this.#options = options;
    this.#open = open;
    const { log, name, wish: { lastId, wantsStats } } = open;
    const seen = placeOf(lastId, name, log.last);
    this.#missedUnknown = lastId !== undefined && seen === undefined;
    this.#at = seen ?? log.last;
    this.#writtenAt = options.clock.monotonic();
    this.#statsAt = wantsStats ? this.#writtenAt : Infinity;
  }

  /** The number of the last event written. */
  get at(): number {
    return this.#at;
  }

  /** Writes what is due. @returns Whether there were events. */
  async flush(): Promise<boolean> {
    const { log } = this.#open;
    const { entries, lost, last } = log.after(
      this.#at,
      INSPECTOR_LIMITS.maxBatchEvents,
    );
    let text = this.#missedUnknown ? named("lost", { lost: null }) : "";
    this.#missedUnknown = false;
    if (lost !== 0) text += named("lost", { lost });
    this.#at = last - entries.length;
    for (const entry of entries) text += this.#numbered(entry);
    text += this.#dueStats();
    if (text === "" && this.#silentMs() >= INSPECTOR_LIMITS.heartbeatMs) {
      text = ": alive\n\n";
    }
    if (text !== "") await this.write(text);
    return entries.length > 0;
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

  #numbered(entry: string): string {
    this.#at++;
    return `id: ${this.#open.name}-${this.#at}\n${entry}\n\n`;
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

/** The place in the log that an event's id names; `undefined` if it is of another log. */
function placeOf(
  id: string | undefined,
  name: string,
  last: number,
): number | undefined {
  const [log, number = ""] = id?.split("-", 2) ?? [];
  if (log !== name || !/^[0-9]{1,15}$/.test(number)) return undefined;
  return Math.min(Number(number), last);
}

function named(event: string, value: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;
}
