import type { FileBranches } from "./lcov.ts";

/** The rooms of the library. */
export const ROOMS: readonly string[] = [
  "core",
  "router",
  "dlq",
  "transports",
  "bus",
  "telemetry",
  "testing",
  "inspector",
];

/** Files, and folders, of which every branch is taken: the codec, and what a delivery goes through. */
export const WHOLE: readonly string[] = [
  "transports/wire/",
  "bus/mailbox.ts",
  "bus/deliveries.ts",
  "bus/lease.ts",
  "bus/copy.ts",
  "bus/requests.ts",
  "core/priority_queue.ts",
];

/** Share of all branches of all rooms that is taken. */
export const LEAST_SHARE = 0.95;

/** What is said of the coverage of a project. */
export interface Verdict {
  /** Branches of all rooms. */
  readonly total: number;
  /** Of those, how many were taken. */
  readonly taken: number;
  /** The same by room. */
  readonly rooms: ReadonlyMap<string, { total: number; taken: number }>;
  /** What is wrong, each with its file and lines. */
  readonly problems: readonly string[];
}

/** Judges the branches of a project's files; `files` are those that there are. */
export function judge(
  branches: readonly FileBranches[],
  files: readonly string[],
): Verdict {
  const known = new Map(branches.map((one) => [one.file, one]));
  const rooms = new Map(ROOMS.map((room) => [room, { total: 0, taken: 0 }]));
  const problems: string[] = [];
  for (const [room, sum] of rooms) {
    const own = branches.filter(({ file }) => file.startsWith(`${room}/`));
    for (const { total, missed } of own) {
      sum.total += total;
      sum.taken += total - missed.length;
    }
  }
  for (const file of files.filter(isWhole)) {
    const missed = known.get(file)?.missed ?? [];
    if (missed.length > 0) problems.push(describe(file, missed));
  }
  const sums = [...rooms.values()];
  const total = sums.reduce((sum, room) => sum + room.total, 0);
  const taken = sums.reduce((sum, room) => sum + room.taken, 0);
  if (total === 0) problems.push("no branch of any room was measured");
  else if (taken / total < LEAST_SHARE) {
    const least = percent(LEAST_SHARE);
    problems.push(`${percent(taken / total)} of all branches, not ${least}`);
  }
  return { total, taken, rooms, problems };
}

/** A share as people read it, rounded down: 94.99 is not 95. */
export function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}

/** The lines of a file whose branches were never taken. */
export function describe(file: string, missed: readonly number[]): string {
  const lines = [...new Set(missed)].sort((one, other) => one - other);
  return `${file}: never taken are branches of line ${lines.join(", ")}`;
}

function isWhole(file: string): boolean {
  return WHOLE.some((one) =>
    one.endsWith("/") ? file.startsWith(one) : file === one
  );
}
