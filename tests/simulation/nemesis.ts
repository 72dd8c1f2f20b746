import { Dice } from "../support/dice.ts";
import type { Where } from "./net/faults.ts";
import type { SimProcess } from "./net/sim_process.ts";
import type { Fault, FaultKind } from "./plan.ts";
import type { SimHost } from "./sim_host.ts";
import type { World } from "./world.ts";

/** What a {@linkcode Nemesis} can get at. */
export interface NemesisParts {
  readonly world: World;
  readonly host: SimHost;
  /** The processes of agents that live. */
  readonly processes: () => readonly SimProcess[];
}

const DAY_MS = 86_400_000;

/** Makes happen what goes wrong. */
export class Nemesis {
  readonly #parts: NemesisParts;
  #isHealed = false;
  #endAmbush: () => void = () => {};

  /** Nothing is wrong yet. */
  constructor(parts: NemesisParts) {
    this.#parts = parts;
  }

  /** Begins a fault, which ends by itself. */
  begin({ kind, durationMs, seed }: Fault): void {
    const { world, host } = this.#parts;
    const dice = new Dice(seed);
    const on = this.#target(dice);
    world.record({ type: "fault", kind, on: nameOf(on) });
    switch (kind) {
      case "kill_process":
        if (typeof on !== "string") this.#kill(on, dice);
        return;
      case "kill_bus":
        host.kill();
        return this.#startLater(durationMs);
      case "close_bus":
        return void host.close().then(() => this.#startLater(durationMs));
      case "drain_bus":
        return void host.close(dice.int(1, 500))
          .then(() => this.#startLater(durationMs));
      case "kill_in_commit":
        return this.#killInCommit(dice, durationMs);
      case "cut_power":
        host.kill(dice.pick(["lost", "torn", "reordered"]));
        return this.#startLater(durationMs);
      case "slow_disk":
      case "full_disk":
      case "failing_disk":
      case "lying_disk":
        return this.#troubleDisk(kind, dice, durationMs);
      case "wall_jump": {
        const byMs = dice.int(-DAY_MS, DAY_MS);
        world.record({ type: "wall_set", byMs });
        return world.clock.moveWall(byMs);
      }
      default:
        this.#trouble(kind, on, durationMs, dice);
    }
  }

  /** Ends whatever is wrong. A bus that is gone is started. */
  heal(): void {
    const { world, host } = this.#parts;
    this.#isHealed = true;
    world.network.faults.heal();
    host.disk?.faults.heal();
    this.#endAmbush();
    host.start();
  }

  /** The bus dies in the middle of a commit, if one comes in time; else it goes on. */
  #killInCommit(dice: Dice, durationMs: number): void {
    const { host } = this.#parts;
    const moment = dice.pick(["before", "written", "synced"] as const);
    this.#endAmbush = host.killInCommit(
      moment,
      () => this.#startLater(durationMs),
    );
  }

  #troubleDisk(kind: FaultKind, dice: Dice, durationMs: number): void {
    const { disk } = this.#parts.host;
    if (!disk) return;
    const { faults } = disk;
    const range = { minMs: 0, maxMs: dice.pick([5, 50, 400]) };
    const end = kind === "slow_disk"
      ? faults.slow(range)
      : kind === "full_disk"
      ? faults.fill()
      : kind === "lying_disk"
      ? faults.lie()
      : faults.fail(dice.pick([0.1, 0.5, 1]));
    this.#endLater(end, durationMs);
  }

  #trouble(
    kind: Fault["kind"],
    on: SimProcess | "everywhere",
    durationMs: number,
    dice: Dice,
  ): void {
    const { faults } = this.#parts.world.network;
    const range = { minMs: 0, maxMs: dice.pick([3, 50, 400]) };
    switch (kind) {
      case "delay":
        return this.#endLater(faults.delay(on, range), durationMs);
      case "split":
        return this.#endLater(
          faults.split(on, dice.pick([1, 7, 100])),
          durationMs,
        );
      case "coalesce":
        return this.#endLater(
          faults.coalesce(on, dice.int(1, 30)),
          durationMs,
        );
      case "corrupt":
        return this.#endLater(
          faults.corrupt(on, dice.pick([0.02, 0.2])),
          durationMs,
        );
      case "clog":
        return void faults.clog(on, durationMs);
      case "stall":
        return void faults.stall(on, durationMs);
      case "partition":
        return void faults.partition(on, durationMs);
      case "refuse_dials":
        return this.#endLater(faults.refuseDials(on, 0.7), durationMs);
      case "slow_dials":
        return this.#endLater(faults.delayDials(on, range), durationMs);
      case "half_open":
        return this.#loseOne(dice);
      case "reset":
        if (dice.chance(0.5)) return faults.reset(on);
        return this.#endLater(faults.resetInWrite(on), durationMs);
    }
  }

  /** One direction of one connection is lost in silence, or both, as when a cable is pulled. */
  #loseOne(dice: Dice): void {
    const { network } = this.#parts.world;
    const connection = dice.pick(network.connections);
    if (!connection) return;
    const { up, down } = connection;
    network.faults.halfOpen(dice.pick<Where>([connection, up, down]));
  }

  #kill(process: SimProcess, dice: Dice): void {
    const { network } = this.#parts.world;
    if (dice.chance(0.5)) network.kill(process);
    else network.killInWrite(process);
  }

  #target(dice: Dice): SimProcess | "everywhere" {
    if (dice.chance(0.3)) return "everywhere";
    return dice.pick(this.#parts.processes()) ?? "everywhere";
  }

  #startLater(afterMs: number): void {
    const { world, host } = this.#parts;
    world.clock.schedule(afterMs, () => host.start());
    if (this.#isHealed) host.start();
  }

  #endLater(end: () => void, afterMs: number): void {
    this.#parts.world.clock.schedule(afterMs, end);
  }
}

function nameOf(target: SimProcess | "everywhere"): string {
  return typeof target === "string" ? target : target.name;
}
