import type { BackpressureStats, BusStats, Clock, MessageBus } from "../mod.ts";

/** The figures of a bus at one moment. */
export interface FullStats extends BusStats {
  /** The bus's name. */
  readonly name: string;
  /** Whether it takes messages in. */
  readonly state: "open" | "draining" | "closed";
  /** Since the inspector was made, in milliseconds. */
  readonly uptimeMs: number;
  /** How full it is. */
  readonly backpressure: BackpressureStats;
}

/** The figures without the counts by name, which may be thousands; with what the page draws. */
export interface PulseStats
  extends Omit<FullStats, "perTopic" | "perSender" | "perType"> {
  /** When they were read, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Requests without a reply yet. */
  readonly pendingRequests: number;
}

/** Reads a bus's figures for the API, the event stream and the metrics alike. */
export class StatsSource {
  readonly #bus: MessageBus;
  readonly #clock: Clock;
  readonly #madeAt: number;

  /** The figures of `bus`; uptime counts from here, by `clock`. */
  constructor(bus: MessageBus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
    this.#madeAt = clock.monotonic();
  }

  /** Everything that `/api/stats` says. */
  full(): FullStats {
    const bus = this.#bus;
    return {
      ...bus.stats(),
      name: bus.name,
      state: bus.state,
      uptimeMs: Math.round(this.#clock.monotonic() - this.#madeAt),
      backpressure: bus.backpressure.snapshot(),
    };
  }

  /** What is sent every second to whoever watches. */
  pulse(): PulseStats {
    const { perTopic: _topic, perSender: _sender, perType: _type, ...figures } =
      this.full();
    return {
      ...figures,
      at: this.#clock.now(),
      pendingRequests: this.#bus.requests.pending().length,
    };
  }
}
