import type {
  BackpressureStats,
  BusHealth,
  BusStats,
  Clock,
  LatencySnapshot,
  MessageBus,
} from "../mod.ts";
import { INSPECTOR_LIMITS } from "./inspector_limits.ts";
import { VERSION } from "./version.ts";

/** The figures of a bus at one moment. */
export interface FullStats extends BusStats {
  /** The bus's name. */
  readonly name: string;
  /** Whether it takes messages in. */
  readonly state: "open" | "draining" | "closed";
  /** Whether it can do its work, and why not. */
  readonly health: BusHealth;
  /** The package's. */
  readonly version: string;
  /** Since the inspector was made, in milliseconds. */
  readonly uptimeMs: number;
  /** Events that readers of `bus.events()` were too slow for. */
  readonly lostEvents: number;
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
  /** As `latencyMs`, of what was handed out since the pulse before; zeros if nothing was. */
  readonly recentLatencyMs: BusStats["latencyMs"];
}

/** Reads a bus's figures for the API, the event stream and the metrics alike. */
export class StatsSource {
  readonly #bus: MessageBus;
  readonly #clock: Clock;
  readonly #madeAt: number;
  /** Of the last quarter of an hour in which somebody watched, oldest first. */
  readonly #pulses: PulseStats[] = [];
  #latency: LatencySnapshot;

  /** The figures of `bus`; uptime counts from here, by `clock`. */
  constructor(bus: MessageBus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
    this.#madeAt = clock.monotonic();
    this.#latency = bus.latency();
  }

  /** Everything that `/api/stats` says. */
  full(): FullStats {
    const bus = this.#bus;
    return {
      ...bus.stats(),
      name: bus.name,
      state: bus.state,
      health: bus.health,
      version: VERSION,
      lostEvents: bus.lostEvents,
      uptimeMs: Math.round(this.#clock.monotonic() - this.#madeAt),
      backpressure: bus.backpressure.snapshot(),
    };
  }

  /** What is sent every second to whoever watches; made once for all who ask within it. */
  pulse(): PulseStats {
    const at = this.#clock.now();
    const latest = this.#pulses.at(-1);
    // Several watchers ask at moments of their own; a clock that was set back starts anew.
    const isRecent = latest !== undefined && at >= latest.at &&
      at - latest.at < INSPECTOR_LIMITS.statsEveryMs / 2;
    if (isRecent) return latest;
    const pulse = this.#readPulse(at);
    this.#pulses.push(pulse);
    if (this.#pulses.length > INSPECTOR_LIMITS.maxPulses) this.#pulses.shift();
    return pulse;
  }

  /** The pulses that were sent, oldest first: a page that is opened anew draws them. */
  pulses(): readonly PulseStats[] {
    return this.#pulses;
  }

  #readPulse(at: number): PulseStats {
    const { perTopic: _topic, perSender: _sender, perType: _type, ...figures } =
      this.full();
    const latency = this.#bus.latency();
    const recent = latency.since(this.#latency);
    this.#latency = latency;
    return {
      ...figures,
      at,
      recentLatencyMs: {
        p50: recent.quantile(0.5),
        p90: recent.quantile(0.9),
        p99: recent.quantile(0.99),
        max: recent.quantile(1),
      },
      pendingRequests: this.#bus.requests.pending().length,
    };
  }
}
