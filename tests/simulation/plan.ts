import type { Overflow } from "../../mod.ts";
import { Dice } from "../support/dice.ts";
import type { BusSettings } from "./history.ts";

/** What a program is asked to do. */
export type ActionKind =
  | "join"
  | "leave"
  | "drain"
  | "attach"
  | "detach"
  | "send"
  | "publish"
  | "broadcast"
  | "request"
  | "stream"
  | "malformed"
  | "cancel"
  | "replay"
  | "discard"
  | "rule"
  | "look";

/** What goes wrong. */
export type FaultKind =
  | "delay"
  | "split"
  | "coalesce"
  | "corrupt"
  | "clog"
  | "stall"
  | "half_open"
  | "reset"
  | "partition"
  | "refuse_dials"
  | "slow_dials"
  | "kill_process"
  | "kill_bus"
  | "close_bus"
  | "drain_bus"
  | "wall_jump"
  | StoreFault
  // Never drawn: on a disk that says it has synced what it loses, no bus can keep its promises.
  | "lying_disk";

/** What goes wrong with a bus on a store, and with the disk under it. */
export type StoreFault =
  | "kill_in_commit"
  | "cut_power"
  | "slow_disk"
  | "full_disk"
  | "failing_disk";

/** What a handler does with a delivery. */
export type Act =
  | "return"
  | "work"
  | "ack_early"
  | "ack_late"
  | "nack"
  | "reject"
  | "throw"
  | "throw_rejected"
  | "extend"
  | "hang"
  | "send_on";

/** Something a program does at its time; its details are drawn from its own seed when it is done. */
export interface Action {
  readonly atMs: number;
  readonly slot: number;
  readonly kind: ActionKind;
  readonly seed: number;
}

/** Something that goes wrong for a while. */
export interface Fault {
  readonly atMs: number;
  readonly durationMs: number;
  readonly kind: FaultKind;
  readonly seed: number;
}

/** A place for an agent's program. Several may run under one name, and several in one process. */
export interface Slot {
  readonly name: string;
  readonly process: string;
  /** In the process of the bus. */
  readonly local: boolean;
  /** What it sends and receives over a connection has checksums; it has none if left out. */
  readonly checksums?: boolean;
}

/** All that one run is made of. Taking actions or faults away leaves a plan that can be run. */
export interface Plan {
  readonly seed: number;
  readonly settings: BusSettings;
  readonly slots: readonly Slot[];
  readonly actions: readonly Action[];
  readonly faults: readonly Fault[];
  readonly acts: Readonly<Record<Act, number>>;
  /** When everything is healed. */
  readonly endMs: number;
}

/** Largest message of every bus here, in bytes. */
export const MAX_MESSAGE_BYTES = 16_384;
/** Names that programs run under. */
export const NAMES = ["ada", "bob", "cleo", "dan"] as const;
/** Topics that are published. */
export const TOPICS = ["jobs.build", "jobs.test", "logs.a.b", "logs"] as const;
/** Patterns that are subscribed to. */
export const PATTERNS = ["jobs.*", "jobs.build", "logs.>", ">"] as const;

const OVERFLOWS: readonly [Overflow, ...Overflow[]] = [
  "wait",
  "wait",
  "reject",
  "drop-oldest",
  "drop-newest",
];
/** How much the programs of a run do: short runs find what long ones bury, and the other way round. */
const ACTIONS_PER_RUN = [150, 300, 500] as const;
const HOST = "host";

/** Draws a plan: which faults there are, how often what is done, how tight each limit is. */
export function planOf(seed: number): Plan {
  const dice = new Dice(seed);
  const endMs = dice.int(10_000, 120_000);
  const busyTimes = busyTimesOf(dice.fork("times"), endMs);
  // Drawn apart, so that the runs without a store are what they were without any.
  const store = dice.fork("store");
  const hasStore = store.chance(STORE_SHARE);
  const faults = faultsOf(dice.fork("faults"), busyTimes);
  if (hasStore) addStoreFaults(faults, store, busyTimes);
  return {
    seed,
    settings: {
      ...settingsOf(dice.fork("settings")),
      ...(hasStore && { hasStore }),
    },
    slots: slotsOf(dice.fork("slots"), faults),
    actions: actionsOf(dice.fork("actions"), busyTimes),
    faults,
    acts: actsOf(dice.fork("acts")),
    endMs,
  };
}

function settingsOf(dice: Dice): BusSettings {
  return {
    maxPending: dice.pick([8, 30, 100, 1_000]),
    maxPendingBytes: dice.pick([20_000, 1_000_000]),
    waitTimeoutMs: dice.int(100, 3_000),
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxMailboxMessages: dice.pick([3, 10, 50]),
    overflow: dice.pick(OVERFLOWS),
    ackTimeoutMs: dice.int(50, 2_000),
    maxAttempts: dice.int(1, 5),
    agingStepMs: dice.pick([1, 20, 1_000]),
    maxDeadLetters: dice.pick([5, 50, 1_000]),
    // With "stop" a full queue stops everything until an operator comes.
    whenDeadLettersFull: "evict-oldest",
    maxHistoryEntries: dice.pick([20, 500]),
    requestTimeoutMs: dice.int(200, 3_000),
    reconnectGraceMs: dice.pick([0, 500, 3_000]),
  };
}

function slotsOf(dice: Dice, faults: readonly Fault[]): Slot[] {
  // Without checksums nobody could tell what was turned over from what was sent.
  const isNeeded = faults.some(({ kind }) => kind === "corrupt");
  const locals = dice.int(1, 3);
  const remotes = dice.int(2, 5);
  return Array.from({ length: locals + remotes }, (_, index) => {
    const local = index < locals;
    const place = local ? HOST : `p${dice.int(1, remotes)}`;
    const checksums = !local && (isNeeded || dice.chance(0.25));
    return { name: dice.pick(NAMES), process: place, local, checksums };
  });
}

function actionsOf(dice: Dice, busyTimes: readonly Span[]): Action[] {
  const weights: Record<ActionKind, number> = {
    join: 6,
    leave: dice.pick([0, 1, 2]),
    drain: dice.pick([0, 1]),
    attach: 10,
    detach: dice.pick([0, 2, 4]),
    send: dice.int(10, 40),
    publish: dice.int(5, 40),
    broadcast: dice.pick([0, 4]),
    request: dice.int(0, 25),
    stream: dice.pick([0, 5]),
    malformed: dice.pick([0, 3]),
    cancel: dice.pick([0, 4]),
    replay: dice.pick([0, 3]),
    discard: dice.pick([0, 1]),
    rule: dice.pick([0, 2]),
    look: 2,
  };
  return Array.from({ length: dice.pick(ACTIONS_PER_RUN) }, () => ({
    atMs: timeIn(dice, busyTimes),
    slot: dice.int(0, SLOTS_DRAWN_FROM),
    kind: dice.weighted(weights),
    seed: dice.int(0, 2 ** 32 - 1),
  })).sort((one, other) => one.atMs - other.atMs);
}

/** Much happens at once, then nothing but what that leads to: as with real programs. */
function busyTimesOf(dice: Dice, endMs: number): readonly Span[] {
  const count = dice.int(1, 12);
  return Array.from({ length: count }, () => {
    const lengthMs = dice.pick([0, 20, 500, 3_000]);
    return { atMs: dice.int(0, endMs - lengthMs), lengthMs };
  });
}

function timeIn(dice: Dice, spans: readonly Span[]): number {
  const { atMs = 0, lengthMs = 0 } = dice.pick(spans) ?? {};
  return atMs + dice.int(0, lengthMs);
}

/** A while in which much happens. */
interface Span {
  readonly atMs: number;
  readonly lengthMs: number;
}

/** A slot is drawn from so many, and taken modulo how many there are. */
const SLOTS_DRAWN_FROM = 839;

function faultsOf(dice: Dice, busyTimes: readonly Span[]): Fault[] {
  const kinds = new Set<FaultKind>();
  const wanted = dice.int(3, 7);
  while (kinds.size < wanted) kinds.add(dice.weighted(FAULT_WEIGHTS));
  const faults: Fault[] = [];
  for (const kind of kinds) {
    const times = RARE_FAULTS.has(kind) ? dice.int(1, 2) : dice.int(1, 5);
    for (let time = 0; time < times; time++) {
      faults.push(faultOf(kind, dice, busyTimes));
    }
  }
  return faults.sort((one, other) => one.atMs - other.atMs);
}

function addStoreFaults(
  faults: Fault[],
  dice: Dice,
  busyTimes: readonly Span[],
): void {
  const count = dice.int(1, 5);
  for (let time = 0; time < count; time++) {
    const kind = dice.weighted(STORE_FAULT_WEIGHTS);
    faults.push(faultOf(kind, dice, busyTimes));
  }
  faults.sort((one, other) => one.atMs - other.atMs);
}

function faultOf(
  kind: FaultKind,
  dice: Dice,
  busyTimes: readonly Span[],
): Fault {
  return {
    atMs: timeIn(dice, busyTimes),
    durationMs: dice.int(10, dice.pick([200, 3_000])),
    kind,
    seed: dice.int(0, 2 ** 32 - 1),
  };
}

/** How many of the runs have a store. */
const STORE_SHARE = Number(Deno.env.get("STORE_SHARE") ?? 0.25);
const STORE_FAULT_WEIGHTS: Readonly<Record<StoreFault, number>> = {
  kill_in_commit: 4,
  cut_power: 3,
  slow_disk: 2,
  full_disk: 2,
  failing_disk: 2,
};

const FAULT_WEIGHTS: Readonly<
  Record<Exclude<FaultKind, StoreFault | "lying_disk">, number>
> = {
  delay: 6,
  split: 6,
  coalesce: 3,
  corrupt: 4,
  clog: 4,
  stall: 3,
  half_open: 3,
  reset: 6,
  partition: 4,
  refuse_dials: 3,
  slow_dials: 3,
  kill_process: 5,
  kill_bus: 2,
  close_bus: 1,
  drain_bus: 1,
  wall_jump: 4,
};
const RARE_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "kill_bus",
  "close_bus",
  "drain_bus",
]);

function actsOf(dice: Dice): Record<Act, number> {
  const sometimes = () => dice.pick([0, 0, 1, 3]);
  return {
    return: dice.int(5, 20),
    work: dice.int(1, 10),
    ack_early: sometimes(),
    ack_late: sometimes(),
    nack: sometimes(),
    reject: sometimes(),
    throw: sometimes(),
    throw_rejected: sometimes(),
    extend: sometimes(),
    hang: sometimes(),
    send_on: sometimes(),
  };
}
