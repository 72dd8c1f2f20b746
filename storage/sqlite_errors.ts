import { BusError } from "../core/errors.ts";

/** What SQLite says is in the way, by the number of its result. */
const BUSY = 5;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NO_DATABASE = 26;

const RULES: ReadonlyMap<number, string> = new Map([
  [BUSY, "it belongs to one bus at a time: it is in use"],
  [READ_ONLY, "it must be writable: it is read-only"],
  [FULL, "there must be room for it: the disk is full"],
  [
    CANNOT_OPEN,
    "the file and its folder must be readable and writable: SQLite cannot open it",
  ],
  [
    CORRUPT,
    "its pages must fit together: it is damaged, restore a backup or let `sqlite3 FILE .recover` read what is left",
  ],
  [
    NO_DATABASE,
    "it must be the file of a store: it is no SQLite file, or its first page is damaged",
  ],
]);

/** SQLite's number for what was thrown; `undefined` for what is not SQLite's. */
function resultOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  // Who opens a file in vain is only told so in words.
  if (thrown.message.startsWith("unable to open database")) return CANNOT_OPEN;
  const { errcode } = thrown as { errcode?: unknown };
  // The high bytes only say which call it was.
  return typeof errcode === "number" ? errcode & 255 : undefined;
}

/** Whether there was no room. */
export function isFull(thrown: unknown): boolean {
  return resultOf(thrown) === FULL || isNoSpace(thrown);
}

/** Whether the file did not do as it was asked, so that nobody knows what it holds on to. */
export function isBroken(thrown: unknown): boolean {
  const result = resultOf(thrown);
  return result === IO_ERROR || result === CANNOT_OPEN;
}

/** Whether there is no way to the file. */
export function cannotOpen(thrown: unknown): boolean {
  return resultOf(thrown) === CANNOT_OPEN;
}

/** Whether pages do not fit together. */
export function isCorrupt(thrown: unknown): boolean {
  const result = resultOf(thrown);
  return result === CORRUPT || result === NO_DATABASE;
}

/** What a call failed with, as the store's callers see it. */
export function storageError(doing: string, thrown: unknown): BusError {
  if (thrown instanceof BusError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const result = isFull(thrown) ? FULL : resultOf(thrown);
  const rule = result === undefined ? undefined : RULES.get(result);
  return new BusError(
    "storage",
    `Cannot ${doing} as ${rule ?? `the file must do as it is asked: ${text}`}`,
    { cause: thrown, retryable: result !== NO_DATABASE && result !== CORRUPT },
  );
}

function isNoSpace(thrown: unknown): boolean {
  return thrown instanceof Error &&
    (thrown as { code?: unknown }).code === "ENOSPC";
}
