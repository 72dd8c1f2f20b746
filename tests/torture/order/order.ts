import type { FileCall } from "../disk/file_call.ts";
import { type Recording, STORE_FILE } from "../disk/recording.ts";

const LOG = `${STORE_FILE}-wal`;
const FRAME_HEAD_BYTES = 24;

/** What the order of system calls came to. */
export interface CallOrder {
  /** Accepted sends that were looked at. */
  readonly accepted: number;
  /** Those that were said to be accepted before their commit was synced. */
  readonly early: readonly string[];
}

/**
 * Looks for sends that were said to be accepted while the commit with their
 * message was not synced. A message is found by its token in what is written
 * to the write-ahead log; a commit ends with the frame that tells the size of
 * the database.
 */
export function findEarly({ calls, said }: Recording): CallOrder {
  const log = calls.filter(({ path }) => path === LOG);
  const commits = commitsIn(log);
  const syncs = log.filter(({ type }) => type === "sync");
  const accepted = said.flatMap(({ line, said }) =>
    said.say === "ok" ? [{ line, token: said.token }] : []
  );
  const early = accepted.filter(({ line, token }) => {
    const commit = commits.get(token);
    if (!commit) return true;
    return !syncs.some(({ from, to }) => from > commit.to && to < line);
  });
  return {
    accepted: accepted.length,
    early: early.map(({ token }) => token),
  };
}

/** By token, the last write of the first commit that has it. */
function commitsIn(log: readonly FileCall[]): Map<string, FileCall> {
  const commits = new Map<string, FileCall>();
  const decoder = new TextDecoder("latin1");
  let open: string[] = [];
  let isLast = false;
  for (const call of log) {
    if (call.type !== "write") continue;
    const { bytes } = call;
    if (bytes.length === FRAME_HEAD_BYTES) {
      isLast = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4) > 0;
      continue;
    }
    const text = decoder.decode(bytes);
    for (const [, token = ""] of text.matchAll(/"token":"([\w-]+)"/g)) {
      if (!commits.has(token)) open.push(token);
    }
    if (!isLast) continue;
    for (const token of open) if (!commits.has(token)) commits.set(token, call);
    open = [];
    isLast = false;
  }
  return commits;
}
