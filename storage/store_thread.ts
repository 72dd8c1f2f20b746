import { BusError } from "../core/errors.ts";
import type { SqliteAnswer, SqliteCall } from "./sqlite_calls.ts";

/** The oldest Node whose SQLite does all that is asked of it. */
const LEAST_NODE = { major: 22, minor: 16 } as const;

/** A thread of its own, on whatever platform. */
export interface StoreThread {
  /** Asks it for something, and hands over buffers. */
  post(call: SqliteCall, transfer: ArrayBuffer[]): void;
  /** Ends it, whatever it does. Safe to call twice. */
  end(): void;
}

/** What a thread tells of. */
export interface ThreadEvents {
  /** It has answered. */
  readonly onAnswer: (answer: SqliteAnswer) => void;
  /** It cannot go on, for this reason. */
  readonly onEnd: (reason: string) => void;
}

const UNREADABLE = "an answer was not readable";

/**
 * Starts a thread that runs a program.
 *
 * @throws {BusError} With code `"storage"` if this is a Node without SQLite.
 */
export function startThread(program: URL, events: ThreadEvents): StoreThread {
  return "Deno" in globalThis
    ? startOnDeno(program, events)
    : startOnNode(program, events);
}

function startOnDeno(
  program: URL,
  { onAnswer, onEnd }: ThreadEvents,
): StoreThread {
  const worker = new Worker(program, { type: "module", name: "busbar store" });
  worker.onmessage = ({ data }) => onAnswer(data);
  worker.onmessageerror = () => onEnd(UNREADABLE);
  worker.onerror = (event) => {
    // Otherwise the program ends for it.
    event.preventDefault();
    onEnd(event.message);
  };
  return {
    post: (call, transfer) => worker.postMessage(call, transfer),
    end: () => worker.terminate(),
  };
}

/** What is taken of `node:process`, which is not imported: that would cost a program on Deno 10 ms. */
interface NodeProcess {
  readonly version: string;
  getBuiltinModule(
    name: "node:worker_threads",
  ): typeof import("node:worker_threads");
}

function startOnNode(
  program: URL,
  { onAnswer, onEnd }: ThreadEvents,
): StoreThread {
  const { process } = globalThis as unknown as { process: NodeProcess };
  checkVersion(process.version);
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(program, { name: "busbar store" });
  worker.on("message", onAnswer);
  worker.on("messageerror", () => onEnd(UNREADABLE));
  worker.on("error", (error: Error) => onEnd(error.message));
  return {
    post: (call, transfer) => worker.postMessage(call, transfer),
    end: () => void worker.terminate(),
  };
}

function checkVersion(version: string): void {
  const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
  if (major > LEAST_NODE.major) return;
  if (major === LEAST_NODE.major && minor >= LEAST_NODE.minor) return;
  throw new BusError(
    "storage",
    `Cannot open store as SQLite takes Node ${LEAST_NODE.major}.${LEAST_NODE.minor} or later: this is ${version}`,
    { retryable: false },
  );
}
